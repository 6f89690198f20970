"""Where one more picture lies in maps that are made: its nearest, and its place among them.

Its neighbours pull it as in t-SNE, and all points of the map push it away; the map itself stays. What is a projection
is projected. The maps of all layers are worked on together: most of what a picture takes is the asking, not the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, eq=False)
class _Seen:
    """The picture as a layer has it, and the pictures that are nearest to it there."""

    ground: Ground
    values: Array
    near: Array
    squares: Array


class Ground:
    """A map that pictures land in; made once for each."""

    def __init__(self, layer: LayerMap, groups: Array, classes: int) -> None:
        self.layer = layer
        vectors = np.asarray(layer.vectors, np.float32)
        self._mean = vectors.mean(0)
        self._values = np.ascontiguousarray(vectors - self._mean)
        self._lengths = lengths_of(self._values)
        self._before = _laid_out(layer.before)
        self.directions = _laid_out(layer.directions)
        self.axes = np.ascontiguousarray(np.asarray(layer.places, np.float32).T)
        self.neighbours = max(layer.near.shape[1], 1)
        self._groups, self._classes = groups, classes

    def land(self, vector: Array) -> Landed | None:
        """None where its numbers are not finite."""
        found = land([self], {self.layer.layer: vector}, self._groups, self._classes)
        return found[0] if found else None

    def look(self, vector: Array) -> _Seen | None:
        values = np.asarray(vector, np.float32)
        if self._before is not None:
            values = _turned(self._before, values)
        if not np.isfinite(values).all():
            return None
        own = values - self._mean
        squares = self._lengths - 2 * _times(self._values, own)
        squares += own @ own
        count = min(max(int(3 * PERPLEXITY), self.neighbours), len(squares))
        near = np.argpartition(squares, count - 1)[:count]
        near = near[np.lexsort((near, squares[near]))]
        return _Seen(self, values, near, squares[near])


def land(grounds: Sequence[Ground], vectors: Mapping[str, Array], groups: Array, classes: int) -> tuple[Landed, ...]:
    """In each of these maps that there is a vector for, whose numbers are finite."""
    asked = (ground.look(vectors[ground.layer.layer]) for ground in grounds if ground.layer.layer in vectors)
    seen = [one for one in asked if one is not None]
    places = {id(one): _projected(one) for one in seen if one.ground.layer.directions is not None}
    among = [one for one in seen if id(one) not in places]
    if among:
        places |= {id(one): place for one, place in zip(among, _among(among), strict=True)}
    return tuple(
        Landed(
            one.ground.layer.layer,
            places[id(one)],
            (near := one.near[: one.ground.neighbours]),
            int(vote(groups, near[None], classes)[0]),
        )
        for one in seen
    )


def _projected(seen: _Seen) -> Array:
    assert seen.ground.directions is not None
    return _turned(seen.ground.directions, seen.values).astype(np.float32)


def _laid_out(turning: tuple[Array, Array] | None) -> tuple[Array, Array] | None:
    return None if turning is None else (turning[0], np.ascontiguousarray(turning[1]))


def _turned(turning: tuple[Array, Array], values: Array) -> Array:
    mean, directions = turning
    return _times(directions, values - mean)


def _times(matrix: Array, vector: Array) -> Array:
    """By this thread alone.

    A matrix library shares even this out; on a busy machine it waits for its other threads longer than all of it takes.
    """
    return np.einsum("ij,j->i", matrix, vector)


def _among(seen: Sequence[_Seen]) -> Array:
    """Maps × axes: all of them at once, step by step."""
    count = int(3 * PERPLEXITY)
    near = np.stack([one.near[:count] for one in seen])
    squares = np.maximum(np.stack([one.squares[:count] for one in seen]), 0).astype(np.float64)
    shares = conditional(squares, PERPLEXITY).astype(np.float32)
    axes = np.stack([one.ground.axes for one in seen])  # maps × axes × points
    pulling = np.take_along_axis(axes, near[:, None], 2)
    place = (pulling * shares[:, None]).sum(2)
    speed = np.zeros_like(place)
    apart, q = np.empty_like(axes), np.empty((len(axes), axes.shape[2]), np.float32)
    for _ in range(_STEPS):
        np.subtract(place[..., None], axes, out=apart)
        np.einsum("man,man->mn", apart, apart, out=q)
        q += 1
        np.reciprocal(q, out=q)
        total = q.sum(1, keepdims=True) + np.float32(1e-12)
        pull = shares * np.take_along_axis(q, near, 1)
        q *= q
        drawn = ((place[..., None] - pulling) * pull[:, None]).sum(2)
        pushed = np.matmul(apart, q[..., None])[..., 0]
        speed = _MOMENTUM * speed - _RATE * 2 * (drawn - pushed / total)
        length = np.linalg.norm(speed, axis=1, keepdims=True)
        speed *= np.minimum(_FARTHEST / np.maximum(length, 1e-30), 1)
        place = (place + speed).astype(np.float32)
    return place
