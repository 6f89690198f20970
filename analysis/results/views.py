"""The ways of looking at a derivative, by their names in recipes."""

from typing import Literal, get_args

View = Literal["raw", "grey", "norm", "blurred norm", "positive-negative"]
VIEWS: tuple[View, ...] = get_args(View)
