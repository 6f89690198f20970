"""What each of the networks that ship says of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.pictures.samples import Kind
from analysis.protocol.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Package:
    """Weights that others trained and publish as a package of their own, which is installed with this program.

    `folder` and `file` say where they lie; nothing of the package is imported. `by_our_names` renames their state dict.
    """

    name: str  # as pip knows it
    folder: str
    file: str
    by_our_names: "Callable[[dict[str, Tensor]], dict[str, Tensor]]"


@dataclass(frozen=True)
class Builtin:
    """`build` imports torch and makes the module in eval mode with its initial weights.

    `resources/weights/NAME.safetensors`, or a `package`, holds what training made of it, and the card
    `resources/weights/NAME.json` says what that is.
    `labels` names a file `resources/labels/LABELS.txt`, one class a line; `output` says how the result is read, `sees`
    what its pictures show.
    """

    name: str
    title: str
    build: "Callable[[], nn.Module]"
    preprocessing: Preprocessing
    labels: str | None
    output: str = "classes"  # or "picture": the network answers with a picture
    sees: Kind = "photographs"
    package: Package | None = None
