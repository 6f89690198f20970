"""Convolutions with their weights laid out once for the many calls that follow, and ReLU in the same pass.

On a CPU they go through oneDNN's packed kernels, whose Python names are private: where one is missing or refuses, the
public convolution does the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from analysis.occlusion.winograd import winograd

Pair = tuple[int, int]


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

    def kernels(self, example: tuple[int, int, int]) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
        """The convolution of a window that has its halo, and of a complete map with its padding.

        `example` is channels, rows and columns of a typical input.
        """
        whole = _packed(self, example) or _plain(self)
        inside = replace(self, padding=(0, 0))
        kernel = _packed(inside, example) or _plain(inside)
        if _suits_winograd(self):
            return winograd(self.weight, self.bias, self.relu, kernel), whole
        return kernel, whole


def _plain(c: Convolution) -> Callable[[Tensor], Tensor]:
    weight = c.weight.contiguous(memory_format=torch.channels_last)

    def run(x: Tensor) -> Tensor:
        y = functional.conv2d(x, weight, c.bias, c.stride, c.padding, c.dilation, c.groups)
        return y.relu_() if c.relu else y

    return run


def _packed(c: Convolution, example: tuple[int, int, int]) -> Callable[[Tensor], Tensor] | None:
    if not _has_packed_kernels(c.weight):
        return None
    geometry = (list(c.padding), list(c.stride), list(c.dilation), c.groups)
    try:
        weight = torch._C._nn.mkldnn_reorder_conv2d_weight(c.weight.to_mkldnn(), *geometry, [16, *example])  # type: ignore[call-arg]
        convolution = torch.ops.mkldnn._convolution_pointwise
        after = "relu" if c.relu else "none"

        def run(x: Tensor) -> Tensor:
            y: Tensor = convolution(x, weight, c.bias, *geometry, after, [], "")
            return y

        size = [2, *example]
        run(torch.zeros(size, dtype=c.weight.dtype).contiguous(memory_format=torch.channels_last))
    except (RuntimeError, AttributeError):
        return None
    return run


def _has_packed_kernels(weight: Tensor) -> bool:
    if weight.device.type != "cpu" or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    return weight.dtype == torch.float32 or (weight.dtype == torch.bfloat16 and has_fast_bf16())


def has_fast_bf16() -> bool:
    """Whether the processor multiplies bf16 numbers in hardware."""
    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (RuntimeError, AttributeError):
        return False


def _suits_winograd(c: Convolution) -> bool:
    """Wide 3×3 convolutions; narrower ones lose more by the transforms than they gain (measured)."""
    outputs, inputs, *kernel = c.weight.shape
    square = kernel == [3, 3] and c.stride == c.dilation == (1, 1) and c.groups == 1
    return square and min(inputs, outputs) >= 256 and c.weight.dtype == torch.float32 and _has_packed_kernels(c.weight)
