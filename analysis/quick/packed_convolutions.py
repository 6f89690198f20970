"""Convolutions whose weights are laid out once as oneDNN wants them, for passes that repeat at one input size.

Eager torch lays a convolution's weights out anew at every call; on ResNet-18 that is a quarter of a live frame. Where
nobody looks in between, a convolution also takes over the normalisation and the activation that follow it. The numbers
are those of the plain network up to rounding; large maps with many channels go through Winograd's tiles, which round a
little more (1e-5 of the largest number). The operations are private to torch, so they are tried on a small case
first, and without them nothing changes.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.network.agreement import agree, rounding
from analysis.network.capture import tensors_in
from analysis.network.unlike import unlike
from analysis.quick.chains import ACTIVATIONS, Chain, chains_in, is_its_own
from analysis.quick.switch import plain
from analysis.quick.winograd import share, transformed, winograd

Forward = Callable[[Tensor], Tensor]
CHAINED = (nn.BatchNorm2d, *ACTIVATIONS)
# Measured on AVX-512: 128 to 256 channels at 56×56 take .76 of the direct time, 512 channels at 28×28 half of it; at
# 14×14 the transformed weights are four times as much to read, for too few places.
WORTH_TILES, PLACES_WORTH_TILES = 0.5, 24 * 24
LACKING = (AttributeError, RuntimeError)  # torch has no such operation, or not for this processor
_BY_ONEDNN = {"relu6": ("hardtanh", [0.0, 6.0])}  # what it calls by another name, with numbers
TILES_ROUND = 4  # times as much as plain convolutions


class PackedConvolutions:
    """The convolutions of one module that can be packed; the module itself is as before outside of `used`."""

    def __init__(self, module: nn.Module, fixed: bool = True) -> None:
        """Where the network is not `fixed` its weights may be others in the next pass, and nothing is packed."""
        self._module = module
        self._forwards: dict[nn.Module, Forward] = {}
        self._chains: list[tuple[Chain, Forward]] = []
        self._sought_chains = False
        if fixed and not plain("packing") and _works():
            layers = [layer for layer in module.modules() if _can_be_packed(layer)]
            self._forwards = {layer: _packed(layer) for layer in layers if isinstance(layer, nn.Conv2d)}

    @contextmanager
    def used(self, seen: Collection[str] | None = None) -> Iterator[None]:
        """Within the block the layers answer by their packed weights; only for passes without gradients.

        `seen` are the paths of all modules whose outputs are looked at in this pass. Without it that may be any, and
        every layer is left to itself.
        """
        if plain("packing"):
            yield
            return
        forwards = dict(self._forwards)
        for chain, forward in self._chains if seen is not None and not plain("chains") else ():
            if chain.hidden.isdisjoint(seen or ()):
                forwards[chain.convolution] = forward
                forwards |= dict.fromkeys(chain.followers, _unchanged)
        try:
            for layer, forward in forwards.items():
                layer.__dict__["forward"] = forward  # not through setattr, which looks for parameters first
            yield
        finally:
            for layer in forwards:
                layer.__dict__.pop("forward", None)

    def seek_chains(self, given: Tensor) -> None:
        """Finds once, with this input, which convolutions may take over what follows them."""
        if self._sought_chains or plain("packing"):
            return
        self._sought_chains = True
        if not self._forwards or not any(type(layer) in CHAINED for layer in self._module.modules()):
            return
        seen = chains_in(self._module, given)
        for layer in seen.changing.intersection(self._forwards):
            del self._forwards[layer]
        if seen.decides:
            return
        self._chains = [
            (chain, _when_called(partial(_chained, chain)))
            for chain in seen.chains
            if chain.convolution in self._forwards
        ]
        answers = [seen.answer, *(self._module(picture.clone()) for picture in _unlike(given))]
        with self.used(seen=()):
            chained = [self._module(picture.clone()) for picture in (given, *_unlike(given))]
        share = TILES_ROUND * rounding(self._module)
        pairs = zip(chained, answers, strict=True)
        if not all(agree(tensors_in(one), tensors_in(other), share) for one, other in pairs):
            self._chains = []


def _unlike(given: Tensor) -> list[Tensor]:
    """Noise, a dark and a bright one around the levels of this input."""
    pictures = unlike(given)
    return [pictures[name] for name in ("noise", "dark", "bright")]


def _unchanged(x: Tensor) -> Tensor:
    return x


def _when_called(make: Callable[[], Forward]) -> Forward:
    """What is not called in any pass, such as a chain whose parts are looked at, takes no memory."""
    made: list[Forward] = []

    def forward(x: Tensor) -> Tensor:
        if not made:
            made.append(make())
        return made[0](x)

    return forward


def _chained(chain: Chain) -> Forward:
    return _packed(chain.folded(), chain.activation_name)


def _can_be_packed(layer: nn.Module) -> bool:
    return (
        type(layer) is nn.Conv2d
        and layer.padding_mode == "zeros"
        and not isinstance(layer.padding, str)
        and layer.weight.dtype == torch.float32
        and layer.weight.device.type == "cpu"
        and is_its_own(layer)
    )


def _packed(layer: nn.Conv2d, activation: str = "none") -> Forward:
    """Packs at the first call, for the size of that call: packed for another size it would be slower than plain."""
    packed: list[tuple[torch.Size, Forward, bool]] = []
    weight, address = layer.weight, layer.weight.data_ptr()

    def forward(x: Tensor) -> Tensor:
        if layer.weight is not weight or weight.data_ptr() != address:  # its author exchanged it
            return _activated(nn.Conv2d.forward(layer, x), activation)
        if not packed:
            convolve = _by_tiles(layer, activation, x.shape) or _direct(layer, activation, x.shape)
            # Who views the map as a vector relies on the plain layer's order in memory.
            packed.append((x.shape, convolve, nn.Conv2d.forward(layer, x).is_contiguous()))
        shape, convolve, in_order = packed[0]
        if x.shape != shape or x.dtype != torch.float32:
            return _activated(nn.Conv2d.forward(layer, x), activation)
        return convolve(x).contiguous() if in_order else convolve(x)

    return forward


def _direct(layer: nn.Conv2d, activation: str, shape: torch.Size) -> Forward:
    assert not isinstance(layer.padding, str)
    geometry = [list(layer.padding), list(layer.stride), list(layer.dilation)]
    weight = _laid_out(layer.weight, geometry, layer.groups, list(shape))

    def convolve(x: Tensor) -> Tensor:
        return _convolved(x, weight, layer.bias, geometry, layer.groups, activation)

    return convolve


def _by_tiles(layer: nn.Conv2d, activation: str, shape: torch.Size) -> Forward | None:
    """By Winograd's tiles, where there are so many channels and places that they are clearly quicker."""
    kind = (layer.kernel_size, layer.stride, layer.dilation, layer.groups)
    if (
        plain("winograd")
        or kind != ((3, 3), (1, 1), (1, 1), 1)
        or activation not in ("none", "relu")
        or len(shape) != 4
    ):
        return None
    cost = share(layer.in_channels, layer.out_channels)
    if cost > WORTH_TILES or shape[-2] * shape[-1] < PLACES_WORTH_TILES:
        return None

    def direct(x: Tensor) -> Tensor:
        return _activated(nn.Conv2d.forward(layer, x), activation)

    padding = (int(layer.padding[0]), int(layer.padding[1]))
    by_tiles = winograd(transformed(layer.weight.detach()), layer.bias, activation == "relu", padding, direct, cost)

    def convolve(x: Tensor) -> Tensor:
        return by_tiles(x.contiguous(memory_format=torch.channels_last))

    return convolve


