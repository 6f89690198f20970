"""The statistics of units as they grow, picture by picture, from a number of each unit and picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.sweeps.statistics import BEST, Doubles, Ints, LayerStatistics, Singles, together

EXACT = 1 << 24  # to which ones add up exactly in single precision
_OF_THE_BEST = ("best", "best_picture", "best_place")


class Batch:
    """Which pictures are in it: their numbers in the manifest and their labels, -1 for none; the rest is padding."""

    def __init__(self, numbers: Sequence[int], labels: Sequence[int | None], kept: Sequence[bool]) -> None:
        self.numbers = np.array(numbers, np.int64)
        self.labels = np.array([-1 if label is None else label for label in labels], np.int64)
        self.kept = np.array(kept, np.bool_)

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True, eq=False)
class OfMaps:
    """Pictures × units of what is told of each map; of all its values that are finite numbers."""

    count: Ints
    means: Doubles
    spreads: Doubles
    lows: Singles
    highs: Singles
    zeros: Ints


class Growing:
    """Of so many units, of one layer or of several."""

    def __init__(self, units: int) -> None:
        self.statistics = LayerStatistics.none(units)
        self.pooled: list[NDArray[np.float32]] = []  # of each batch kept pictures × 2 × units: maximum and mean

    def hand_over(self, units: slice, to: Growing) -> None:
        """Of some of the units all but histogram and odd values, which are counted layer by layer."""
        known, whole = to.statistics, self.statistics
        known.pictures, known.classes, known.class_count = whole.pictures, whole.classes, whole.class_count
        for name in ("count", "mean", "spread", "low", "high", "zeros", "responded", *_OF_THE_BEST):
            setattr(known, name, getattr(whole, name)[units])
        for name in ("class_sum", "class_squares"):
            setattr(known, name, getattr(whole, name)[:, units])
        to.pooled = [rows[:, :, units] for rows in self.pooled]

    def take(self, batch: Batch, told: OfMaps) -> None:
        """A row of each for every picture."""
        known = self.statistics
        total = told.count.sum(0)
        mean = np.divide((told.means * told.count).sum(0), total, out=np.zeros(total.shape), where=total > 0)
        spread = told.spreads.sum(0) + (told.count * (told.means - mean) ** 2).sum(0)
        known.count, known.mean, known.spread = together((known.count, known.mean, known.spread), (total, mean, spread))
        known.pictures += len(batch)
        known.low = np.minimum(known.low, told.lows.min(0))
        known.high = np.maximum(known.high, told.highs.max(0))
        known.zeros += told.zeros.sum(0)
        known.responded += (told.highs > 0).sum(0)
        answered = np.where(np.isfinite(told.highs), told.highs, 0.0).astype(np.float64)
        self._take_classes(batch.labels, answered)
        if batch.kept.any():
            pooled = np.stack([answered[batch.kept], told.means[batch.kept]], 1)
            self.pooled.append(pooled.astype(np.float32))

    def _take_classes(self, labels: NDArray[np.int64], answers: Doubles) -> None:
        known = self.statistics
        labelled = np.flatnonzero(labels >= 0)
        if not len(labelled):
            return
        order = labelled[np.argsort(labels[labelled], kind="stable")]
        found, firsts = np.unique(labels[order], return_index=True)
        new = found[~np.isin(found, known.classes)]
        if len(new):  # those of a shard are mostly known beforehand
            self.expect(new)
        at = np.searchsorted(known.classes, found)
        known.class_count[at] += np.diff(np.append(firsts, len(order)))
        answers = answers[order]
        known.class_sum[at] += np.add.reduceat(answers, firsts, axis=0)
        known.class_squares[at] += np.add.reduceat(answers * answers, firsts, axis=0)

    def expect(self, classes: NDArray[np.int64]) -> None:
        """Makes room for these classes; `settled` takes it away from those that did not occur."""
        known = self.statistics
        whole = np.union1d(known.classes, classes).astype(np.int64)
        at = np.searchsorted(whole, known.classes)
        for name in ("class_count", "class_sum", "class_squares"):
            before = getattr(known, name)
            room = np.zeros((len(whole), *before.shape[1:]), before.dtype)
            room[at] = before
            setattr(known, name, room)
        known.classes = whole

    def settled(self) -> LayerStatistics:
        """All that was gathered."""
        known = self.statistics
        there = known.class_count > 0
        if not there.all():
            for name in ("classes", "class_count", "class_sum", "class_squares"):
                setattr(known, name, getattr(known, name)[there])
        return known

    def rank(self, batch: Batch, values: Singles, places: Ints) -> None:
        """Of each picture a unit's largest value and where it lies."""
        known = self.statistics
        units = np.flatnonzero((values > known.best[:, -1]).any(0))
        if not len(units):
            return
        whole = np.concatenate([known.best[units], values[:, units].T], 1)
        order = np.argsort(-whole, axis=1, kind="stable")[:, :BEST]
        numbers = np.broadcast_to(batch.numbers, (len(units), len(batch)))
        known.best_picture[units] = np.take_along_axis(np.hstack([known.best_picture[units], numbers]), order, 1)
        known.best_place[units] = np.take_along_axis(np.hstack([known.best_place[units], places[:, units].T]), order, 1)
        known.best[units] = np.take_along_axis(whole, order, 1)
        known.best_picture[units] = np.where(np.isfinite(known.best[units]), known.best_picture[units], -1)


def with_nearest(highs: Singles, places: Ints, coming: tuple[Singles, Ints]) -> tuple[Singles, Ints]:
    """Of what comes out of a rectifier; where nothing does, what came into it, and where."""
    silent = ~(highs > 0) & np.isfinite(coming[0])
    values = np.where(silent, np.minimum(coming[0], 0.0), highs).astype(np.float32)
    return values, np.where(silent, coming[1], places)
