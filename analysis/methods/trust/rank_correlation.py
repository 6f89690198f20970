"""Spearman's rank correlation: whether two maps put the same pixels first, whatever their scale."""

import numpy as np
from numpy.typing import NDArray

from analysis.results.kinds import Array


def rank_correlation(a: Array, b: Array) -> float:
    """Pearson's correlation of the ranks, equals sharing the mean of theirs; 0 where a map is the same everywhere."""
    x, y = _ranks(a) - (a.size - 1) / 2, _ranks(b) - (b.size - 1) / 2
    spread = float(np.sqrt((x**2).sum() * (y**2).sum()))
    return float((x * y).sum() / spread) if spread > 0 else 0.0


def _ranks(values: Array) -> NDArray[np.float64]:
    _, which, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(counts) - (counts + 1) / 2)[which]
    return ranks
