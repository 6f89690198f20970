"""A square of the picture that is covered, and what is seen there instead."""

from dataclasses import dataclass
from typing import Literal

Fill = Literal["grey", "mean", "black", "blur"]


@dataclass(frozen=True)
class Mask:
    """`top` and `left` are its first row and column in the picture as the network sees it."""

    top: int
    left: int
    size: int
    fill: Fill = "grey"
