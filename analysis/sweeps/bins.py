"""Histograms whose bins are known before any value is seen, so that those of two shards add up exactly.

A bin is the sign, the exponent and two bits of the mantissa of a single-precision number: 32 octaves of four bins each,
the same below zero, and one bin for zero itself. No bin is wider than a quarter of its values. What lies nearer to zero
than the smallest octave is in its first bin, what lies beyond the largest in its last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

OCTAVES, PARTS = 32, 4
SIDE = OCTAVES * PARTS
BINS = 2 * SIDE + 1
ZERO = SIDE
_LOWEST = -16  # exponent of the smallest octave
_SHIFT = 23 - 2  # bits of the mantissa that are left out
_FIRST = (127 + _LOWEST) << 2


def bins_of(values: Tensor) -> Tensor:
    """The number of the bin of each finite value, as 32-bit integers."""
    import torch

    bits = values.contiguous().view(torch.int32)
    size = ((bits & 0x7FFFFFFF) >> _SHIFT).sub_(_FIRST - 1).clamp_(1, SIDE)
    return size.mul_(values.contiguous().sign().to(torch.int32)).add_(ZERO)  # zero itself has no sign


def edges() -> NDArray[np.float64]:
    """One more than there are bins. The bin of zero has both of its edges at zero; the outermost are infinite."""
    steps = np.arange(SIDE + 1)
    above = 2.0 ** (steps // PARTS + _LOWEST) * (1 + (steps % PARTS) / PARTS)
    above[0], above[-1] = 0.0, np.inf
    return np.concatenate([-above[::-1], above])


def occupied(counts: NDArray[np.int64], low: float, high: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Edges and counts from the lowest to the highest value that occurred, whose edges these values are."""
    there = np.flatnonzero(counts)
    if not len(there):
        return np.array([low, high], np.float64), np.zeros(1, np.int64)
    first, last = int(there[0]), int(there[-1]) + 1
    found = edges()[first : last + 1].copy()
    found = np.clip(found, min(low, high), max(low, high))
    return found, counts[first:last]
