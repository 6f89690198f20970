"""What each of our own networks says of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.protocol.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Builtin:
    """`build` imports torch and makes the module in eval mode with its initial weights.

    `resources/weights/NAME.safetensors` and the card `NAME.json` beside it hold what training made of it.
    `labels` names a file `resources/labels/LABELS.txt`, one class a line; `output` says how the result is read.
    """

    name: str
    title: str
    build: "Callable[[], nn.Module]"
    preprocessing: Preprocessing
    labels: str | None
    output: str = "classes"  # or "picture": the network answers with a picture
