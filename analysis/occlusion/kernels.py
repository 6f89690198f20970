"""Convolutions with batch norm and ReLU taken in, by the quickest way that is exact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from analysis.quick.switch import plain
from analysis.quick.winograd import share, transformed, winograd

Pair = tuple[int, int]
_WORTH_TRYING = 0.8


@dataclass(frozen=True)
class Convolution:
    weight: Tensor
    bias: Tensor | None
    stride: Pair
    padding: Pair
    dilation: Pair
    groups: int
    relu: bool = False

    def scaled(self, scale: Tensor, shift: Tensor) -> Convolution:
        """With a factor and a summand for each output channel taken in, in double precision."""
        factor = scale.double()
        bias = shift.double() if self.bias is None else shift.double() + self.bias.double() * factor
        return replace(self, weight=self.weight.double() * factor.view(-1, 1, 1, 1), bias=bias)

    def in_format(self, dtype: torch.dtype) -> Convolution:
        return replace(self, weight=self.weight.to(dtype), bias=None if self.bias is None else self.bias.to(dtype))

    @property
    def tile_share(self) -> float | None:
        """What Winograd's tiles cost compared to the direct convolution, where they may be used and be worth it."""
        outputs, inputs, *kernel = self.weight.shape
        fits = kernel == [3, 3] and self.stride == self.dilation == (1, 1) and self.groups == 1
        if plain("winograd") or not fits or self.weight.dtype != torch.float32 or self.weight.device.type != "cpu":
            return None
        return cost if (cost := share(inputs, outputs)) < _WORTH_TRYING else None

    def kernels(self) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
        """The convolution of a window that has its halo, and of a complete map with its padding."""
        # The weights stay channels last and are laid out for oneDNN at each call: packing them once gains a few per
        # cent, but a window of another width may want another layout, and then a packed kernel takes ten times as long.
        weight = self.weight.contiguous(memory_format=torch.channels_last)
        inside, whole = (self._direct(weight, padding) for padding in ((0, 0), self.padding))
        cost = self.tile_share
        if cost is None:
            return inside, whole
        tiles = transformed(self.weight)
        return (
            winograd(tiles, self.bias, self.relu, (0, 0), inside, cost),
            winograd(tiles, self.bias, self.relu, self.padding, whole, cost),
        )

    def _direct(self, weight: Tensor, padding: Pair) -> Callable[[Tensor], Tensor]:
        def run(x: Tensor) -> Tensor:
            y = functional.conv2d(x, weight, self.bias, self.stride, padding, self.dilation, self.groups)
            return y.relu_() if self.relu else y

        return run


def has_fast_bf16() -> bool:
    """Whether the processor multiplies bf16 numbers in hardware."""
    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (RuntimeError, AttributeError):
        return False
