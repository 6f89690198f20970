"""How much each point belongs to its neighbours: Gaussians, as wide as makes as many count as the perplexity says."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from analysis.population.distances import Nearest

Array = Any
_HALVINGS = 50
_ROWS = 2000  # at a step


def neighbours_for(perplexity: float) -> int:
    """A Gaussian of this width is as good as zero beyond."""
    return math.ceil(3 * perplexity)


def check(points: int, perplexity: float) -> None:
    if points < 4:
        raise Problem(
            f"A map needs at least 4 pictures, and there are {points}: choose a larger data set, or more of it."
        )
    if points - 1 < perplexity:
        most = max((points - 1) // 3, 1)
        raise Problem(
            f"A perplexity of {perplexity:g} asks for as many neighbours, and there are {points} points: "
            f"say {most} or less, or take more pictures."
        )


def conditional(squares: Array, perplexity: float) -> Array:
    """Points × neighbours: the shares of the neighbours, by their squared distances.

    Where so many lie at the same place that no width makes as few count, they count alike.
    """
    near = squares - squares[:, :1]
    beta = 1.0 / (near.mean(1) + 1e-30)
    low, high = np.zeros(len(near)), np.full(len(near), np.inf)
    wanted = math.log(min(perplexity, squares.shape[1]))
    weights = near
    for _ in range(_HALVINGS):
        weights = np.exp(-near * beta[:, None])
        total = weights.sum(1)
        entropy = np.log(total) + beta * (near * weights).sum(1) / total
        wide = entropy > wanted
        low, high = np.where(wide, beta, low), np.where(wide, high, beta)
        beta = np.where(np.isinf(high), beta * 2, (low + high) / 2)
        beta = np.minimum(beta, 1e150)
    return weights / weights.sum(1, keepdims=True)


def joint(near: Nearest, perplexity: float) -> Any:
    """At once."""
    *_, both = jointly(near, perplexity)
    return both


def jointly(near: Nearest, perplexity: float) -> Iterator[Any]:
    """A symmetric sparse matrix whose entries add up to one; None while it is not there."""
    from scipy.sparse import csr_matrix

    points = len(near.indices)
    parts = []
    for first in range(0, points, _ROWS):
        parts.append(conditional(near.squares[first : first + _ROWS], perplexity))
        yield None
    shares = np.concatenate(parts)
    starts = np.arange(0, points * near.count + 1, near.count)
    one_way = csr_matrix((shares.ravel(), near.indices.ravel(), starts), shape=(points, points))
    both = (one_way + one_way.T).tocsr()
    both.sort_indices()
    both.data = (both.data / both.data.sum()).astype(np.float32)
    yield both
