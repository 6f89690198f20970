"""What a unit is for, by the labels of the pictures that it answers to, and how far that is from chance.

Scores are the area under the curve of precision and recall, with its lift over what a blind unit has (the share of the
class), and Pearson's correlation: of the measures in use these two notice labels that are too wide and too narrow. The
area under the ROC curve stands beside them, with its p-value (Mann–Whitney, corrected for all units and classes by
Benjamini and Hochberg). Permuted labels give the band that chance reaches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.sweeps.statistics import Doubles, Ints

MOST_CLASSES = 50  # of a unit that are kept
PERMUTATIONS = 200
BAND = 0.99
ROUNDING = 1e-6  # of a unit's largest answer: whose answers lie nearer together are the same number, rounded


@dataclass(frozen=True, eq=False)
class Evidence:
    """Of each unit its best classes, the best first: number, average precision, area under the ROC curve, p-value."""

    classes: Ints  # units × kept
    precision: Doubles
    area: Doubles
    p: Doubles
    share: Doubles  # of each class among the pictures: what a blind unit has
    band: Doubles  # of each class: what 99 in 100 blind units stay below


def evidence(pooled: NDArray[np.float32], labels: Ints, classes: int) -> Evidence | None:
    """`pooled` is pictures × units, `labels` -1 where there is none; None where there are no two classes."""
    known = labels >= 0
    pooled, labels = pooled[known], labels[known]
    counts = np.bincount(labels, minlength=classes)
    if len(labels) < 2 or (counts > 0).sum() < 2:
        return None
    share = counts / len(labels)
    kept = min(int((counts > 0).sum()), MOST_CLASSES)
    units = pooled.shape[1]
    numbers = np.zeros((units, kept), np.int64)
    precision, area, p = (np.zeros((units, kept)) for _ in range(3))
    for unit in range(units):
        precisions, areas, ps = scores(pooled[:, unit], labels, counts)
        above = np.where(counts > 0, (precisions - share) / np.maximum(1 - share, 1e-12), -np.inf)
        order = np.argsort(-above, kind="stable")[:kept]
        numbers[unit] = order
        precision[unit], area[unit], p[unit] = precisions[order], areas[order], ps[order]
    return Evidence(
        numbers, precision, area, corrected(p, units * int((counts > 0).sum())), share, band(labels, counts)
    )


def scores(values: NDArray[np.float32], labels: Ints, counts: Ints) -> tuple[Doubles, Doubles, Doubles]:
    """Average precision, area under the ROC curve and p-value (one-sided) of every class at once."""
    total, classes = len(values), len(counts)
    order = np.argsort(-values, kind="stable")
    ranked = values[order]
    ends = _run_ends(np.flatnonzero(ranked[1:] != ranked[:-1]), total)  # of equal values none comes first
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    which = np.repeat(np.arange(len(ends)), lengths)  # the run of each place
    by_class = labels[order]
    grouped = np.argsort(by_class, kind="stable")
    of, runs = by_class[grouped], which[grouped]
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    change = (of[1:] != of[:-1]) | (runs[1:] != runs[:-1])
    last = np.repeat(
        _run_ends(np.flatnonzero(change), total),
        np.diff(np.concatenate([[-1], _run_ends(np.flatnonzero(change), total)])),
    )
    found = last - firsts[of] + 1  # of the class, down to the end of the run
    precisions = np.bincount(of, found / (ends[runs] + 1), classes)
    # ranks from the lowest, equal ones in the middle
    middle = total - (starts + ends) / 2.0
    sums = np.bincount(of, middle[runs], classes)
    others = total - counts
    pairs = counts * others
    wins = sums - counts * (counts + 1) / 2.0
    with np.errstate(divide="ignore", invalid="ignore"):
        areas = np.where(pairs > 0, wins / pairs, 0.5)
        ties = (lengths.astype(np.float64) ** 3 - lengths).sum() / max(total * (total - 1), 1)
        deviation = np.sqrt(np.maximum(pairs / 12.0 * (total + 1 - ties), 0))
        z = np.where(deviation > 0, (wins - pairs / 2.0 - 0.5) / deviation, 0.0)
        average = np.where(counts > 0, precisions / np.maximum(counts, 1), 0.0)
    p = np.array([0.5 * math.erfc(one / math.sqrt(2)) if deviation[place] > 0 else 1.0 for place, one in enumerate(z)])
    return average, areas, p


def band(labels: Ints, counts: Ints, permutations: int = PERMUTATIONS) -> Doubles:
    """Of every class the average precision that a unit which knows nothing reaches once in a hundred times."""
    random = np.random.default_rng(0)
    places = -np.arange(len(labels), dtype=np.float32)
    drawn = [scores(places, random.permutation(labels), counts)[0] for _ in range(permutations)]
    return np.quantile(np.array(drawn), BAND, axis=0)


def corrected(p: Doubles, tests: int) -> Doubles:
    """Benjamini and Hochberg's, for so many tests, of which these are those with the smallest p-values of each unit."""
    flat = p.ravel()
    order = np.argsort(flat, kind="stable")
    raised = flat[order] * tests / np.arange(1, len(flat) + 1)
    lowest = np.minimum.accumulate(raised[::-1])[::-1]
    found = np.empty_like(flat)
    found[order] = np.minimum(lowest, 1.0)
    return found.reshape(p.shape)


