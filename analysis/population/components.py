"""Principal components: the directions in which points lie apart most. Exact where that is quick, else iterated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any
_EXACT = 1024  # points or dimensions up to which the whole matrix is taken apart
_ROUNDS = 40
_ENOUGH = 1e-5  # change of the variances of a round at which it ends


@dataclass(frozen=True, eq=False)
class Components:
    mean: Array
    directions: Array  # components × dimensions
    explained: Array  # share of the variance of each

    def of(self, vectors: Array) -> Array:
        return ((np.asarray(vectors, np.float32) - self.mean) @ self.directions.T).astype(np.float32)


def principal_of(vectors: Array, count: int, seed: int = 0) -> Components:
    """At once."""
    *_, parts = principal(vectors, count, seed)
    assert parts is not None
    return parts


def principal(vectors: Array, count: int, seed: int = 0) -> Iterator[Components | None]:
    """None while it goes on. Each direction's largest part is positive, so that a map is not mirrored by chance."""
    points, dimensions = vectors.shape
    count = max(1, min(count, points - 1, dimensions))
    mean = vectors.mean(0, dtype=np.float64)
    values = np.asarray(vectors, np.float32) - mean.astype(np.float32)
    total = float(np.einsum("ij,ij->", values, values, dtype=np.float64))
    yield None
    if min(points, dimensions) <= _EXACT:
        directions, strengths = _taken_apart(values, count)
    else:
        rounds = _iterated(values, count, seed)
        while True:
            try:
                next(rounds)
            except StopIteration as end:
                directions, strengths = end.value
                break
            yield None
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(1)])
    directions = directions * np.where(signs == 0, 1, signs)[:, None]
    yield Components(
        mean.astype(np.float32), directions.astype(np.float32), strengths / total if total > 0 else strengths * 0
    )


def _taken_apart(values: Array, count: int) -> tuple[Array, Array]:
    points, dimensions = values.shape
    if dimensions <= points:
        exact = values.astype(np.float64)
        strengths, directions = np.linalg.eigh(exact.T @ exact)
        return directions[:, ::-1][:, :count].T, np.maximum(strengths[::-1][:count], 0)
    strengths, weights = np.linalg.eigh((values @ values.T).astype(np.float64))
    strengths, weights = np.maximum(strengths[::-1][:count], 0), weights[:, ::-1][:, :count]
    directions = weights.T.astype(np.float32) @ values
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    return directions / np.where(lengths > 0, lengths, 1), strengths


def _iterated(values: Array, count: int, seed: int) -> Any:
    """Subspace iteration; a few directions more than are wanted make the last ones of them right."""
    random = np.random.default_rng(seed)
    more = min(count + 16, *values.shape)
    basis = random.standard_normal((values.shape[1], more)).astype(np.float32)
    before = np.zeros(count)
    for _ in range(_ROUNDS):
        basis, _upper = np.linalg.qr(values.T @ (values @ basis))
        yield
        small = (values @ basis).astype(np.float64)
        strengths, turned = np.linalg.eigh(small.T @ small)
        found = np.maximum(strengths[::-1][:count], 0)
        if np.abs(found - before).max() <= _ENOUGH * max(found[0], 1e-30):
            break
        before = found
        yield
    return (basis @ turned[:, ::-1][:, :count].astype(np.float32)).T, found
