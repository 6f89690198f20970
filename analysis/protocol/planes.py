"""A picture of numbers in any number of planes: satellites and scanners give more than three, and larger than a byte.

A network is given the numbers themselves. What a person looks at is one of the planes in grey or three of them in
colours, in 256 levels, and nothing is computed from that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.protocol.raw_picture import Levels, RawPicture, Scaler
from analysis.results.planes_seen import shown_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOOKED_AT = 1 << 20  # numbers of a plane by which it is found out which of them are black and white to the eye
_OUTLIERS = 0.5  # per cent at each end that are as black or white as the rest


@dataclass(frozen=True)
class Range:
    """Of a plane: its smallest and largest number, and those that are black and white to who looks at it."""

    least: float
    most: float
    black: float
    white: float

    @property
    def within_one(self) -> bool:
        """As levels of a picture are, seen as shares."""
        return self.least >= 0 and self.most <= 1


@dataclass(frozen=True, eq=False)
class Planes(RawPicture):
    """`planes` are H×W numbers each, as they lie in the file. Bytes are levels, and stand for 0…1 as in any picture.

    `shown` are the plane that is looked at in grey, or the three that are looked at as red, green and blue.
    """

    planes: tuple[NDArray[Any], ...]
    shown: tuple[int, ...] = (0,)
    ranges: tuple[Range, ...] = ()
    name: str = "The picture"  # in sentences
    chosen: bool = False  # the planes to look at were named, and are what a network gets that takes as many
    notes: tuple[str, ...] = ()  # what was assumed of the file
    more: int = 1  # pictures in the file

    @property
    def are_levels(self) -> bool:
        return self.planes[0].dtype == np.uint8

    @property
    def count(self) -> int:
        return len(self.planes)

    def turned_round(self) -> Planes:
        return replace(self, planes=tuple(plane[:, ::-1] for plane in self.planes))

    def of(self, which: tuple[int, ...]) -> Planes:
        """These planes alone."""
        few = tuple(self.planes[plane] for plane in which)
        ranges = tuple(self.ranges[plane] for plane in which)
        return replace(self, planes=few, ranges=ranges, shown=shown_of(len(few)), chosen=False)

    def numbers(self, plane: int) -> NDArray[np.float32]:
        """As a network gets them, before its mean is taken off."""
        values = np.asarray(self.planes[plane], np.float32)
        return values / np.float32(255) if self.are_levels else values

    @property
    def limits(self) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
        """What black and white stand for, plane by plane; None where that is 0 and 1, as in any picture."""
        if self.are_levels or all(one.within_one for one in self.ranges):
            return None
        return tuple(one.least for one in self.ranges), tuple(one.most for one in self.ranges)

    def _developed(self, height: int, width: int, scaler: Scaler) -> Levels:
        seen = [self._levels(plane) for plane in self.shown]
        scaled = [one if one.shape == (height, width) else scaler(one, height, width) for one in seen]
        return np.ascontiguousarray(np.stack(scaled * (3 // len(scaled)), axis=2))

    def _levels(self, plane: int) -> Levels:
        values, range_ = self.planes[plane], self.ranges[plane]
        if self.are_levels:
            return np.ascontiguousarray(values)
        scale = 255 / (range_.white - range_.black) if range_.white > range_.black else 0.0
        numbers = (np.asarray(values, np.float64) - range_.black) * scale
        return np.rint(numbers).clip(0, 255).astype(np.uint8)


def range_of(plane: NDArray[Any]) -> Range | None:
    """None where some of its numbers are no finite ones."""
    least, most = float(plane.min()), float(plane.max())
    if not (math.isfinite(least) and math.isfinite(most)):  # NaN is the least and the most wherever it occurs
        return None
    if plane.dtype == np.uint8:
        return Range(least, most, 0.0, 255.0)
    if least >= 0 and most <= 1:
        return Range(least, most, 0.0, 1.0)
    step = max(1, math.isqrt(plane.size // _LOOKED_AT))
    some = np.asarray(plane[::step, ::step], np.float64)
    black, white = np.percentile(some, (_OUTLIERS, 100 - _OUTLIERS))
    return Range(least, most, *((float(black), float(white)) if white > black else (least, most)))
