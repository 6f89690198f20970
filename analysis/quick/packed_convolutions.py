"""A convolution whose weights are laid out once as oneDNN wants them, for passes that repeat at one input size.

Eager torch lays a convolution's weights out anew at every call. The operations are private to torch, so they are tried
on a small case first, and who has none of them computes plainly.
"""

from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.quick.untouched import is_untouched

LACKING = (AttributeError, RuntimeError)  # torch has no such operation, or not for this processor


def is_plain_convolution(layer: nn.Module) -> bool:
    """Whether its weights can be laid out, and nothing hangs on how it is called."""
    return (
        type(layer) is nn.Conv2d
        and layer.padding_mode == "zeros"
        and not isinstance(layer.padding, str)
        and layer.weight.dtype == torch.float32
        and layer.weight.device.type == "cpu"
        and is_untouched(layer)
    )


def laid_out_weight(weight: Tensor, geometry: list[list[int]], groups: int, shape: list[int]) -> Tensor:
    laid_out: Tensor = torch.ops.mkldnn._reorder_convolution_weight(weight.detach(), *geometry, groups, shape)
    return laid_out


def convolved(
    x: Tensor, weight: Tensor, bias: Tensor | None, geometry: list[list[int]], groups: int, relu: bool = False
) -> Tensor:
    after = "relu" if relu else "none"
    y: Tensor = torch.ops.mkldnn._convolution_pointwise(x, weight, bias, *geometry, groups, after, [], "")
    return y


@lru_cache(maxsize=1)
def works() -> bool:
    """Whether this torch has the operations, and they compute a convolution."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, 4, 9, 8, generator=generator)
    weight = torch.randn(6, 4, 3, 3, generator=generator)
    bias = torch.randn(6, generator=generator)
    geometry = [[1, 1], [2, 1], [1, 1]]
    try:
        packed = convolved(x, laid_out_weight(weight, geometry, 1, [1, 4, 9, 8]), bias, geometry, 1)
    except LACKING:
        return False
    return torch.allclose(packed, functional.conv2d(x, weight, bias, (2, 1), 1), atol=1e-4)
