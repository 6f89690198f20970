"""How far two ways to the same numbers may lie apart by rounding alone, and whether two answers do."""

from collections.abc import Sequence
from itertools import chain
from math import isfinite, sqrt

import torch
from torch import Tensor, nn

_SAFETY = 4
_FEWEST_TERMS = 1024  # of sums without weights, such as means over places
_OWN = 8  # ε of the largest number, which is what a large common part of all answers is rounded by


def rounding(module: nn.Module, coarseness: float = 0.0) -> float:
    """As a share of the answers' range: ε·√(terms of the longest sum · sums after one another).

    Roundings add up as a random walk does. `coarseness` is the ε of what it computes with, where that is known.
    """
    weights = [one for one in chain(module.parameters(), module.buffers()) if one.is_floating_point() and one.dim() > 1]
    terms = max((one[0].numel() for one in weights if len(one)), default=1)
    epsilon = max(coarseness, torch.finfo(torch.float32).eps)
    return _SAFETY * epsilon * sqrt(max(terms, _FEWEST_TERMS) * max(len(weights), 1))


def agree(ones: Sequence[Tensor], others: Sequence[Tensor], share: float) -> bool:
    """Whether each pair of whole answers, of one picture each, differs by rounding only."""
    return len(ones) == len(others) and all(_agree(a, b, share) for a, b in zip(ones, others, strict=True))


def _agree(one: Tensor, other: Tensor, share: float) -> bool:
    if one.shape != other.shape:
        return False
    if not other.numel():
        return True
    one, other = one.detach().to(other.device), other.detach()
    if one.dtype == other.dtype == torch.float32 and _agree_at_first_sight(one, other, share):
        return True
    one, other = one.double(), other.double()
    odd = ~other.isfinite()
    if bool(odd.any()):  # NaN is like NaN, and infinity like the same infinity
        same = (one == other) | (one.isnan() & other.isnan())
        if not bool((same | ~odd).all()):
            return False
        one, other = one.masked_fill(odd, 0), other.masked_fill(odd, 0)
    largest = float(other.abs().max())
    spread = float(other.max() - other.min()) if other.numel() > 1 else largest
    bound = share * spread + _OWN * torch.finfo(torch.float32).eps * largest
    return float((one - other).abs().max()) <= bound  # False for NaN, too


def _agree_at_first_sight(one: Tensor, other: Tensor, share: float) -> bool:
    """Whether that is sure without more precision, which takes five times as long; never of what is not finite."""
    low, high = (float(end) for end in torch.aminmax(other))
    largest = max(abs(low), abs(high))
    spread = high - low if other.numel() > 1 else largest
    bound = share * spread + _OWN * torch.finfo(torch.float32).eps * largest
    apart = float((one - other).abs_().max())
    return isfinite(spread) and apart * (1 + 2 * torch.finfo(torch.float32).eps) <= bound
