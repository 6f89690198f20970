"""A picture as a decoder or a screen gives it, which becomes RGB only when somebody looks, and as large as is needed.

Of a stream most pictures are never looked at, and a network sees a small one of the others: to scale what was decoded
and then turn it into RGB takes a tenth of the time of the other order. Who asks for all of it gets all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

Levels: TypeAlias = "NDArray[np.uint8]"
Scaler: TypeAlias = Callable[[Levels, int, int], Levels]  # a plane, or pixels of several channels, to height × width


@dataclass(frozen=True)
class Luma:
    """How brightness and two differences of colour become RGB: the shares of red and blue in white, and the range."""

    red: float
    blue: float
    full: bool = False  # levels of 0…255, and not 16…235


# Times the size that is wanted, from which on it is not seen whether the smaller planes were enlarged first.
_MUCH_LARGER = 3
BT601, BT709, BT2020 = (0.299, 0.114), (0.2126, 0.0722), (0.2627, 0.0593)


@dataclass(frozen=True, eq=False)
class RawPicture:
    """The planes belong to it and are never written to.

    With `luma` they are brightness, blue and red difference, the latter two perhaps smaller, or brightness alone;
    without, one H×W×C array in which `order` says where red, green and blue are.
    """

    planes: tuple[Levels, ...]
    luma: Luma | None = None
    order: tuple[int, int, int] = (0, 1, 2)
    turns: int = 0  # quarter turns clockwise until it stands upright
    mirrored: bool = False  # left and right are exchanged after that

    @property
    def height(self) -> int:
        return int(self.planes[0].shape[self.turns % 2])

    @property
    def width(self) -> int:
        return int(self.planes[0].shape[1 - self.turns % 2])

    @cached_property
    def pixels(self) -> Levels:
        """All of it, H×W×3; the same wherever and whenever it is computed."""
        return self._developed(self.planes[0].shape[0], self.planes[0].shape[1], _by_pillow)

    def scaled(self, height: int, width: int, scaler: Scaler) -> Levels:
        """At another size: but for rounding, and for colours that RGB does not have, what scaling `pixels` gives."""
        if self.turns % 2:
            height, width = width, height
        return self._developed(height, width, scaler)

    def turned_round(self) -> RawPicture:
        """Left and right exchanged."""
        return replace(self, mirrored=not self.mirrored)

    def _developed(self, height: int, width: int, scaler: Scaler) -> Levels:
        whole = self.planes[0].shape[:2]
        planes = []
        for plane in self.planes:
            if plane.shape[:2] != whole and whole[0] < _MUCH_LARGER * height:
                plane = scaler(plane, *whole)
            planes.append(plane if plane.shape[:2] == (height, width) else scaler(plane, height, width))
        upright = np.take(planes[0], self.order, axis=2) if self.luma is None else _rgb(planes, self.luma)
        upright = np.rot90(upright, -self.turns)
        return np.ascontiguousarray(upright[:, ::-1] if self.mirrored else upright)


def small(picture: RawPicture, side: int) -> Levels:
    """For a person to look at: no side longer than `side`."""
    return picture.scaled(*_size_within(picture, side), _by_pillow)


def rough(picture: RawPicture, side: int) -> Levels:
    """As `small`, of some of its pixels only, for a look that lasts a moment: it takes no time."""
    step = max(max(picture.height, picture.width) // side, 1)
    fewer = replace(picture, planes=tuple(plane[::step, ::step] for plane in picture.planes))
    return fewer.scaled(*_size_within(picture, side), _by_pillow)


def _size_within(picture: RawPicture, side: int) -> tuple[int, int]:
    share = min(side / max(picture.height, picture.width), 1.0)
    return max(round(picture.height * share), 1), max(round(picture.width * share), 1)


def size_of(picture: Levels | RawPicture) -> tuple[int, int]:
    """Height and width, for which nothing is computed."""
    return (picture.height, picture.width) if isinstance(picture, RawPicture) else (picture.shape[0], picture.shape[1])


def bytes_of(picture: Levels | RawPicture) -> int:
    return sum(plane.nbytes for plane in picture.planes) if isinstance(picture, RawPicture) else picture.nbytes


def cut(picture: Levels | RawPicture, top: int, left: int, bottom: int, right: int) -> Levels | RawPicture:
    """These rows and columns alone, so that the others can be forgotten."""
    if isinstance(picture, RawPicture) and picture.luma is None and not picture.turns and not picture.mirrored:
        return replace(picture, planes=(picture.planes[0][top:bottom, left:right].copy(),))
    pixels: Levels = picture.pixels if isinstance(picture, RawPicture) else picture
    return pixels[top:bottom, left:right].copy()


def image_of(levels: Levels) -> Image.Image:
    """A plane, or pixels of three or four channels, for Pillow, which takes a fourth one to be there for nothing."""
    return Image.fromarray(levels, "RGBX" if levels.shape[2:] == (4,) else None)


def _by_pillow(levels: Levels, height: int, width: int) -> Levels:
    return np.asarray(image_of(levels).resize((width, height), Image.Resampling.BILINEAR))


def _rgb(planes: list[Levels], luma: Luma) -> Levels:
    """ITU-R BT.601, 709 and 2020: R = Y + 2(1−Kr)·Cr, B = Y + 2(1−Kb)·Cb, and Y is the weighted sum of all three."""
    low, white, swing = (0, 255, 255) if luma.full else (16, 219, 224)
    bright, colour = 255 / white, 255 / swing
    if len(planes) == 1:
        table = np.clip(np.rint((np.arange(256) - low) * bright), 0, 255).astype(np.uint8)
        return np.repeat(table[planes[0]][..., None], 3, 2)
    green = 1 - luma.red - luma.blue
    of_blue, of_red = 2 * (1 - luma.blue) * colour, 2 * (1 - luma.red) * colour
    rows = (
        (bright, 0.0, of_red),
        (bright, -of_blue * luma.blue / green, -of_red * luma.red / green),
        (bright, of_blue, 0.0),
    )
    matrix = [number for y, b, r in rows for number in (y, b, r, -low * y - 128 * (b + r))]
    # Pillow's name for three planes; its own conversion knows one of the five ways that there are.
    together = Image.merge("RGB", [Image.fromarray(np.ascontiguousarray(plane)) for plane in planes])
    return np.asarray(together.convert("RGB", tuple(matrix)))
