"""Who is near whom among vectors: exact, block by block, so that a step is short and memory does not grow with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array = Any
_BLOCK = 2_000_000  # distances at once
_EXACT = 40_000_000  # numbers of the vectors for which the products are in double precision


def centred(vectors: Array) -> Array:
    """Distances between them lose fewer digits."""
    wide = vectors.size > _EXACT
    values = np.asarray(vectors, np.float32 if wide else np.float64)
    return values - values.mean(0, dtype=np.float64).astype(values.dtype)


def blocks(points: int, size: int = _BLOCK) -> Iterator[slice]:
    rows = max(1, size // max(points, 1))
    return (slice(first, min(first + rows, points)) for first in range(0, points, rows))


def squared(one: Array, lengths_one: Array, other: Array, lengths: Array) -> Array:
    found = one @ other.T
    found *= -2
    found += lengths_one[:, None]
    found += lengths[None]
    return np.maximum(found, 0, out=found)


def lengths_of(values: Array) -> Array:
    return np.einsum("ij,ij->i", values, values)


class Nearest:
    """The `count` nearest of each point, the nearest first, without itself; filled block by block by `steps`."""

    def __init__(self, vectors: Array, count: int) -> None:
        self._values = centred(vectors)
        self._lengths = lengths_of(self._values)
        points = len(vectors)
        self.count = min(count, points - 1)
        self.indices: NDArray[np.int32] = np.zeros((points, self.count), np.int32)
        self.squares: NDArray[np.float64] = np.zeros((points, self.count))

    def steps(self) -> Iterator[int]:
        """How many points are done."""
        values, lengths = self._values, self._lengths
        for part in blocks(len(values)):
            found = squared(values[part], lengths[part], values, lengths)
            found[np.arange(len(found)), np.arange(part.start, part.stop)] = np.inf
            some = np.argpartition(found, self.count - 1, axis=1)[:, : self.count]
            near = np.take_along_axis(found, some, 1)
            order = np.lexsort((some, near), axis=1)
            self.indices[part] = np.take_along_axis(some, order, 1)
            self.squares[part] = np.take_along_axis(near, order, 1)
            yield part.stop


def nearest(vectors: Array, count: int) -> Nearest:
    found = Nearest(vectors, count)
    for _ in found.steps():
        pass
    return found


def vote(groups: Array, near: Array, classes: int) -> Array:
    """The group of most of these neighbours, the first of those that are as many; −1 where none has a group."""
    counts = np.zeros((len(near), classes), np.int64)
    for column in range(near.shape[1]):
        found = groups[near[:, column]]
        there = np.flatnonzero(found >= 0)
        counts[there, found[there]] += 1
    best = counts.argmax(1) if classes else np.zeros(len(near), np.int64)
    return np.where(counts.max(1, initial=0) > 0, best, -1)
