"""How far a map can be believed, as a whole and at each point: trust, continuity, neighbours' classes, ranks.

Trustworthiness and continuity are Venna and Kaski's (2001): those who are near in the map without being near in truth,
and those who are near in truth without being near in the map, by how far they are out of rank.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.population.distances import blocks, centred, lengths_of, squared, vote

Array = Any


@dataclass(frozen=True, eq=False)
class Kept:
    """Of each point, from 0 to 1."""

    trust: Array
    continuity: Array


def neighbourhoods_kept(vectors: Array, places: Array, near: Array, count: int) -> Iterator[Kept | None]:
    """By `count` neighbours; `near` are those of the vectors, the nearest first. None while it goes on."""
    points = len(vectors)
    count = min(count, points // 2 - 1, near.shape[1])
    if count < 1:
        yield Kept(np.ones(points, np.float32), np.ones(points, np.float32))
        return
    truth, seen = centred(vectors), centred(places)
    lengths, seen_lengths = lengths_of(truth), lengths_of(seen)
    trust, continuity = np.zeros(points), np.zeros(points)
    most = count * (2 * points - 3 * count - 1) / 2  # of one point
    for part in blocks(points, 500_000):
        rows = np.arange(part.start, part.stop)
        there = _without(rows, squared(truth[part], lengths[part], truth, lengths))
        here = _without(rows, squared(seen[part], seen_lengths[part], seen, seen_lengths))
        shown = np.argpartition(here, count - 1, axis=1)[:, :count]
        trust[part] = 1 - np.maximum(_ranks(there, shown) - count, 0).sum(1) / most
        continuity[part] = 1 - np.maximum(_ranks(here, near[part, :count]) - count, 0).sum(1) / most
        yield None
    yield Kept(trust.astype(np.float32), continuity.astype(np.float32))


def _without(rows: Array, squares: Array) -> Array:
    squares[np.arange(len(rows)), rows] = np.inf
    return squares


def _ranks(squares: Array, who: Array) -> Array:
    """The place of each of `who` in the order of these distances, from 1."""
    asked = np.take_along_axis(squares, who, 1)
    counts = (np.count_nonzero(squares < asked[:, n : n + 1], axis=1) for n in range(who.shape[1]))
    return np.stack(list(counts), 1) + 1


def neighbours_right(groups: Array, votes: Array) -> float:
    """The share of those with a group whose neighbours say it; NaN where no point has one."""
    told = groups >= 0
    return float((votes[told] == groups[told]).mean()) if told.any() else float("nan")


def votes_of(groups: Array, near: Array, classes: int) -> Array:
    """What the neighbours of each point say that it is, without asking itself."""
    return vote(groups, near, classes)


def rank_correlation(truth: Array, places: Array, seed: int = 0, most: int = 200_000) -> float:
    """Spearman's, of distances in the map with true ones: of all pairs, or of as many drawn by a seed.

    `truth` are points × points, such as along a sheet that is rolled up.
    """
    one, other = np.triu_indices(len(places), 1)
    if len(one) > most:
        some = np.random.default_rng(seed).choice(len(one), most, replace=False)
        one, other = one[some], other[some]
    apart = np.linalg.norm(np.asarray(places, np.float64)[one] - np.asarray(places, np.float64)[other], axis=1)
    return float(np.corrcoef(_in_order(apart), _in_order(truth[one, other]))[0, 1])


def _in_order(values: Array) -> Array:
    """The place of each in their order; those that are alike share it."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[which]


def decided_after(votes: Array) -> Array:
    """Layers × points of votes: the number of the first layer from which on the vote is that of the last one."""
    votes = np.asarray(votes)
    same = votes == votes[-1]
    return len(votes) - np.logical_and.accumulate(same[::-1], axis=0).sum(0)
