"""Pictures that a person circled are a concept: which units answer to them and to nothing else.

The score is the area under precision and recall (average precision), whose chance level is the share of what is inside;
the band that chance reaches is measured by drawing other pictures, as many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any
DRAWS = 20
MOST = 200  # units that are told


@dataclass(frozen=True)
class Answering:
    layer: str
    unit: int
    score: float  # average precision, from 0 to 1
    lift: float  # over chance


@dataclass(frozen=True)
class Concept:
    units: tuple[Answering, ...]  # the best first
    chance: float
    band: float  # what the best unit of all comes to by chance, in 19 of 20 drawn concepts
    inside: int
    of: int


def average_precision(values: Array, inside: Array) -> Array:
    """Of each column of pictures × units. Pictures that a unit answers alike are taken at once, in no order."""
    values, inside = np.asarray(values), np.asarray(inside, bool)
    if not inside.any():
        return np.zeros(values.shape[1])
    order = np.argsort(-values, axis=0, kind="stable")
    ranked = np.take_along_axis(values, order, 0)
    hits = np.cumsum(inside[order], axis=0)
    last = np.ones(ranked.shape, bool)  # of those that are alike
    last[:-1] = ranked[1:] != ranked[:-1]
    precision = hits / np.arange(1, len(values) + 1)[:, None]
    found = np.where(last, hits, 0)
    before = np.maximum.accumulate(np.concatenate([np.zeros((1, values.shape[1]), found.dtype), found]), axis=0)[:-1]
    return (np.where(last, hits - before, 0) * precision).sum(0) / int(inside.sum())


def concept(units: Sequence[tuple[str, Array]], inside: Array, seed: int = 0) -> Concept:
    """`units` are pictures × units of each layer."""
    inside = np.asarray(inside, bool)
    count, of = int(inside.sum()), len(inside)
    chance = count / of if of else 0.0
    found: list[Answering] = []
    random = np.random.default_rng(seed)
    drawn = [np.isin(np.arange(of), random.choice(of, count, replace=False)) for _ in range(DRAWS)]
    best_by_chance = np.zeros(DRAWS)
    for layer, values in units:
        for first in range(0, values.shape[1], 256):
            part = np.nan_to_num(values[:, first : first + 256], nan=-np.inf)
            scores = average_precision(part, inside)
            found += [
                Answering(layer, first + n, float(score), float(score / chance) if chance else 0.0)
                for n, score in enumerate(scores)
            ]
            some = part[:, :: max(part.shape[1] // 16, 1)]  # as many as tell how far chance reaches
            for number, other in enumerate(drawn):
                best_by_chance[number] = max(best_by_chance[number], average_precision(some, other).max(initial=0))
    found.sort(key=lambda one: (-one.score, one.layer, one.unit))
    band = float(np.quantile(best_by_chance, 0.95)) if units else 0.0
    return Concept(tuple(found[:MOST]), chance, band, count, of)


def direction(values: Array, inside: Array, most: int = 64) -> tuple[tuple[int, float], ...]:
    """From the other pictures to those inside: how much more each unit answers to them on average (pictures × units).

    Of the units that differ most, as a direction of length 1; empty where none differs.
    """
    inside = np.asarray(inside, bool)
    finite = np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    if not inside.any() or inside.all():
        return ()
    apart = finite[inside].mean(0) - finite[~inside].mean(0)
    units = np.argsort(-np.abs(apart), kind="stable")[:most]
    length = float(np.linalg.norm(apart[units]))
    if not length:
        return ()
    shares = [(int(unit), float(f"{apart[unit] / length:.3g}")) for unit in units]
    return tuple((unit, share) for unit, share in shares if share)
