"""What all units of a layer did over a stream of frames: their best pictures, histograms, and who never answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.drawing.mosaic import FEW
from analysis.protocol.events import BestPicture, Floats, SoFar
from analysis.protocol.frame import Frame, Pixels
from analysis.running.kept_pictures import PLACES, KeptPictures
from analysis.running.likeness import MOVING, STILL, Sketch, alike, sketch_of

BINS = 64
BEST = 9
COUNTED = 16_384  # values of a moving frame that enter the histograms: as many places of every unit, others each time
REMEMBERED = 256  # sketches of different pictures, to tell whether one more is another
NONE, LOST = -1, -2  # places of pictures: there is none yet; it had to be let go
SHARE = 0.03  # of the time that pictures stream
AT_FIRST = 0.2  # seconds that may be spent before that share is kept to


class LayerHistory:
    """Grows by `add`, one frame at a time; a frame that is shown again is not counted again."""

    def __init__(self, units: int) -> None:
        self.pictures = self.different = 0
        self._last_number = -1
        self._values = np.full((units, BEST), -np.inf, np.float32)
        self._places = np.full((units, BEST), NONE, np.int32)  # of the kept pictures
        self._spots = np.zeros((units, BEST), np.int32)  # where in the map the maximum was
        self._columns = np.ones((units, BEST), np.int32)  # of that map
        self._kept = KeptPictures()
        self._sketches = np.zeros((REMEMBERED, 0), np.int16)
        self._silent = np.ones(units, np.bool_)
        self._counts = np.zeros((units, BINS), np.int64)
        self._low, self._high = np.zeros(units), np.zeros(units)
        self._zeros, self._counted = np.zeros(units, np.int64), np.zeros(units, np.int64)
        self._taken = self._passed = 0  # values of each unit that were sampled, and that there were
        self._protected: int | None = None

    def __len__(self) -> int:
        return len(self._values)

    @property
    def bytes(self) -> int:
        """What it takes."""
        arrays = (self._values, self._places, self._spots, self._columns, self._sketches, self._silent)
        counts = (self._counts, self._low, self._high, self._zeros, self._counted)
        return self._kept.bytes + sum(array.nbytes for array in (*arrays, *counts))

    def knows(self, frame: Frame) -> bool:
        return frame.number == self._last_number

    def add(self, frame: Frame, picture: Pixels, maps: Tensor, chosen: int | None = None) -> None:
        """Takes the layer's maps on this frame into account; the pictures of the chosen unit are let go last."""
        if self.knows(frame) or len(maps) != len(self) or not maps.numel():
            return
        self._last_number, self._protected = frame.number, chosen
        maps = maps.detach()
        sketch = sketch_of(picture)
        self.pictures += 1
        self._note_whether_different(frame, sketch)
        low, high = _extremes(maps)
        odd = not (np.isfinite(low).all() and np.isfinite(high).all())
        if odd:
            finite = torch.isfinite(maps)
            low = _extremes(torch.where(finite, maps, torch.inf))[0]
            high = _extremes(torch.where(finite, maps, -torch.inf))[1]
        self._silent &= (low == 0) & (high == 0) & (not odd)
        sample = _sampled(maps, COUNTED if frame.moving else None, self.pictures)
        self._taken += sample.shape[1]
        self._passed += maps[0].numel()
        self._count(sample, low, high)
        self._keep_best(frame, picture, sketch, maps, low, high)

    def so_far(self) -> SoFar:
        return SoFar(self.pictures, self.different, self._silent.copy())

    def best(self, unit: int) -> tuple[BestPicture, ...]:
        """Its best pictures, the best first; those that had to be let go are left out."""
        found = []
        for value, place, spot, columns in zip(
            self._values[unit], self._places[unit], self._spots[unit], self._columns[unit], strict=True
        ):
            kept = self._kept[int(place)]
            if kept is not None:
                where = divmod(int(spot), int(columns))
                found.append(BestPicture(float(value), where, kept.picture, kept.frame))
        return tuple(found)

    def histogram(self, unit: int) -> tuple[NDArray[np.int64], tuple[float, float]]:
        return self._counts[unit].copy(), (float(self._low[unit]), float(self._high[unit]))

    def share_of_zeros(self, unit: int) -> float:
        return float(self._zeros[unit] / self._counted[unit]) if self._counted[unit] else 0.0

    @property
    def share_counted(self) -> float:
        """How much of what the units answered is in their histograms."""
        return self._taken / self._passed if self._passed else 1.0

    def silent(self, unit: int) -> bool:
        """Whether it was zero everywhere on every picture."""
        return bool(self._silent[unit])

    def _note_whether_different(self, frame: Frame, sketch: Sketch) -> None:
        """Pictures that are as good as the same say nothing new about who never answers."""
        if self._sketches.shape[1] != len(sketch):
            self._sketches = np.zeros((REMEMBERED, len(sketch)), np.int16)
        before = self._sketches[: min(self.different, REMEMBERED)]
        if not alike(before, sketch, MOVING if frame.moving else STILL).any():
            self._sketches[self.different % REMEMBERED] = sketch
            self.different += 1

    def _count(self, values: Floats, low: NDArray[np.float32], high: NDArray[np.float32]) -> None:
        """Adds to the histograms, whose ranges double by merging neighbouring bins until everything fits."""
        finite = np.isfinite(values)
        there = np.isfinite(low) & np.isfinite(high)
        self._widen(np.where(there, low, 0.0).astype(np.float64), np.where(there, high, 0.0).astype(np.float64), there)
        width = np.where(self._high > self._low, self._high - self._low, 1.0)
        scaled = (values - self._low[:, None].astype(np.float32)) * (BINS / width)[:, None].astype(np.float32)
        bins = np.clip(np.nan_to_num(scaled, posinf=0.0, neginf=0.0), 0, BINS - 1).astype(np.int32)
        bins += (np.arange(len(self), dtype=np.int32) * BINS)[:, None]
        counted = bins.ravel() if finite.all() else bins[finite]
        self._counts += np.bincount(counted, minlength=self._counts.size).reshape(self._counts.shape)
        self._counted += finite.sum(1)
        self._zeros += (values == 0).sum(1)

    def _widen(self, low: NDArray[np.float64], high: NDArray[np.float64], there: NDArray[np.bool_]) -> None:
        new = there & (self._high <= self._low)
        self._low[new] = low[new]
        self._high[new] = np.where(high > low, high, low + np.maximum(np.abs(low), 1.0) * 1e-3)[new]
        for _ in range(1100):  # from the smallest number to the largest one
            rows = (there & ((low < self._low) | (high > self._high))).nonzero()[0]
            if not len(rows):
                return
            pairs = self._counts[rows].reshape(len(rows), BINS // 2, 2).sum(2)
            width, up = self._high[rows] - self._low[rows], high[rows] > self._high[rows]
            empty = np.zeros_like(pairs)
            self._counts[rows] = np.where(up[:, None], np.hstack([pairs, empty]), np.hstack([empty, pairs]))
            self._high[rows] += np.where(up, width, 0.0)
            self._low[rows] -= np.where(up, 0.0, width)

    def _keep_best(
        self,
        frame: Frame,
        picture: Pixels,
        sketch: Sketch,
        maps: Tensor,
        low: NDArray[np.float32],
        high: NDArray[np.float32],
    ) -> None:
        """Nine different pictures of each unit: neighbours in time, and near-duplicates, do not fill the list."""
        answers = np.isfinite(high) & ((high != 0) | (low != 0))  # what is zero everywhere is nobody's best picture
        rows = (answers & (high > self._values[:, -1])).nonzero()[0]
        if not len(rows):
            return
        like = np.concatenate([self._kept.like(frame, sketch), [False, False]])  # the last two are LOST and NONE
        beside = like[self._places[rows]]
        better = high[rows] > np.where(beside, self._values[rows], -np.inf).max(1)
        rows, beside = rows[better], beside[better]
        if not len(rows):
            return
        place = self._kept.take(frame, picture, sketch)
        columns = maps.shape[2]
        spots = _largest(maps, rows)
        values = np.hstack([np.where(beside, -np.inf, self._values[rows]), high[rows, None]])
        order = np.argsort(-values, axis=1, kind="stable")[:, :BEST]
        one = np.ones((len(rows), 1), np.int32)
        for array, last in (
            (self._places, place * one),
            (self._spots, spots[:, None].astype(np.int32)),
            (self._columns, columns * one),
        ):
            before = np.where(beside, NONE, array[rows]) if array is self._places else array[rows]
            array[rows] = np.take_along_axis(np.hstack([before, last]), order, 1)
        self._values[rows] = np.take_along_axis(values, order, 1)
        for gone in self._kept.unwanted(self._wanted()):
            self._let_go(gone)

    def _wanted(self) -> NDArray[np.float64]:
        """How much each kept picture is wanted: by how many units, and how far ahead among theirs."""
        weights = np.broadcast_to(np.arange(BEST, 0, -1, dtype=np.float64), self._places.shape)
        if self._protected is not None and 0 <= self._protected < len(self):
            weights = weights.copy()
            weights[self._protected] *= 1e6
        there = self._places >= 0
        wanted: NDArray[np.float64] = np.bincount(self._places[there], weights[there], PLACES).astype(np.float64)
        return wanted

    def _let_go(self, place: int) -> None:
        self._places[self._places == place] = LOST
        self._kept.let_go(place)


class Allowance:
    """Keeps what is done beside a stream to a share of the time; while that is used up, frames are passed over."""

    def __init__(self) -> None:
        self._debt, self._since = -AT_FIRST, perf_counter()

    def grants(self) -> bool:
        now = perf_counter()
        self._debt = max(self._debt - SHARE * (now - self._since), -AT_FIRST)
        self._since = now
        return self._debt <= 0

    @contextmanager
    def spending(self) -> Iterator[None]:
        started = perf_counter()
        yield
        self._debt += perf_counter() - started


def _extremes(maps: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Each unit's minimum and maximum, whichever way the maps lie in memory."""
    units, rows, columns = maps.shape
    if maps.device.type == "cpu" and maps.is_contiguous() and maps.dtype == torch.float32 and maps.numel() <= FEW:
        values = maps.numpy().reshape(units, rows * columns)
        return values.min(1), values.max(1)
    if maps.is_contiguous():
        flat, along = maps.view(units, rows * columns), 1
    else:
        flat, along = maps.permute(1, 2, 0).reshape(rows * columns, units), 0
    both = torch.stack((flat.amin(along), flat.amax(along))).float().cpu().numpy()
    return both[0], both[1]


def _largest(maps: Tensor, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of these units is largest; what is not finite is nowhere."""
    if maps.device.type == "cpu" and maps.dtype == torch.float32:  # torch would wake threads, as below
        values = maps.numpy()[rows].reshape(len(rows), -1)
        places: NDArray[np.int64] = np.where(np.isfinite(values), values, -np.inf).argmax(1)
        return places
    picked = maps[torch.from_numpy(rows).to(maps.device)].flatten(1)
    return torch.where(torch.isfinite(picked), picked, -torch.inf).argmax(1).cpu().numpy()


def _sampled(maps: Tensor, most: int | None, turn: int) -> Floats:
    """Units × values: all of them, or as many of each unit that `most` are taken, at other places every turn."""
    units, rows, columns = maps.shape
    places = rows * columns
    if most is None or units * places <= most:
        return _as_floats(maps.reshape(units, places))
    taken = max(most // units, 1)
    step = places // taken
    at = (np.arange(taken) * step + (turn * 7919) % places) % places
    if maps.device.type == "cpu":  # torch would wake threads for this, which then wait for the one that paints
        return _as_floats(torch.from_numpy(maps.float().numpy()[:, at // columns, at % columns]))
    which = torch.from_numpy(at).to(maps.device)
    return _as_floats(maps[:, which // columns, which % columns])


def _as_floats(values: Tensor) -> Floats:
    found: Floats = values.float().cpu().numpy()
    return found