def _activated(x: Tensor, activation: str) -> Tensor:
    apply = {"relu": functional.relu, "relu6": functional.relu6, "hardswish": functional.hardswish}.get(activation)
    return x if apply is None else apply(x)


def _laid_out(weight: Tensor, geometry: list[list[int]], groups: int, shape: list[int]) -> Tensor:
    laid_out: Tensor = torch.ops.mkldnn._reorder_convolution_weight(weight.detach(), *geometry, groups, shape)
    return laid_out


def _convolved(
    x: Tensor, weight: Tensor, bias: Tensor | None, geometry: list[list[int]], groups: int, activation: str = "none"
) -> Tensor:
    name, numbers = _BY_ONEDNN.get(activation, (activation, []))
    y: Tensor = torch.ops.mkldnn._convolution_pointwise(x, weight, bias, *geometry, groups, name, numbers, "")
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
        laid_out = _laid_out(weight, geometry, 1, [1, 4, 9, 8])
        packed = [_convolved(x, laid_out, bias, geometry, 1, name) for name in ("none", *ACTIVATIONS.values())]
    except LACKING:
        return False
    plain = functional.conv2d(x, weight, bias, (2, 1), 1)
    expected = [plain, *(activation()(plain) for activation in ACTIVATIONS)]
    return all(torch.allclose(one, other, atol=1e-4) for one, other in zip(packed, expected, strict=True))
