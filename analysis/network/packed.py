"""Convolutions whose weights are laid out once as oneDNN wants them, for passes that repeat at one input size.

Eager torch lays a convolution's weights out anew at every call; on ResNet-18 that is a quarter of a live frame. The
numbers are those of the plain convolution up to rounding. The operations are private to torch, so they are tried on a
small case first, and without them nothing changes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

Forward = Callable[[Tensor], Tensor]


class PackedConvolutions:
    """The convolutions of one module that can be packed; the module itself is as before outside of `used`."""

    def __init__(self, module: nn.Module) -> None:
        self._forwards: dict[nn.Conv2d, Forward] = {}
        if _works():
            layers = [layer for layer in module.modules() if _can_be_packed(layer)]
            self._forwards = {layer: _packed(layer) for layer in layers if isinstance(layer, nn.Conv2d)}

    @contextmanager
    def used(self) -> Iterator[None]:
        """Within the block the layers answer by their packed weights; only for passes without gradients."""
        try:
            for layer, forward in self._forwards.items():
                layer.__dict__["forward"] = forward  # not through setattr, which looks for parameters first
            yield
        finally:
            for layer in self._forwards:
                layer.__dict__.pop("forward", None)


def _can_be_packed(layer: nn.Module) -> bool:
    return (
        type(layer) is nn.Conv2d
        and layer.padding_mode == "zeros"
        and not isinstance(layer.padding, str)
        and layer.weight.dtype == torch.float32
        and layer.weight.device.type == "cpu"
        and "forward" not in layer.__dict__
    )


def _packed(layer: nn.Conv2d) -> Forward:
    """Packs at the first call, for the size of that call: packed for another size it would be slower than plain."""
    assert not isinstance(layer.padding, str)
    geometry = [list(layer.padding), list(layer.stride), list(layer.dilation)]
    state: list[tuple[torch.Size, Tensor]] = []

    def forward(x: Tensor) -> Tensor:
        if not state:
            state.append((x.shape, _laid_out(layer.weight, geometry, layer.groups, list(x.shape))))
        shape, weight = state[0]
        if x.shape != shape or x.dtype != torch.float32:
            return nn.Conv2d.forward(layer, x)
        return _convolved(x, weight, layer.bias, geometry, layer.groups)

    return forward


def _laid_out(weight: Tensor, geometry: list[list[int]], groups: int, shape: list[int]) -> Tensor:
    laid_out: Tensor = torch.ops.mkldnn._reorder_convolution_weight(weight.detach(), *geometry, groups, shape)
    return laid_out


def _convolved(x: Tensor, weight: Tensor, bias: Tensor | None, geometry: list[list[int]], groups: int) -> Tensor:
    y: Tensor = torch.ops.mkldnn._convolution_pointwise(x, weight, bias, *geometry, groups, "none", [], "")
    return y


@lru_cache(maxsize=1)
def _works() -> bool:
    """Whether this torch has the operations, and they compute a convolution."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, 4, 9, 8, generator=generator)
    weight = torch.randn(6, 4, 3, 3, generator=generator)
    bias = torch.randn(6, generator=generator)
    geometry = [[1, 1], [2, 1], [1, 1]]
    try:
        packed = _convolved(x, _laid_out(weight, geometry, 1, [1, 4, 9, 8]), bias, geometry, 1)
    except (RuntimeError, AttributeError, NotImplementedError):
        return False
    return torch.allclose(packed, functional.conv2d(x, weight, bias, (2, 1), 1), atol=1e-4)
