"""A frame is one picture from a source, on its way to the network.

The window imports this before NumPy is there, so NumPy is named for the type checker only: a module that writes
`Pixels | None` needs `from __future__ import annotations`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from analysis.protocol.origin import Origin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.protocol.planes import Planes
    from analysis.protocol.raw_picture import RawPicture

Pixels: TypeAlias = "NDArray[np.uint8]"
Picture: TypeAlias = "Pixels | RawPicture"
Fitted: TypeAlias = "Pixels | Planes"  # of a network's size: levels, or the numbers themselves


def stream_of(origin: str) -> str:
    """Where it comes from, without which of its pictures it is: the file of one frame of a video."""
    return Origin.parse(origin).whole.text


@dataclass(frozen=True, eq=False)
class Frame:
    """`pixels` is contiguous H×W×3 RGB and is never written to after the frame was made.

    It is computed when it is first asked for, if the source gave the picture as it was decoded; what only looks at a
    stream takes `given` at the size that it needs.
    `number` counts up over all sources of the process, so that it also tells two frames apart.
    `origin` is the text of an `analysis.protocol.origin.Origin`: what a recipe can find again (an absolute file path,
    `sample:NAME`), or a word such as `camera`, `screen`, `sketch` for pictures that exist only now.
    `captured` is `time.perf_counter()` when the source had the picture.
    """

    given: Picture
    number: int
    origin: str
    captured: float
    moving: bool = False  # one of a stream, so that rates and histories make sense

    @property
    def pixels(self) -> Pixels:
        from analysis.protocol.raw_picture import RawPicture

        return self.given.pixels if isinstance(self.given, RawPicture) else self.given

    @property
    def exact(self) -> Picture:
        """What is computed with: the numbers of a picture of planes, of any other its pixels."""
        from analysis.protocol.planes import Planes

        return self.given if isinstance(self.given, Planes) else self.pixels

    @property
    def in_a_hurry(self) -> bool:
        """Whether a network is shown a quickly made small copy of it as long as it moves."""
        from analysis.protocol.raw_picture import RawPicture

        return self.moving and isinstance(self.given, RawPicture)

    @property
    def bytes(self) -> int:
        """What keeping it takes."""
        from analysis.protocol.raw_picture import bytes_of

        return bytes_of(self.given)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width, for which nothing is computed."""
        from analysis.protocol.raw_picture import size_of

        return size_of(self.given)
