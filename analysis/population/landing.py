"""Where one more picture lies in a map that is made: its nearest, and its place among them.

Its neighbours pull it as in t-SNE, and all points of the map push it away; the map itself stays. What is a projection
is projected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.population.affinities import conditional
from analysis.population.distances import lengths_of, vote
from analysis.protocol.events import Landed

if TYPE_CHECKING:
    from analysis.results.kinds import LayerMap

Array = Any
PERPLEXITY = 5.0
_STEPS = 30
_RATE = 0.1
_MOMENTUM = 0.8
_FARTHEST = 0.25  # in a step, in units of the map


class Ground:
    """A map that pictures land in; made once for each."""

    def __init__(self, layer: LayerMap, groups: Array, classes: int) -> None:
        self._map = layer
        vectors = np.asarray(layer.vectors, np.float32)
        self._mean = vectors.mean(0)
        self._values = np.ascontiguousarray(vectors - self._mean)
        self._lengths = lengths_of(self._values)
        self._axes = [np.ascontiguousarray(axis, np.float32) for axis in np.asarray(layer.places).T]
        self._groups, self._classes, self._neighbours = groups, classes, max(layer.near.shape[1], 1)

    def land(self, vector: Array) -> Landed | None:
        """None where its numbers are not finite."""
        layer = self._map
        values = np.asarray(vector, np.float32)
        if layer.before is not None:
            mean, directions = layer.before
            values = directions @ (values - mean)
        if not np.isfinite(values).all():
            return None
        own = values - self._mean
        squares = self._lengths - 2 * (self._values @ own)
        squares += own @ own
        count = min(max(int(3 * PERPLEXITY), self._neighbours), len(squares))
        near = np.argpartition(squares, count - 1)[:count]
        near = near[np.lexsort((near, squares[near]))]
        place = self._projected(values) if layer.directions is not None else self._among(near, squares[near])
        found = near[: self._neighbours]
        return Landed(layer.layer, place, found, int(vote(self._groups, found[None], self._classes)[0]))

    def _projected(self, values: Array) -> Array:
        assert self._map.directions is not None
        mean, directions = self._map.directions
        return (directions @ (values - mean)).astype(np.float32)

    def _among(self, near: Array, squares: Array) -> Array:
        near, squares = near[: int(3 * PERPLEXITY)], np.maximum(squares[: int(3 * PERPLEXITY)], 0).astype(np.float64)
        shares = conditional(squares[None], PERPLEXITY)[0].astype(np.float32)
        place = np.array([float((shares * axis[near]).sum()) for axis in self._axes], np.float32)
        speed = np.zeros_like(place)
        for _ in range(_STEPS):
            apart = [own - axis for own, axis in zip(place, self._axes, strict=True)]
            q = 1 / (1 + sum(one * one for one in apart))
            total = float(q.sum()) + 1e-12
            pull = shares * q[near]
            q *= q
            slope = np.array([2 * (float(pull @ one[near]) - float(q @ one) / total) for one in apart], np.float32)
            speed = _MOMENTUM * speed - _RATE * slope
            length = float(np.linalg.norm(speed))
            if length > _FARTHEST:
                speed *= _FARTHEST / length
            place = place + speed
        return place
