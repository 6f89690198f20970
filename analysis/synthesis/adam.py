"""Adam (Kingma & Ba 2014), uphill: each number has its own step, so pictures of a batch know nothing of another."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_FIRST, _SECOND, _SMALL = 0.9, 0.999, 1e-8


class Adam:
    def __init__(self, like: Tensor) -> None:
        self._mean, self._square = torch.zeros_like(like), torch.zeros_like(like)
        self._steps = 0

    def step(self, leaf: Tensor, slope: Tensor, rate: float) -> None:
        """m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², x ← x + η · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε)."""
        self._steps += 1
        self._mean.lerp_(slope, 1 - _FIRST)
        self._square.mul_(_SECOND).addcmul_(slope, slope, value=1 - _SECOND)
        scale = (self._square.sqrt() / (1 - _SECOND**self._steps) ** 0.5).add_(_SMALL)
        leaf.addcdiv_(self._mean, scale, value=rate / (1 - _FIRST**self._steps))


class Nadam:
    """Adam that looks ahead (Dozat 2016), uphill, with the momentum that grows over the first steps."""

    _DECAY = 4e-3

    def __init__(self, like: Tensor) -> None:
        self._mean, self._square = torch.zeros_like(like), torch.zeros_like(like)
        self._steps, self._product = 0, 1.0

    def step(self, leaf: Tensor, slope: Tensor, rate: float) -> None:
        """μ_t = β₁(1 − ½·.96^(t·ψ)); x ← x + η·[(1−μ_t)g/(1−Πμ) + μ_{t+1}·m/(1−Πμ·μ_{t+1})] / (√(v/(1−β₂ᵗ)) + ε)."""
        self._steps += 1
        now, next_ = (self._momentum(self._steps + ahead) for ahead in (0, 1))
        self._product *= now
        self._mean.lerp_(slope, 1 - _FIRST)
        self._square.mul_(_SECOND).addcmul_(slope, slope, value=1 - _SECOND)
        scale = (self._square / (1 - _SECOND**self._steps)).sqrt_().add_(_SMALL)
        leaf.addcdiv_(slope, scale, value=rate * (1 - now) / (1 - self._product))
        leaf.addcdiv_(self._mean, scale, value=rate * next_ / (1 - self._product * next_))

    def _momentum(self, step: int) -> float:
        return _FIRST * (1 - 0.5 * math.pow(0.96, step * self._DECAY))