def pearson(count: Ints, sums: Doubles, squares: Doubles) -> Doubles:
    """Units × classes: the correlation of each unit's answer with “is of this class”, from the sums of each class."""
    total = count.sum()
    mean = sums.sum(1, keepdims=True) / max(total, 1)
    variance = squares.sum(1, keepdims=True) / max(total, 1) - mean**2
    means = sums / np.maximum(count, 1)
    share = count / max(total, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (means - mean) / np.sqrt(variance) * np.sqrt(share / (1 - share))
    found = np.where((variance > ROUNDING**2 * (mean**2 + 1e-30)) & np.isfinite(found), found, 0.0)
    return np.where(count > 0, found, 0.0)


def selectivity(means: Doubles, count: Ints) -> Doubles:
    """Of units that are never below zero: how far the best class is above the mean of the others (Morcos et al.)."""
    there = means[:, count > 0]
    if there.shape[1] < 2:
        return np.zeros(len(means))
    best = there.max(1)
    rest = (there.sum(1) - best) / (there.shape[1] - 1)
    whole = best + rest
    return np.where((there.min(1) >= 0) & (whole > 0), (best - rest) / np.where(whole > 0, whole, 1), 0.0)


def correlations(pooled: NDArray[np.float32]) -> NDArray[np.float32]:
    """Units × units, over pictures; a unit that is always the same is like none."""
    values, alive = of_one_length(pooled)
    values[:, ~alive] = 0
    return np.asarray(values.T @ values, np.float32)


def of_one_length(pooled: NDArray[Any]) -> tuple[Doubles, NDArray[np.bool_]]:
    """Each unit's answers less their mean, as long as 1, and of which units they differ by more than rounding."""
    values = pooled.astype(np.float64)
    largest = np.abs(values).max(0, initial=0)
    values -= values.mean(0)
    length = np.sqrt((values**2).sum(0))
    alive = is_spread(length, len(values), largest)
    values /= np.where(alive, length, 1)
    return values, alive


def is_spread(length: Doubles, count: int, largest: Doubles) -> NDArray[np.bool_]:
    """Whether so many answers, of that length about their mean, differ by more than rounding of the largest of them."""
    return np.asarray(length > np.maximum(ROUNDING * np.sqrt(count) * largest, 1e-30))


def nearest(pooled: NDArray[np.float32], block: int = 1024) -> tuple[Ints, NDArray[np.float32]]:
    """Of each unit the other one of the layer that answers most alike, -1 where there is none, and how much."""
    units = pooled.shape[1]
    who, how = np.full(units, -1, np.int64), np.zeros(units, np.float32)
    if units < 2 or len(pooled) < 3:
        return who, how
    values, alive = of_one_length(pooled)
    for first in range(0, units, block):
        likeness = values[:, first : first + block].T @ values
        rows = np.arange(len(likeness))
        likeness[rows, rows + first] = -np.inf
        likeness[:, ~alive] = -np.inf
        best = likeness.argmax(1)
        there = alive[first : first + len(rows)] & np.isfinite(likeness[rows, best])
        who[first : first + len(rows)] = np.where(there, best, -1)
        how[first : first + len(rows)] = np.where(there, likeness[rows, best], 0.0)
    return who, how


def _run_ends(changes: Ints, total: int) -> Ints:
    """The last place of each run, where `changes` are the places after which another one begins."""
    return np.append(changes, total - 1)
