"""The statistics of one layer as they grow, batch by batch, while its answers are still warm in the cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.sweeps.bins import BINS, bins_of
from analysis.sweeps.parts import Part, part_of
from analysis.sweeps.spec import SweptLayer
from analysis.sweeps.statistics import BEST, Doubles, LayerStatistics, Singles, together

_WARM = 1 << 18  # values that are gone through at once: a megabyte
_EXACT = 1 << 24  # to which ones add up exactly in single precision
_Coming = tuple[Singles, NDArray[np.int64], Singles]  # into a rectifier: maxima, places, what comes of them


class Batch:
    """Which pictures are in it: their numbers in the manifest and their labels, -1 for none; the rest is padding."""

    def __init__(self, numbers: Sequence[int], labels: Sequence[int | None], kept: Sequence[bool]) -> None:
        self.numbers = np.array(numbers, np.int64)
        self.labels = np.array([-1 if label is None else label for label in labels], np.int64)
        self.kept = np.array(kept, np.bool_)

    def __len__(self) -> int:
        return len(self.numbers)

    def between(self, first: int, end: int) -> Batch:
        part = Batch((), (), ())
        part.numbers, part.labels, part.kept = self.numbers[first:end], self.labels[first:end], self.kept[first:end]
        return part


class Gathering:
    """Of one layer, over the pictures of one shard."""

    def __init__(self, layer: SweptLayer) -> None:
        self.layer = layer
        self.statistics = LayerStatistics.none(layer.units)
        self.pooled: list[NDArray[np.float32]] = []  # of each batch kept pictures × 2 × units: maximum and mean
        self._coming: _Coming | None = None
        self._places = _spread_out(layer.places, layer.counted)
        self._chosen = torch.from_numpy(self._places)

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.layer.units, self.layer.rows, self.layer.columns

    def coming(self, maps: Tensor, pictures: int, ceiling: float = np.inf) -> None:
        """What comes into the rectifier that gives this layer's answer, as maps; nothing above `ceiling` comes out.

        Places are looked for only where nothing comes out of the rectifier, and before anything is written over it.
        """
        maps = maps[:pictures]
        highs = self._highest(maps)
        places = self._places_of(maps, self._among_best(highs) & (highs <= 0))
        self._coming = highs, places, np.clip(highs, 0, ceiling).astype(np.float32)

    def add(self, maps: Tensor, batch: Batch) -> None:
        """N×units×rows×columns; of padding nothing is taken."""
        maps = maps[: len(batch)]
        coming, self._coming = self._coming, None
        if maps.shape[1:] != self.shape:
            raise ValueError(f"{self.layer.path} answers {tuple(maps.shape[1:])} to another picture")
        maps = maps.float()
        sums, spreads, lows, zeros = self._reduced(maps, coming is not None)
        if not np.isfinite(sums).all() or not np.isfinite(spreads).all():
            self._add_odd(maps, batch, coming)
            return
        highs = self._highest(maps) if coming is None else coming[2]
        self._count(maps)
        count = np.full(maps.shape[:2], self.layer.places, np.int64)
        self._take(batch, count, sums / self.layer.places, spreads, lows, highs, zeros)
        places = self._places_of(maps, self._among_best(highs) & ((highs > 0) if coming is not None else True))
        self._rank(batch, highs, places, coming)

    def part_of(self, maps: Tensor, ceiling: float | None = None) -> Part:
        """Of some pictures of a batch, for `add_parts`; with a `ceiling` the maps are what comes into the rectifier."""
        if maps.shape[1:] != self.shape:
            raise ValueError(f"{self.layer.path} answers {tuple(maps.shape[1:])} to another picture")
        chosen = self._chosen if self.layer.counted < self.layer.places else None
        return part_of(maps, chosen, ceiling, self.statistics)

    def add_parts(self, batch: Batch, parts: Sequence[Part]) -> None:
        """All of a batch."""
        if any(part.odd is not None for part in parts):
            first = 0
            for part in parts:
                among = batch.between(first, first + len(part.sums))
                first += len(part.sums)
                if part.odd is not None:
                    coming = None if part.coming is None else (part.coming, part.places, part.highs)
                    self._add_odd(part.odd, among, coming)
                else:
                    self._add_sound(among, [part])
            return
        self._add_sound(batch, parts)

    def _add_sound(self, batch: Batch, parts: Sequence[Part]) -> None:
        def joined(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(part, name) for part in parts])

        self._count_in(torch.cat([part.chosen for part in parts]), 2)
        sums, highs = joined("sums"), joined("highs")
        count = np.full(sums.shape, self.layer.places, np.int64)
        means = sums / self.layer.places
        self._take(batch, count, means, joined("spreads"), joined("lows"), highs, joined("zeros"))
        places = joined("places")
        coming = None if parts[0].coming is None else (joined("coming"), places, highs)
        self._rank(batch, highs, places, coming)

    def _reduced(self, maps: Tensor, rectified: bool) -> tuple[Doubles, Doubles, Singles, NDArray[np.int64]]:
        """Sum, squared deviations, minimum and zeros of every map, a few maps at a time."""
        found: list[list[Tensor]] = [[], [], [], []]
        for part in self._parts(maps):
            flat, along = _flat(part)
            sums = flat.sum(along)
            room = torch.sub(flat, (sums / self.layer.places).unsqueeze(along))
            found[0].append(sums)
            found[1].append(room.square_().sum(along))
            if not rectified:
                found[2].append(flat.amin(along))
            if self.layer.places < _EXACT:  # ones in single precision add up six times as fast as whole numbers do
                found[3].append(self.layer.places - torch.ne(flat, 0, out=room).sum(along))
            else:
                found[3].append(self.layer.places - torch.count_nonzero(flat, along))
        total, spreads, zeros = (torch.cat(found[place]).cpu().numpy() for place in (0, 1, 3))
        if rectified:  # nothing is below zero, and most units were zero somewhere
            lows = np.zeros(zeros.shape, np.float32)
            units = np.flatnonzero((zeros == 0).all(0) & (self.statistics.low > 0))
            if len(units):
                lows[:, units] = maps[:, torch.from_numpy(units).to(maps.device)].amin((2, 3)).cpu().numpy()
        else:
            lows = torch.cat(found[2]).cpu().numpy()
        return total.astype(np.float64), spreads.astype(np.float64), lows, zeros.astype(np.int64)

    def _highest(self, maps: Tensor) -> Singles:
        """The largest value of every map."""
        parts = []
        for part in self._parts(maps):
            flat, along = _flat(part)
            parts.append(flat.amax(along))
        return np.asarray(torch.cat(parts).float().cpu().numpy(), np.float32)

    def _among_best(self, highs: Singles) -> NDArray[np.bool_]:
        """Which of these pictures come among a unit's best by them: pictures × units."""
        known = self.statistics.best
        found = np.zeros(highs.shape, np.bool_)
        units = np.flatnonzero((highs > known[:, -1]).any(0))
        if len(units):
            values = np.concatenate([known[units], highs[:, units].T], 1)
            order = np.argsort(-values, axis=1, kind="stable")[:, :BEST]
            rows, _ = np.nonzero(order >= BEST)
            found[order[order >= BEST] - BEST, units[rows]] = True
        return found

    def _places_of(self, maps: Tensor, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Where the largest value of each of the maps that are wanted lies; 0 of the others."""
        places = np.zeros(wanted.shape, np.int64)
        if self.layer.places == 1:
            return places
        flat, along = _flat(maps)
        if maps.device.type != "cpu":
            return np.where(wanted, flat.argmax(along).cpu().numpy(), 0)
        for picture in np.flatnonzero(wanted.any(1)).tolist():
            units = np.flatnonzero(wanted[picture])
            values = flat[picture].numpy()
            chosen = np.ascontiguousarray(values[:, units].T) if along == 1 else values[units]
            places[picture, units] = chosen.argmax(1)
        return places

    def _parts(self, maps: Tensor) -> list[Tensor]:
        if maps.device.type != "cpu":
            return [maps]
        step = max(_WARM // max(maps[0].numel(), 1), 1)
        return list(torch.split(maps, step))

    def _count(self, maps: Tensor) -> None:
        flat, along = _flat(maps)
        if self.layer.counted < self.layer.places:
            flat = flat.index_select(along, self._chosen.to(maps.device))
        self._count_in(flat, along)

    def _count_in(self, values: Tensor, along: int) -> None:
        bins = bins_of(values)
        units = torch.arange(self.layer.units, dtype=torch.int32, device=values.device) * BINS
        bins += units if along == 1 else units[:, None]
        counts = torch.bincount(bins.flatten(), minlength=self.layer.units * BINS)
        self.statistics.histogram += counts.cpu().numpy().reshape(self.layer.units, BINS)

    def _take(
        self,
        batch: Batch,
        count: NDArray[np.int64],
        means: Doubles,
        spreads: Doubles,
        lows: Singles,
        highs: Singles,
        zeros: NDArray[np.int64],
    ) -> None:
        """A row of each for every picture."""
        known = self.statistics
        total = count.sum(0)
        mean = np.divide((means * count).sum(0), total, out=np.zeros(total.shape), where=total > 0)
        spread = spreads.sum(0) + (count * (means - mean) ** 2).sum(0)
        known.count, known.mean, known.spread = together((known.count, known.mean, known.spread), (total, mean, spread))
        known.pictures += len(batch)
        known.low = np.minimum(known.low, lows.min(0))
        known.high = np.maximum(known.high, highs.max(0))
        known.zeros += zeros.sum(0)
        known.responded += (highs > 0).sum(0)
        answered = np.where(np.isfinite(highs), highs, 0.0).astype(np.float64)
        self._take_classes(batch.labels, answered)
        if batch.kept.any():
            pooled = np.stack([answered[batch.kept], means[batch.kept]], 1)
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

    def _rank(self, batch: Batch, highs: Singles, places: NDArray[np.int64], coming: _Coming | None) -> None:
        known = self.statistics
        if coming is not None:
            silent = ~(highs > 0) & np.isfinite(coming[0])
            highs = np.where(silent, np.minimum(coming[0], 0.0), highs).astype(np.float32)
            places = np.where(silent, coming[1], places)
        units = np.flatnonzero((highs > known.best[:, -1]).any(0))
        if not len(units):
            return
        values = np.concatenate([known.best[units], highs[:, units].T], 1)
        order = np.argsort(-values, axis=1, kind="stable")[:, :BEST]
        numbers = np.broadcast_to(batch.numbers, (len(units), len(batch)))
        known.best_picture[units] = np.take_along_axis(np.hstack([known.best_picture[units], numbers]), order, 1)
        known.best_place[units] = np.take_along_axis(np.hstack([known.best_place[units], places[:, units].T]), order, 1)
        known.best[units] = np.take_along_axis(values, order, 1)
        known.best_picture[units] = np.where(np.isfinite(known.best[units]), known.best_picture[units], -1)

    def _add_odd(self, maps: Tensor, batch: Batch, coming: _Coming | None) -> None:
        """Where values are no finite numbers: these are counted apart, and of the others nothing is lost."""
        values = maps.flatten(2).cpu().numpy().astype(np.float64)
        there = np.isfinite(values)
        count = there.sum(2)
        nothing = np.where(there, values, 0.0)
        means = np.divide(nothing.sum(2), count, out=np.zeros(count.shape), where=count > 0)
        spreads = np.where(there, (nothing - means[:, :, None]) ** 2, 0.0).sum(2)
        lows = np.where(there, values, np.inf).min(2).astype(np.float32)
        high = np.where(there, values, -np.inf)
        highs, places = high.max(2).astype(np.float32), high.argmax(2)
        self.statistics.odd += (~there).sum((0, 2))
        self._take(batch, count, means, spreads, lows, highs, (there & (values == 0)).sum(2))
        chosen = self._places if self.layer.counted < self.layer.places else np.arange(self.layer.places)
        bins = bins_of(torch.from_numpy(nothing[:, :, chosen].astype(np.float32))).numpy().astype(np.int64)
        bins += (np.arange(self.layer.units) * BINS)[None, :, None]
        counts = np.bincount(bins[there[:, :, chosen]], minlength=self.layer.units * BINS)
        self.statistics.histogram += counts.reshape(self.layer.units, BINS)
        self._rank(batch, highs, places, coming)


def _flat(maps: Tensor) -> tuple[Tensor, int]:
    """The maps with their places along one axis, as they lie in memory, and which axis that is."""
    if maps.shape[2] * maps.shape[3] > 1 and maps.stride(1) == 1 and maps.shape[1] > 1:
        return maps.permute(0, 2, 3, 1).flatten(1, 2), 1
    return maps.flatten(2), 2


def _spread_out(places: int, counted: int) -> NDArray[np.int64]:
    """So many of the places, always the same ones, by a hash of their number."""
    numbers = np.arange(places, dtype=np.uint64)
    mixed = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    return np.sort(np.argsort(mixed, kind="stable")[:counted]).astype(np.int64)
