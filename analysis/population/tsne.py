"""t-SNE: a map in which neighbours stay neighbours (van der Maaten and Hinton 2008), one step of its descent at a time.

Neighbours attract each other along a sparse matrix, all points repel each other exactly or over a mesh
(`repulsion.py`). At first what belongs together is drawn together twelve times as hard (early exaggeration), in steps
as Belkina et al. (2019) take them: a twelfth of the number of points. Later the rate is twice the number of points,
far beyond what would be stable, and what holds the map together is that no point flies farther at a step than a bound,
which shrinks from map to rest like the temperature of what cools down. So a sixth of the iterations leads as deep as
steps of one size do, or deeper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from analysis.population.repulsion import EXACT, Mesh, pairs

Array = Any
EXAGGERATION = 12.0
FEW = 1200  # points that go down in smaller steps, which they have time for: larger ones tear their map apart
COOLED = (0.8, 200)  # after which share of the iterations the last bound is reached, or after how many


@dataclass(frozen=True)
class Way:
    """How a map goes down; what is a pair is early, and after that. Rates are shares of the number of points."""

    steps: int
    early: int  # of them
    rates: tuple[float, float]
    momentum: tuple[float, float]
    farthest: tuple[float, float, float]  # that a point flies at a step: early, just after that, and in the end


QUICK = Way(160, 40, (1 / EXAGGERATION, 2.0), (0.85, 0.9), (0.5, 3.0, 0.1))
CAREFUL = Way(300, 60, (0.5 / EXAGGERATION, 0.5), (0.5, 0.8), (0.5, 2.0, 0.1))
MOST_STEPS = 400
MANY = 20_000  # points whose pairs are not counted one by one any more
SMALL = 1e-4  # spread of the points in the beginning


def usual_steps(points: int) -> int:
    """After which a map is as deep as scikit-learn's after a thousand, or deeper."""
    return CAREFUL.steps if points <= FEW else min(QUICK.steps + points // 200, MOST_STEPS)


class Descent:
    """`places` are the map so far, of so many steps. In space every pair is computed, in a plane only where that is the
    quicker way."""

    def __init__(self, affinities: Any, start: Array, exact: bool = False, steps: int = 0) -> None:
        from scipy.sparse import triu

        self._affinities = affinities.astype(np.float32)
        self._weights = triu(self._affinities, 1, "csr")  # each pair once
        self._shares = self._weights.data.copy()
        self._rows = np.repeat(np.arange(len(start)), np.diff(self._weights.indptr))
        self._columns = self._weights.indices.astype(np.int64)
        # Room that is asked for once: to be given fresh pages at each step costs more than what is computed in them.
        self._squares = np.empty(len(self._columns), np.float32)
        self._pairs = np.empty((2, len(self._columns)), np.complex64)
        self._map = torch.from_numpy(beginning(start))
        points, dimensions = self._map.shape
        self._push: Callable[[Tensor], tuple[Tensor, float]] = (
            pairs if exact or dimensions != 2 or points <= EXACT else Mesh()
        )
        self._speed = torch.zeros_like(self._map)
        self._gains = torch.ones_like(self._map)
        self._way = CAREFUL if points <= FEW else QUICK
        steps = steps or usual_steps(points)
        self._early = min(self._way.early, steps // 3)
        self._cooled = max(min(steps * COOLED[0], COOLED[1]), self._early + 1)
        self.step_number = 0

    @property
    def places(self) -> Array:
        """A copy that nothing writes to."""
        return self._map.numpy().copy()

    def step(self) -> None:
        points = len(self._map)
        early = self.step_number < self._early
        exaggeration = EXAGGERATION if early else 1.0
        rate = points * self._way.rates[not early]
        push, total = self._push(self._map)
        slope = 4 * (self._pull() * exaggeration - push / max(total, 1e-30))
        same = (slope > 0) == (self._speed > 0)
        self._gains = torch.where(same, self._gains * 0.8, self._gains + 0.2).clamp_(min=0.01)
        self._speed = self._way.momentum[not early] * self._speed - rate * self._gains * slope
        self._map = self._map + _held_in(self._speed, self._farthest())
        self._map -= self._map.mean(0)
        self.step_number += 1

    def _farthest(self) -> float:
        if self.step_number < self._early:
            return self._way.farthest[0]
        _, first, last = self._way.farthest
        share = (self.step_number - self._early) / (self._cooled - self._early)
        return float(first * (last / first) ** min(share, 1.0))

    def _pull(self) -> Tensor:
        places, weights, squares = self._map.numpy(), self._weights, self._squares
        if places.shape[1] == 2:  # a complex number is fetched at once
            points, (apart, other) = np.ascontiguousarray(places).view(np.complex64).ravel(), self._pairs
            points.take(self._rows, out=apart, mode="clip")
            points.take(self._columns, out=other, mode="clip")
            np.subtract(apart, other, out=apart)
            np.conjugate(apart, out=other)
            np.multiply(apart, other, out=other)
            np.add(other.real, 1, out=squares)
        else:
            apart = places.take(self._rows, axis=0) - places.take(self._columns, axis=0)
            np.einsum("ij,ij->i", apart, apart, out=squares)
            squares += 1
        np.divide(self._shares, squares, out=weights.data)
        with_one = np.concatenate([places, np.ones((len(places), 1), np.float32)], 1)
        drawn = weights @ with_one
        drawn += weights.T @ with_one
        return torch.from_numpy(places * drawn[:, -1:] - drawn[:, :-1])

    def divergence(self) -> float:
        """Kullback and Leibler's, of the map from the vectors, with every pair counted."""
        return divergence(self._affinities, self._map.numpy())


def _held_in(speed: Tensor, most: float) -> Tensor:
    lengths = speed.norm(dim=1, keepdim=True)
    return torch.where(lengths > most, speed * (most / lengths.clamp_(min=1e-30)), speed)


def beginning(start: Array) -> Array:
    """A map, of whatever size it is, so small that all forces are alike in it."""
    places = np.array(start, np.float32)
    places -= places.mean(0)
    spread = float(places[:, 0].std())
    if spread > 0:
        return np.ascontiguousarray(places * np.float32(SMALL / spread))
    count = np.arange(len(places), dtype=np.float32)  # nothing tells them apart: they begin on a spiral
    turned = np.stack([np.cos(count), np.sin(count), np.cos(2 * count)], 1)[:, : places.shape[1]]
    return np.ascontiguousarray(turned * (SMALL * np.sqrt(count / max(len(count), 1)))[:, None]).astype(np.float32)


def divergence(affinities: Any, places: Array) -> float:
    exact = torch.from_numpy(np.asarray(places, np.float32))
    total = (Mesh() if len(exact) > MANY and exact.shape[1] == 2 else pairs)(exact)[1]
    rows = np.repeat(np.arange(len(places)), np.diff(affinities.indptr))
    apart = np.asarray(places, np.float64)[rows] - np.asarray(places, np.float64)[affinities.indices]
    q = 1 / (1 + (apart * apart).sum(1)) / total
    p = affinities.data.astype(np.float64)
    there = p > 0
    return float((p[there] * np.log(p[there] / q[there])).sum())
