"""What is wanted of a layer's maps of a few pictures, each stretch of memory read once while the cache holds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from analysis.sweeps.statistics import Doubles, Ints, Singles

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
    places: Ints  # where the largest values lie
    coming: Singles | None  # the largest that came into the rectifier, where these are its answers
    chosen: Tensor
    odd: Tensor | None = None  # all of the maps, where values are no finite numbers


def part_of(maps: Tensor, chosen: Tensor | None, ceiling: float | None) -> Part:
    """Of pictures × units × rows × columns; with a `ceiling` the maps are what comes into the rectifier.

    `chosen` are the places that enter histograms, where these are not all.
    """
    flat = maps.float().flatten(2)
    if flat.shape[2] == 1:
        return _of_values(flat.contiguous(), ceiling)
    flat = flat.contiguous()
    shape, count = flat.shape[:2], flat.shape[2]
    rows = flat.reshape(-1, count)
    found = _Found(len(rows))
    step = max(_WARM // count, 1)
    room = torch.empty((min(step, len(rows)), count))
    for first in range(0, len(rows), step):
        found.read(first, rows[first : first + step], room, ceiling)
    sums, squares = found.sums.numpy().astype(np.float64), found.norms.numpy().astype(np.float64) ** 2
    zeros = count - found.others.numpy().astype(np.int64)
    values = flat if chosen is None else rows.index_select(1, chosen).reshape(*shape, -1)
    if ceiling is not None:
        values = torch.clamp(values, 0, ceiling)
    given = rows.numpy()[np.arange(len(rows)), found.places]
    if not np.isfinite(sums).all() or not np.isfinite(squares).all():
        odd = maps if ceiling is None else torch.clamp(maps, 0, ceiling)
        nothing = np.zeros(tuple(shape))
        none = nothing.astype(np.int64)
        return Part(nothing, nothing, given.reshape(shape), given.reshape(shape), none, none, None, values, odd)
    spreads = np.maximum(squares - sums * sums / count, 0.0)
    # The rounding of a sum of squares adds up as a random walk does, along sixteen sums at once.
    least = np.finfo(np.float32).eps * (4 + np.sqrt(count) / 16) / _RIGHT
    doubtful = np.flatnonzero(spreads < least * squares)
    for first in range(0, len(doubtful), step):
        few = doubtful[first : first + step]
        apart = _cut(rows.numpy()[few], ceiling)
        apart = apart - (sums[few] / count).astype(np.float32)[:, None]
        spreads[few] = np.square(apart, out=apart).sum(1)
    highs = given
    if ceiling is None:
        lows = found.lows.numpy()
    else:
        highs = np.clip(given, 0, ceiling).astype(np.float32)
        lows = np.zeros(len(rows), np.float32)
        lively = np.flatnonzero(zeros == 0)
        if len(lively):
            lows[lively] = _cut(rows.numpy()[lively].min(1), ceiling)
        above = np.flatnonzero(given > ceiling)
        if len(above):  # the first of those places where all that the rectifier lets out comes out
            found.places[above] = (rows.numpy()[above] >= ceiling).argmax(1)
    coming = None if ceiling is None else given.reshape(shape)
    arrays = (sums, spreads, lows, highs, zeros, found.places)
    return Part(*(one.reshape(shape) for one in arrays), coming, values)  # type: ignore[arg-type]


def _cut(values: Singles, ceiling: float | None) -> Singles:
    return values if ceiling is None else np.clip(values, 0, ceiling).astype(np.float32)


class _Found:
    """Of each map, a row of memory."""

    def __init__(self, count: int) -> None:
        self.sums, self.norms, self.others, self.lows = (torch.empty(count) for _ in range(4))
        self.places = np.empty(count, np.int64)

    def read(self, first: int, maps: Tensor, room: Tensor, ceiling: float | None) -> None:
        end = first + len(maps)
        np.argmax(maps.numpy(), 1, out=self.places[first:end])
        room = room[: len(maps)]
        if ceiling is None:
            torch.amin(maps, 1, out=self.lows[first:end])
            values = maps
        else:
            values = torch.clamp(maps, 0, ceiling, out=room)
        torch.sum(values, 1, out=self.sums[first:end])
        torch.linalg.vector_norm(values, 2, 1, out=self.norms[first:end])
        if maps.shape[1] < _EXACT:  # ones in single precision add up six times as fast as whole numbers do
            torch.sum(torch.ne(values, 0, out=room), 1, out=self.others[first:end])
        else:
            self.others[first:end] = torch.count_nonzero(values, 1)


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
