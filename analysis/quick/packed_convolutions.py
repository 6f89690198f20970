"""Convolutions whose weights are laid out once as oneDNN wants them, for passes that repeat at one input size.

Eager torch lays a convolution's weights out anew at every call; on ResNet-18 that is a quarter of a live frame. The
numbers are those of the plain network up to rounding, which is proved on whole answers before they are used. The
operations are private to torch, so they are tried on a small case first, and without them nothing changes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.network.agreement import agree, rounding
from analysis.network.capture import tensors_in
from analysis.network.unlike import unlike
from analysis.quick.switch import plain
from analysis.quick.untouched import is_untouched
from analysis.tracing.watch import watched

Forward = Callable[[Tensor], Tensor]
LACKING = (AttributeError, RuntimeError)  # torch has no such operation, or not for this processor


class PackedConvolutions:
    """The convolutions of one module that can be packed; the module itself is as before outside of `used`."""

    def __init__(self, module: nn.Module, fixed: bool = True) -> None:
        """Where the network is not `fixed` its weights may be others in the next pass, and nothing is packed."""
        self._module = module
        self._forwards: dict[nn.Module, Forward] = {}
        self._proven = False
        if fixed and not plain("packing") and works():
            layers = [layer for layer in module.modules() if is_plain_convolution(layer)]
            self._forwards = {layer: _packed(layer) for layer in layers if isinstance(layer, nn.Conv2d)}

    @contextmanager
    def used(self) -> Iterator[None]:
        """Within the block the layers answer by their packed weights; only for passes without gradients."""
        forwards = {} if plain("packing") else dict(self._forwards)
        try:
            for layer, forward in forwards.items():
                layer.__dict__["forward"] = forward  # not through setattr, which looks for parameters first
            yield
        finally:
            for layer in forwards:
                layer.__dict__.pop("forward", None)

    def prove(self, given: Tensor) -> None:
        """Once: leaves out layers whose weights a pass writes to, and all where the answers are others."""
        if self._proven or plain("packing"):
            return
        self._proven = True
        if not self._forwards:
            return
        with watched(given) as watch:
            answers = [self._module(watch.picture)]
            for layer in [layer for layer in self._forwards if any(map(watch.changed, layer.parameters()))]:
                del self._forwards[layer]
        pictures = unlike(given)
        others = [pictures[name] for name in ("noise", "dark", "bright")]
        answers += [self._module(picture.clone()) for picture in others]
        with self.used():
            found = [self._module(picture.clone()) for picture in (given, *others)]
        share = rounding(self._module)
        pairs = zip(found, answers, strict=True)
        if not all(agree(tensors_in(one), tensors_in(other), share) for one, other in pairs):
            self._forwards = {}


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


def _packed(layer: nn.Conv2d) -> Forward:
    """Packs at the first call, for the size of that call: packed for another size it would be slower than plain."""
    packed: list[tuple[torch.Size, Forward, bool]] = []
    weight, address = layer.weight, layer.weight.data_ptr()

    def forward(x: Tensor) -> Tensor:
        if layer.weight is not weight or weight.data_ptr() != address:  # its author exchanged it
            return nn.Conv2d.forward(layer, x)
        if not packed:
            # Who views the map as a vector relies on the plain layer's order in memory.
            packed.append((x.shape, _laid_out_for(layer, x.shape), nn.Conv2d.forward(layer, x).is_contiguous()))
        shape, convolve, in_order = packed[0]
        if x.shape != shape or x.dtype != torch.float32:
            return nn.Conv2d.forward(layer, x)
        return convolve(x).contiguous() if in_order else convolve(x)

    return forward


def _laid_out_for(layer: nn.Conv2d, shape: torch.Size) -> Forward:
    assert not isinstance(layer.padding, str)
    geometry = [list(layer.padding), list(layer.stride), list(layer.dilation)]
    weight = laid_out_weight(layer.weight, geometry, layer.groups, list(shape))

    def convolve(x: Tensor) -> Tensor:
        return convolved(x, weight, layer.bias, geometry, layer.groups)

    return convolve


def laid_out_weight(weight: Tensor, geometry: list[list[int]], groups: int, shape: list[int]) -> Tensor:
    laid_out: Tensor = torch.ops.mkldnn._reorder_convolution_weight(weight.detach(), *geometry, groups, shape)
    return laid_out


def convolved(x: Tensor, weight: Tensor, bias: Tensor | None, geometry: list[list[int]], groups: int) -> Tensor:
    y: Tensor = torch.ops.mkldnn._convolution_pointwise(x, weight, bias, *geometry, groups, "none", [], "")
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
