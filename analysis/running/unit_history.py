"""What one unit did over a stream of frames: its best pictures, its histogram, its share of zeros."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.protocol.events import BestPicture, Floats
from analysis.protocol.frame import Frame, Pixels, stream_of

BINS = 64
BEST = 9
ENOUGH = 3  # of pictures so large that nine of them would take more than
KEPT = 48_000_000  # bytes
SAME_MOMENT = 1.0  # seconds: of frames this close together only the best one is kept


@dataclass
class UnitHistory:
    """Grows by `add`, one frame at a time; a frame that is shown again is not counted again."""

    best: list[BestPicture] = field(default_factory=list)
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))
    low: float = 0.0
    high: float = 0.0
    zeros: int = 0
    values: int = 0
    frames: int = 0
    last_number: int = -1

    def add(self, frame: Frame, picture: Pixels, values: Floats) -> None:
        """Takes the unit's map on this frame into account; what is not a number is left out."""
        if frame.number == self.last_number:
            return
        self.last_number = frame.number
        is_finite = np.isfinite(values)
        finite = values.ravel() if is_finite.all() else values[is_finite]
        if finite.size == 0:
            return
        self.frames += 1
        self.values += finite.size
        self.zeros += int(np.count_nonzero(finite == 0))
        self._count(finite)
        place = int(np.where(is_finite, values, -np.inf).argmax())
        row, column = divmod(place, values.shape[1])
        self._keep_best(BestPicture(float(values[row, column]), (row, column), picture, frame))

    @property
    def share_of_zeros(self) -> float:
        return self.zeros / self.values if self.values else 0.0

    def _count(self, values: Floats) -> None:
        """Adds to the histogram, whose range doubles by merging neighbouring bins until everything fits."""
        low, high = float(values.min()), float(values.max())
        if self.high <= self.low:
            if high == low:
                high = low + max(abs(low), 1.0) * 1e-3
            self.low, self.high = low, high
        merged = 0
        while (low < self.low or high > self.high) and merged < 1100:
            width = self.high - self.low
            pairs = self.counts.reshape(-1, 2).sum(1)
            empty = np.zeros(BINS // 2, np.int64)
            if high > self.high:
                self.high += width
                self.counts = np.concatenate([pairs, empty])
            else:
                self.low -= width
                self.counts = np.concatenate([empty, pairs])
            merged += 1
        # What `np.histogram` counts, up to rounding at the borders, without its search for them in every frame.
        bins = ((values.astype(np.float64) - self.low) / (self.high - self.low) * BINS).astype(np.intp)
        self.counts = self.counts + np.bincount(np.minimum(bins, BINS - 1), minlength=BINS)

    def _keep_best(self, new: BestPicture) -> None:
        """Nine different moments: neighbours in time, and what comes round again, do not fill the list.

        They are kept in full, so that a person can go back to them; of a whole screen it is fewer.
        """
        if len(self.best) == BEST and new.value <= self.best[-1].value:
            return
        if any(_alike(old, new) for old in self.best):
            return
        stream = stream_of(new.frame.origin)
        for index, old in enumerate(self.best):
            same = stream_of(old.frame.origin) == stream and old.frame.moving and new.frame.moving
            if same and abs(old.frame.captured - new.frame.captured) < SAME_MOMENT:
                if new.value <= old.value:
                    return
                del self.best[index]
                break
        self.best.append(new)
        self.best.sort(key=lambda one: -one.value)
        del self.best[BEST:]
        while len(self.best) > ENOUGH and sum(one.frame.bytes for one in self.best) > KEPT:
            del self.best[-1]


def _alike(one: BestPicture, other: BestPicture) -> bool:
    """The same picture; only where the values are as good as equal are all pixels looked at."""
    close = abs(one.value - other.value) <= 1e-3 * max(abs(one.value), 1e-6)
    return close and np.array_equal(one.picture, other.picture)
