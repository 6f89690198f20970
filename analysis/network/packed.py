"""Convolutions whose weights are laid out once as oneDNN wants them, for passes that repeat at one input size.

Eager torch lays a convolution's weights out anew at every call; on ResNet-18 that is a quarter of a live frame. Where
nobody looks at its output, a convolution also takes over the normalisation that follows it. The numbers are those of
the plain network up to rounding. The operations are private to torch, so they are tried on a small case first, and
without them nothing changes.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.network.normalised import Normalised, normalised_in

Forward = Callable[[Tensor], Tensor]
CLOSE = 1e-3  # of the largest number of the answer; a wrong fold is off by far more


class PackedConvolutions:
    """The convolutions of one module that can be packed; the module itself is as before outside of `used`."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self._forwards: dict[nn.Module, Forward] = {}
        self._folds: list[tuple[Normalised, Forward]] = []
        self._sought_folds = False
        if _works():
            layers = [layer for layer in module.modules() if _can_be_packed(layer)]
            self._forwards = {layer: _packed(layer) for layer in layers if isinstance(layer, nn.Conv2d)}

    @contextmanager
    def used(self, seen: Collection[str] | None = None) -> Iterator[None]:
        """Within the block the layers answer by their packed weights; only for passes without gradients.

        `seen` are the paths of all modules whose outputs are looked at in this pass. Without it that may be any, and
        every normalisation is left to itself.
        """
        forwards = dict(self._forwards)
        for pair, forward in self._folds if seen is not None else ():
            if pair.paths.isdisjoint(seen or ()):
                forwards[pair.convolution] = forward
                forwards[pair.norm] = _unchanged
        try:
            for layer, forward in forwards.items():
                layer.__dict__["forward"] = forward  # not through setattr, which looks for parameters first
            yield
        finally:
            for layer in forwards:
                layer.__dict__.pop("forward", None)

    def seek_folds(self, given: Tensor) -> None:
        """Finds once, with this input, which convolutions may take over the normalisation behind them."""
        if self._sought_folds:
            return
        self._sought_folds = True
        if not self._forwards or not any(isinstance(layer, nn.BatchNorm2d) for layer in self._module.modules()):
            return
        pairs, answer = normalised_in(self._module, given)
        self._folds = [(pair, _packed(pair.folded())) for pair in pairs if pair.convolution in self._forwards]
        with self.used(seen=()):
            folded = self._module(given)
        if not _agree(folded, answer):  # something else wants what comes before a normalisation
            self._folds = []


def _unchanged(x: Tensor) -> Tensor:
    return x


def _agree(one: object, other: object) -> bool:
    if not isinstance(one, Tensor) or not isinstance(other, Tensor) or one.shape != other.shape:
        return False
    return bool((one - other).abs().max() <= CLOSE * other.abs().max())  # False for NaN, too


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
