"""k-means, begun far apart (k-means++), a round at a step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.population.distances import blocks, lengths_of, squared

Array = Any
_ROUNDS = 100


@dataclass(frozen=True, eq=False)
class Clusters:
    of: Array  # the number of each point's cluster, the largest cluster first
    centres: Array
    spread: float  # the sum of squared distances from the centres


def clustered(vectors: Array, count: int, seed: int, tries: int = 4) -> Iterator[Clusters]:
    """The best of so many beginnings, so far."""
    values = np.asarray(vectors, np.float64)
    random = np.random.default_rng(seed)
    count = min(count, len(values))
    best: Clusters | None = None
    for _ in range(tries):
        centres = _far_apart(values, count, random)
        before = np.inf
        for _round in range(_ROUNDS):
            of, spread = _nearest(values, centres)
            if spread >= before * (1 - 1e-7):
                break
            before = spread
            centres = _means(values, of, centres)
            if best is not None:
                yield best
        if best is None or spread < best.spread:
            best = _sorted(of, centres, spread)
        yield best


def _nearest(values: Array, centres: Array) -> tuple[Array, float]:
    of, total = np.zeros(len(values), np.int64), 0.0
    lengths, own = lengths_of(centres), lengths_of(values)
    for part in blocks(len(values)):
        found = squared(values[part], own[part], centres, lengths)
        of[part] = found.argmin(1)
        total += float(found.min(1).sum())
    return of, total


def _means(values: Array, of: Array, centres: Array) -> Array:
    """One that nobody is nearest to stays where it is."""
    counts = np.bincount(of, minlength=len(centres))
    sums = np.zeros_like(centres)
    np.add.at(sums, of, values)
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres)


def _far_apart(values: Array, count: int, random: Any) -> Array:
    chosen = [int(random.integers(len(values)))]
    away = ((values - values[chosen[0]]) ** 2).sum(1)
    for _ in range(1, count):
        total = away.sum()
        chosen.append(
            int(random.choice(len(values), p=away / total)) if total > 0 else int(random.integers(len(values)))
        )
        away = np.minimum(away, ((values - values[chosen[-1]]) ** 2).sum(1))
    return values[chosen].copy()


def _sorted(of: Array, centres: Array, spread: float) -> Clusters:
    order = np.argsort(-np.bincount(of, minlength=len(centres)), kind="stable")
    numbers = np.empty_like(order)
    numbers[order] = np.arange(len(order))
    return Clusters(numbers[of], centres[order].astype(np.float32), spread)
