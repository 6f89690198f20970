"""What is known of all units of a layer over some pictures, and how two such knowledges become one.

Moments are kept as mean and sum of squared deviations, in double precision: of a unit whose values lie far from zero a
sum of squares would leave nothing of the spread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.sweeps.bins import BINS

BEST = 9
NOBODY = -1

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]
Singles = NDArray[np.float32]


@dataclass(eq=False)
class LayerStatistics:
    """`pictures` were seen. Arrays have a row for each unit; those of classes one for each class that occurred.

    `best` is the unit's largest value on each of its nine best pictures, one a picture; of a layer behind a ReLU it is
    what came into it where nothing came out, so that it is below zero for units which are silent there.
    """

    pictures: int
    count: Ints  # values that are numbers
    mean: Doubles
    spread: Doubles  # sum of squared deviations
    low: Singles
    high: Singles
    zeros: Ints
    odd: Ints  # values that are no finite numbers
    responded: Ints  # pictures with any value above zero
    best: Singles  # units × 9
    best_picture: Ints  # units × 9, -1 where there is none
    best_place: Ints  # units × 9, rows × columns in one number
    histogram: Ints  # units × bins
    classes: Ints  # those that occurred, rising
    class_count: Ints
    class_sum: Doubles  # classes × units, of each picture's largest value
    class_squares: Doubles

    @classmethod
    def none(cls, units: int) -> LayerStatistics:
        zeros = np.zeros(units, np.int64)
        return cls(
            pictures=0,
            count=zeros.copy(),
            mean=np.zeros(units),
            spread=np.zeros(units),
            low=np.full(units, np.inf, np.float32),
            high=np.full(units, -np.inf, np.float32),
            zeros=zeros.copy(),
            odd=zeros.copy(),
            responded=zeros.copy(),
            best=np.full((units, BEST), -np.inf, np.float32),
            best_picture=np.full((units, BEST), NOBODY, np.int64),
            best_place=np.zeros((units, BEST), np.int64),
            histogram=np.zeros((units, BINS), np.int64),
            classes=np.zeros(0, np.int64),
            class_count=np.zeros(0, np.int64),
            class_sum=np.zeros((0, units)),
            class_squares=np.zeros((0, units)),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {one.name: np.asarray(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> LayerStatistics:
        given: dict[str, Any] = {one.name: arrays[one.name] for one in fields(cls)}
        return cls(**given | {"pictures": int(given["pictures"])})

    def deviation(self) -> Doubles:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.count > 0, np.sqrt(self.spread / np.maximum(self.count, 1)), 0.0)


def merged(one: LayerStatistics, other: LayerStatistics) -> LayerStatistics:
    """Both together; `one` is of pictures with smaller numbers, which win where values are equal."""
    count, mean, spread = together((one.count, one.mean, one.spread), (other.count, other.mean, other.spread))
    best = np.concatenate([one.best, other.best], 1)
    order = np.argsort(-best, axis=1, kind="stable")[:, :BEST]
    classes = np.union1d(one.classes, other.classes)
    return LayerStatistics(
        pictures=one.pictures + other.pictures,
        count=count,
        mean=mean,
        spread=spread,
        low=np.minimum(one.low, other.low),
        high=np.maximum(one.high, other.high),
        zeros=one.zeros + other.zeros,
        odd=one.odd + other.odd,
        responded=one.responded + other.responded,
        best=np.take_along_axis(best, order, 1),
        best_picture=np.take_along_axis(np.concatenate([one.best_picture, other.best_picture], 1), order, 1),
        best_place=np.take_along_axis(np.concatenate([one.best_place, other.best_place], 1), order, 1),
        histogram=one.histogram + other.histogram,
        classes=classes,
        **{
            name: _by_class(classes, (one.classes, getattr(one, name)), (other.classes, getattr(other, name)))
            for name in ("class_count", "class_sum", "class_squares")
        },
    )


def together(one: tuple[Ints, Doubles, Doubles], other: tuple[Ints, Doubles, Doubles]) -> tuple[Ints, Doubles, Doubles]:
    """Count, mean and sum of squared deviations of two groups as one (Chan, Golub and LeVeque)."""
    count = one[0] + other[0]
    share = np.divide(other[0], count, out=np.zeros(count.shape), where=count > 0)
    apart = other[1] - one[1]
    return count, one[1] + apart * share, one[2] + other[2] + apart * apart * share * one[0]


def _by_class(classes: Ints, *parts: tuple[Ints, NDArray[Any]]) -> NDArray[Any]:
    whole = np.zeros((len(classes), *parts[0][1].shape[1:]), parts[0][1].dtype)
    for numbers, values in parts:
        whole[np.searchsorted(classes, numbers)] += values
    return whole
