"""The statistics of all layers at once, where what they answer to a few pictures is there together.

A unit is a column, whatever layer it is of, so that what is done with a number of each is done once and not once a
layer. Maps are read once, in stretches of memory that the cache holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.sweeps.gathering import Gathering
from analysis.sweeps.growing import EXACT, Batch, Growing, OfMaps, with_nearest
from analysis.sweeps.statistics import Ints, Singles

_WARM = 1 << 17  # values of a stretch: half a megabyte, and as much again to compute in
_RIGHT = 1e-5  # of a map's spread, which is computed again where the sum of squares would leave less of it


@dataclass(frozen=True, eq=False)
class _Few(OfMaps):
    """And of each layer the values for its histogram, None where these are counted."""

    values: Singles  # the largest, or what came nearest to being one
    places: Ints  # where these lie, where they may come among the best
    chosen: Sequence[Tensor | None]


class SideBySide:
    """What `Gathering`s would gather, of all of them; with a ceiling their maps are what comes into a rectifier."""

    def __init__(self, gatherings: Sequence[Gathering], ceilings: Sequence[float | None]) -> None:
        self._gatherings, self._ceilings = tuple(gatherings), tuple(ceilings)
        layers = [one.layer for one in gatherings]
        units = [layer.units for layer in layers]
        self._ends = np.cumsum(units)
        self._columns = [slice(int(end) - size, int(end)) for end, size in zip(self._ends, units, strict=True)]

        def each(values: Sequence[object], kind: type) -> NDArray[Any]:
            return np.repeat(np.array(values, kind), units)

        self._size = each([layer.places for layer in layers], np.int64)
        self._single = self._size == 1
        self._rectified = each([ceiling is not None for ceiling in ceilings], np.bool_)
        self._ceiling = each([np.inf if ceiling is None else ceiling for ceiling in ceilings], np.float32)
        # The rounding of a sum of squares adds up as a random walk does, along sixteen sums at once.
        least = np.finfo(np.float32).eps * (4 + np.sqrt(self._size) / 16) / _RIGHT
        self._least = np.where(self._single, 0.0, least)
        self._growing = Growing(sum(units))
        self._few: list[_Few] = []
        self._room = torch.empty(max([_WARM, *(layer.places for layer in layers)]))

    def expect(self, classes: NDArray[np.int64]) -> None:
        """Makes room for them beforehand."""
        self._growing.expect(classes)

    def read(self, maps: Sequence[Tensor]) -> None:
        """Of the next pictures of a batch: of every layer pictures × units × rows × columns."""
        flat = [
            self._flat(gathering, of_layer) for gathering, of_layer in zip(self._gatherings, maps, strict=True)
        ]  # pictures × units × places, one map after the other
        numbers = np.empty((5, len(flat[0]), len(self._size)), np.float32)
        chosen: list[Tensor | None] = []
        for place, rows in enumerate(flat):
            found, values = self._of_layer(place, rows)
            numbers[:, :, self._columns[place]] = found.numpy().reshape(5, *rows.shape[:2])
            chosen.append(values)
        self._few.append(self._seen(flat, numbers, chosen))

    def add(self, batch: Batch) -> None:
        """What was read since, which are all pictures of a batch."""
        few, self._few = self._few, []

        def joined(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(one, name) for one in few])

        for place, gathering in enumerate(self._gatherings):
            values = [found for one in few if (found := one.chosen[place]) is not None]
            if values:
                gathering.count_in(torch.cat(values), 2)
        self._growing.take(batch, OfMaps(**{one.name: joined(one.name) for one in fields(OfMaps)}))
        self._growing.rank(batch, joined("values"), joined("places"))

    def hand_over(self) -> None:
        """To each layer its own, when all batches are added."""
        for gathering, columns in zip(self._gatherings, self._columns, strict=True):
            self._growing.hand_over(columns, gathering.growing)

    @staticmethod
    def _flat(gathering: Gathering, maps: Tensor) -> Tensor:
        if maps.shape[1:] != gathering.shape:
            raise ValueError(f"{gathering.layer.path} answers {tuple(maps.shape[1:])} to another picture")
        return maps.float().flatten(2).contiguous()

    def _of_layer(self, place: int, flat: Tensor) -> tuple[Tensor, Tensor]:
        """Of each map largest and smallest value, sum, length and how many are not zero; and those for histograms."""
        ceiling, chosen = self._ceilings[place], self._gatherings[place].chosen
        pictures, units, count = flat.shape
        rows = flat.reshape(-1, count)
        found = torch.empty((5, len(rows)))
        values = torch.empty((len(rows), count if chosen is None else len(chosen)))
        step = max(_WARM // count, 1)
        pieces = zip(torch.split(rows, step), torch.split(found, step, 1), torch.split(values, step), strict=True)
        for maps, numbers, picked in pieces:
            self._read(maps, numbers, picked, chosen, ceiling)
        return found, values.view(pictures, units, -1)

    def _read(self, maps: Tensor, into: Tensor, picked: Tensor, chosen: Tensor | None, ceiling: float | None) -> None:
        highs, lows, sums, lengths, others = into.unbind()
        room = self._room[: maps.numel()].view(maps.shape)
        torch.amax(maps, 1, out=highs)
        if ceiling is None:
            torch.amin(maps, 1, out=lows)
            values = maps
        else:
            lows.zero_()
            values = torch.clamp(maps, 0, ceiling, out=room)
        if chosen is None:
            picked.copy_(values)
        else:
            torch.index_select(values, 1, chosen, out=picked)
        torch.sum(values, 1, out=sums)
        torch.linalg.vector_norm(values, 2, 1, out=lengths)
        if maps.shape[1] < EXACT:  # ones in single precision add up six times as fast as whole numbers do
            torch.sum(torch.ne(values, 0, out=room), 1, out=others)
        else:
            others.copy_(torch.count_nonzero(values, 1))

    def _seen(self, flat: Sequence[Tensor], numbers: Singles, chosen: list[Tensor | None]) -> _Few:
        """What follows from the numbers of each map, and from a second look at a few of them.

        Of what would change nothing that is known of a unit, neither the place of the largest value nor the smallest
        behind a rectifier is looked for.
        """
        known = self._growing.statistics
        given, lows = numbers[0], numbers[1]
        sums, squares = numbers[2].astype(np.float64), numbers[3].astype(np.float64)
        squares *= squares
        odd = ~(np.isfinite(sums) & np.isfinite(squares)).all(0)
        with np.errstate(invalid="ignore", over="ignore"):
            zeros = self._size - np.where(odd, 0, numbers[4]).astype(np.int64)
            spreads = np.maximum(squares - sums * sums / self._size, 0.0)
            highs = np.where(self._rectified, np.clip(given, 0, self._ceiling), given)
            values = np.where(highs > 0, highs, given)
            again = spreads < self._least * squares
        means = sums / self._size
        places = np.zeros(given.shape, np.int64)
        for at, rows, ceiling in self._again(flat, again & ~odd):
            apart = _cut(rows, ceiling) - (sums[at] / rows.shape[1]).astype(np.float32)[:, None]
            spreads[at] = np.square(apart, out=apart).sum(1)
        for at, rows, ceiling in self._again(flat, self._rectified & (zeros == 0) & (known.low > 0) & ~odd):
            lows[at] = _cut(rows.min(1), ceiling)
        limits = np.minimum(given, self._ceiling)
        for at, rows, _ in self._again(flat, (values > known.best[:, -1]) & ~self._single & ~odd):
            places[at] = (rows >= limits[at][:, None]).argmax(1)
        few = _Few(np.broadcast_to(self._size, given.shape), means, spreads, lows, highs, zeros, values, places, chosen)
        if not odd.any():
            return few
        few = replace(few, count=few.count.copy())
        for place in np.unique(np.searchsorted(self._ends, np.flatnonzero(odd), "right")).tolist():
            self._take_odd(place, flat[place], given, few)
            chosen[place] = None
        return few

    def _again(
        self, flat: Sequence[Tensor], which: NDArray[np.bool_]
    ) -> Iterator[tuple[tuple[Ints, Ints], Singles, float | None]]:
        """Of pictures × units those maps that are meant, as many of a layer at once as the cache holds."""
        units, pictures = np.nonzero(which.T)
        if not len(units):
            return
        bounds = np.searchsorted(units, [0, *self._ends])
        for place in np.flatnonzero(np.diff(bounds)).tolist():
            maps, first = flat[place].numpy(), self._columns[place].start
            step = max(_WARM // maps.shape[2], 1)
            for begin in range(bounds[place], bounds[place + 1], step):
                some = slice(begin, min(begin + step, bounds[place + 1]))
                at = pictures[some], units[some]
                yield at, maps[at[0], at[1] - first], self._ceilings[place]

    def _take_odd(self, place: int, flat: Tensor, given: Singles, few: _Few) -> None:
        """Of a layer with values that are no finite numbers."""
        ceiling, columns = self._ceilings[place], self._columns[place]
        maps = flat[..., None]
        odd = self._gatherings[place].odd(maps if ceiling is None else torch.clamp(maps, 0, ceiling))
        for one in fields(OfMaps):
            getattr(few, one.name)[:, columns] = getattr(odd, one.name)
        values, places = odd.highs, odd.places
        if ceiling is not None:
            values, places = with_nearest(values, places, (given[:, columns], flat.argmax(2).numpy()))
        few.values[:, columns], few.places[:, columns] = values, places


def _cut(values: Singles, ceiling: float | None) -> Singles:
    return values if ceiling is None else np.clip(values, 0, ceiling).astype(np.float32)
