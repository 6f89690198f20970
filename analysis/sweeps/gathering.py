"""The statistics of one layer as they grow, batch by batch, while its answers are still warm in the cache."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.sweeps.bins import BINS, bins_of
from analysis.sweeps.growing import EXACT, Batch, Growing, OfMaps, with_nearest
from analysis.sweeps.spec import SweptLayer
from analysis.sweeps.statistics import BEST, Doubles, Ints, LayerStatistics, Singles

_WARM = 1 << 18  # values that are gone through at once: a megabyte
_Coming = tuple[Singles, Ints, Singles]  # into a rectifier: maxima, places, what comes of them


@dataclass(frozen=True, eq=False)
class OddPart(OfMaps):
    places: Ints  # of the largest


class Gathering:
    """Of one layer, over the pictures of one shard."""

    def __init__(self, layer: SweptLayer) -> None:
        self.layer = layer
        self.growing = Growing(layer.units)
        self._coming: _Coming | None = None
        self._places = _spread_out(layer.places, layer.counted)
        self._chosen = torch.from_numpy(self._places)

    @property
    def statistics(self) -> LayerStatistics:
        return self.growing.statistics

    @property
    def chosen(self) -> Tensor | None:
        """The places whose values enter the histogram, where these are not all."""
        return self._chosen if self.layer.counted < self.layer.places else None

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
        self.growing.take(batch, OfMaps(count, sums / self.layer.places, spreads, lows, highs, zeros))
        places = self._places_of(maps, self._among_best(highs) & ((highs > 0) if coming is not None else True))
        self._rank(batch, highs, places, coming)

    def _rank(self, batch: Batch, highs: Singles, places: Ints, coming: _Coming | None) -> None:
        self.growing.rank(batch, *((highs, places) if coming is None else with_nearest(highs, places, coming[:2])))

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
            if self.layer.places < EXACT:  # ones in single precision add up six times as fast as whole numbers do
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
        if self.chosen is not None:
            flat = flat.index_select(along, self.chosen.to(maps.device))
        self.count_in(flat, along)

    def count_in(self, values: Tensor, along: int) -> None:
        """Values of chosen places, which lie `along` this axis, into the histograms."""
        bins = bins_of(values)
        units = torch.arange(self.layer.units, dtype=torch.int32, device=values.device) * BINS
        bins += units if along == 1 else units[:, None]
        counts = torch.bincount(bins.flatten(), minlength=self.layer.units * BINS)
        self.statistics.histogram += counts.cpu().numpy().reshape(self.layer.units, BINS)

    def _add_odd(self, maps: Tensor, batch: Batch, coming: _Coming | None) -> None:
        odd = self.odd(maps)
        self.growing.take(batch, odd)
        self._rank(batch, odd.highs, odd.places, coming)

    def odd(self, maps: Tensor) -> OddPart:
        """Where values are no finite numbers: these are counted apart, and of the others nothing is lost."""
        values = maps.flatten(2).cpu().numpy().astype(np.float64)
        there = np.isfinite(values)
        count = there.sum(2)
        nothing = np.where(there, values, 0.0)
        means = np.divide(nothing.sum(2), count, out=np.zeros(count.shape), where=count > 0)
        spreads = np.where(there, (nothing - means[:, :, None]) ** 2, 0.0).sum(2)
        lows = np.where(there, values, np.inf).min(2).astype(np.float32)
        high = np.where(there, values, -np.inf)
        self.statistics.odd += (~there).sum((0, 2))
        chosen = self._places if self.layer.counted < self.layer.places else np.arange(self.layer.places)
        bins = bins_of(torch.from_numpy(nothing[:, :, chosen].astype(np.float32))).numpy().astype(np.int64)
        bins += (np.arange(self.layer.units) * BINS)[None, :, None]
        counts = np.bincount(bins[there[:, :, chosen]], minlength=self.layer.units * BINS)
        self.statistics.histogram += counts.reshape(self.layer.units, BINS)
        zeros = (there & (values == 0)).sum(2)
        return OddPart(count, means, spreads, lows, high.max(2).astype(np.float32), zeros, high.argmax(2))


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
