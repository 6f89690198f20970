"""What the command line asks of the window, before Qt is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.files.lecture import Lecture
    from analysis.protocol.preprocessing import Overruling
    from analysis.protocol.recipe import ModelChoice, Recipe


@dataclass(frozen=True)
class WindowOptions:
    """What to show first; None leaves it as it was when the window was last closed, or to the first start's choice.

    `source` is `camera`, `screen`, `sketch`, `noise`, or what a recipe writes of a picture, or an absolute path.
    A recipe says all of it at once; what is given besides overrules it.
    """

    model: ModelChoice | None = None
    source: str | None = None
    layer: str | None = None
    unit: int | None = None
    device: str = "auto"
    trusted: bool = False
    recipe: Recipe | None = None
    lecture: Lecture | None = None  # to be shown on the whole screen
    said: Overruling | None = None  # of the input of the network that is asked for
