"""What is wanted of a layer's maps of a few pictures, each stretch of memory read once while the cache holds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.sweeps.statistics import Doubles, Ints, LayerStatistics, Singles

_WARM = 1 << 17  # values of a stretch: half a megabyte, and as much again to compute in
_EXACT = 1 << 24  # to which ones add up exactly in single precision
_RIGHT = 1e-5  # of a map's spread, which is computed again where the sum of squares would leave less of it


@dataclass(frozen=True, eq=False)
class Part:
    """Pictures × units of each, and the values for their histograms."""

    sums: Doubles
    spreads: Doubles
    lows: Singles
    highs: Singles
    zeros: Ints
    places: Ints  # where the largest values lie that may come among the best
    coming: Singles | None  # the largest that came into the rectifier, where these are its answers
    chosen: Tensor
    odd: Tensor | None = None  # all of the maps, where values are no finite numbers


def part_of(maps: Tensor, chosen: Tensor | None, ceiling: float | None, known: LayerStatistics) -> Part:
    """Of pictures × units × rows × columns; with a `ceiling` the maps are what comes into the rectifier.

    `chosen` are the places that enter histograms, where these are not all. Of what would change nothing that is known
    of a unit, neither the place of the largest value nor the smallest behind a rectifier is looked for.
    """
    flat = maps.float().flatten(2)
    if flat.shape[2] == 1:
        return _of_values(flat.contiguous(), ceiling)
    flat = flat.contiguous()
    shape, count = flat.shape[:2], flat.shape[2]
    rows = flat.reshape(-1, count)
    found = _Found(rows, chosen, ceiling)
    values = found.chosen.reshape(*shape, -1)
    given: Singles = found.highs.numpy().reshape(shape)
    sums, squares = (one.numpy().astype(np.float64).reshape(shape) for one in (found.sums, found.norms))
    squares *= squares
    zeros = count - found.others.numpy().astype(np.int64).reshape(shape)
    places = np.zeros(tuple(shape), np.int64)
    if not np.isfinite(sums).all() or not np.isfinite(squares).all():
        if ceiling is None:
            return Part(sums, squares, given, given, zeros, places, None, values, maps)
        places = flat.argmax(2).numpy()  # of silent units what came in still counts
        return Part(sums, squares, given, given, zeros, places, given, values, torch.clamp(maps, 0, ceiling))
    spreads = np.maximum(squares - sums * sums / count, 0.0)
    # The rounding of a sum of squares adds up as a random walk does, along sixteen sums at once.
    least = np.finfo(np.float32).eps * (4 + np.sqrt(count) / 16) / _RIGHT
    for few in _few(spreads < least * squares, count):
        apart = _cut(flat.numpy()[few], ceiling) - (sums[few] / count).astype(np.float32)[:, None]
        spreads[few] = np.square(apart, out=apart).sum(1)
    highs = value = given
    if ceiling is None:
        lows: Singles = found.lows.numpy().reshape(shape)
    else:
        highs = _cut(given, ceiling)
        value = np.where(highs > 0, highs, given)
        lows = np.zeros(tuple(shape), np.float32)
        for few in _few((zeros == 0) & (known.low > 0), count):
            lows[few] = _cut(flat.numpy()[few].min(1), ceiling)
    for few in _few(value > known.best[:, -1], count):
        there = flat.numpy()[few]
        places[few] = (there if ceiling is None else np.minimum(there, np.float32(ceiling))).argmax(1)
    return Part(sums, spreads, lows, highs, zeros, places, None if ceiling is None else given, values)


def _few(which: NDArray[np.bool_], count: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Pictures and units of these maps, as many at once as the cache holds."""
    pictures, units = np.nonzero(which)
    step = max(_WARM // count, 1)
    for first in range(0, len(pictures), step):
        yield pictures[first : first + step], units[first : first + step]


def _cut(values: Singles, ceiling: float | None) -> Singles:
    return values if ceiling is None else np.clip(values, 0, ceiling).astype(np.float32)


class _Found:
    """Of each map, a row of memory."""

    def __init__(self, rows: Tensor, chosen: Tensor | None, ceiling: float | None) -> None:
        count = rows.shape[1]
        self.highs, self.lows, self.sums, self.norms, self.others = (torch.empty(len(rows)) for _ in range(5))
        self.chosen = torch.empty((len(rows), count if chosen is None else len(chosen)))
        step = max(_WARM // count, 1)
        room = torch.empty((min(step, len(rows)), count))
        for first in range(0, len(rows), step):
            end = min(first + step, len(rows))
            self._read(slice(first, end), rows[first:end], room[: end - first], chosen, ceiling)

    def _read(self, at: slice, maps: Tensor, room: Tensor, chosen: Tensor | None, ceiling: float | None) -> None:
        torch.amax(maps, 1, out=self.highs[at])
        if ceiling is None:
            torch.amin(maps, 1, out=self.lows[at])
            values = maps
        else:
            values = torch.clamp(maps, 0, ceiling, out=room)
        if chosen is None:
            self.chosen[at] = values
        else:
            torch.index_select(values, 1, chosen, out=self.chosen[at])
        torch.sum(values, 1, out=self.sums[at])
        torch.linalg.vector_norm(values, 2, 1, out=self.norms[at])
        if maps.shape[1] < _EXACT:  # ones in single precision add up six times as fast as whole numbers do
            torch.sum(torch.ne(values, 0, out=room), 1, out=self.others[at])
        else:
            self.others[at] = torch.count_nonzero(values, 1)


def _of_values(flat: Tensor, ceiling: float | None) -> Part:
    """Of maps of a single place."""
    given = flat[:, :, 0].numpy()
    values = _cut(given, ceiling)
    sums = values.astype(np.float64)
    chosen = torch.from_numpy(values)[:, :, None]
    odd = None if np.isfinite(sums).all() else chosen[..., None]
    none = np.zeros(values.shape, np.int64)
    zeros = (values == 0).astype(np.int64)
    coming = None if ceiling is None else given
    return Part(sums, np.zeros(values.shape), values, values, zeros, none, coming, chosen, odd)
