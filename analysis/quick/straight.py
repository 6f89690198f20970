"""A layer at the end of a straight run of convolutions, ReLUs and poolings: there and back in one piece.

Where little is computed, recording a pass and following it back takes as long as half of what is computed. A run is
straight if each part gets the very tensor that the part before it made, and nobody writes into that meanwhile. It does
the operations that autograd would do, a ReLU together with the convolution before it, so its numbers are those of the
network to the bit, there and back, which whole answers to unlike pictures have to show before they are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from analysis.network.known_code import is_steady
from analysis.network.listening import listening
from analysis.network.network import Network
from analysis.network.unlike import unlike
from analysis.protocol.problems import Problem
from analysis.question.enough import Enough
from analysis.question.in_pieces import breathe
from analysis.question.scalar import answer
from analysis.quick.both_ways import BothWays, OneWay
from analysis.quick.switch import plain

_AFTER = 3  # times in a row that a layer is asked of pictures of one size: looking takes as long as a dozen of them
_LARGEST = 1e37  # below which no sum overflows, so that there is no NaN, which a ReLU with a convolution would hide
_NOTHING = (nn.Identity, nn.Dropout, nn.Dropout2d)  # what they do to a picture that is asked about
_ops = torch.ops.aten


def straight_to(network: Network, path: str, pictures: Tensor) -> Straight | None:
    """The run to this layer, which is called once for a picture; None where it is none, or not worth a look yet."""
    if plain("straight") or pictures.dtype != torch.float32 or not path:
        return None
    key = (path, pictures.shape)
    known = _KNOWN.get(network)
    if known is None or known.key != key or not known.still_holds():
        known = _KNOWN[network] = _Known(key)
    known.times += 1
    if known.times == _AFTER:
        with torch.inference_mode(False), torch.no_grad():
            known.look(network, path, pictures)
    return known.run


class _Known:
    """What was found for one layer and size of picture."""

    def __init__(self, key: object) -> None:
        self.key, self.times = key, 0
        self.run: Straight | None = None
        self._parts: list[nn.Module] = []
        self._heard: list[dict[int, Any]] = []
        self._weights: list[tuple[dict[str, Any], str, Tensor, int, int]] = []

    def still_holds(self) -> bool:
        """Whether nobody listens on the way, replaced a part's work or its weights, or wrote into them."""
        return not (any(self._heard) or any("forward" in part.__dict__ for part in self._parts)) and all(
            own[name] is one and one._version == version and one.data_ptr() == place
            for own, name, one, version, place in self._weights
        )

    def _goes_by(self, parts: list[nn.Module]) -> None:
        self._parts = parts
        self._heard = [hooks for part in parts for hooks in _hooks(part)]
        owned = [(part._parameters, name, one) for part in parts for name, one in part._parameters.items()]
        self._weights = [(own, name, one, one._version, one.data_ptr()) for own, name, one in owned if one is not None]

    def look(self, network: Network, path: str, pictures: Tensor) -> None:
        parts = list(network.module.modules())
        if not (any(type(part) is BothWays for part in parts) and is_steady(network.module) and is_bare(parts)):
            return
        trace = _followed(network, path, pictures)
        run = _calm(trace.parts) if trace.is_straight else None
        if run is not None and _is_proven(run, network, path, pictures):
            self.run = run
            self._goes_by(trace.called)


# Of each network what was asked last.
_KNOWN: WeakKeyDictionary[Network, _Known] = WeakKeyDictionary()


def is_bare(parts: Sequence[nn.Module]) -> bool:
    """Whether nobody listens to any of them, or replaced what it does."""
    return not any("forward" in part.__dict__ or any(_hooks(part)) for part in parts)


def _hooks(part: nn.Module) -> tuple[dict[int, Any], ...]:
    return part._forward_hooks, part._forward_pre_hooks, part._backward_hooks, part._backward_pre_hooks


Kept = tuple[Tensor, ...]  # of a pass, for the way back


class _Part(Protocol):
    @property
    def is_linear(self) -> bool: ...
    def there(self, x: Tensor, at_once: bool) -> tuple[Tensor, Kept]: ...
    def back(self, slope: Tensor, kept: Kept) -> Tensor:
        """May write into the slope."""
        ...


@dataclass(frozen=True, eq=False)
class _Convolved:
    layer: BothWays
    way: OneWay
    way_back: OneWay | None
    relu: bool = False

    @property
    def is_linear(self) -> bool:
        return not self.relu

    def there(self, x: Tensor, at_once: bool) -> tuple[Tensor, Kept]:
        y = self.way(x, self.relu and at_once)
        if self.relu and not at_once:
            y.relu_()
        return y, (x, y)

    def back(self, slope: Tensor, kept: Kept) -> Tensor:
        x, y = kept
        if self.relu:
            slope = _closed(slope, y)
        return self.layer.plainly_back(slope, x) if self.way_back is None else self.way_back(slope)

    def grown(self, scale: float, more: float) -> tuple[float, float]:
        """No number is above scale · m + more, of pictures whose numbers are at most m."""
        gain = float(self.way.weight.abs().flatten(1).sum(1, dtype=torch.float64).max())
        bias = 0.0 if self.way.bias is None else float(self.way.bias.abs().max())
        return gain * scale, gain * more + bias


@dataclass(frozen=True)
class _Rectified:
    is_linear = False

    def there(self, x: Tensor, _at_once: bool) -> tuple[Tensor, Kept]:
        y = x.relu()
        return y, (y,)

    def back(self, slope: Tensor, kept: Kept) -> Tensor:
        return _closed(slope, kept[0])


def _closed(slope: Tensor, y: Tensor) -> Tensor:
    found: Tensor = _ops.threshold_backward.grad_input(slope, y, 0, grad_input=slope)
    return found


@dataclass(frozen=True)
class _Pooled:
    way: Any
    way_back: Any
    arguments: tuple[Any, ...]
    is_linear: bool

    def there(self, x: Tensor, _at_once: bool) -> tuple[Tensor, Kept]:
        found = self.way(x, *self.arguments)
        y, *places = (found,) if self.is_linear else found
        return y, (x, *places)

    def back(self, slope: Tensor, kept: Kept) -> Tensor:
        found: Tensor = self.way_back(slope, kept[0], *self.arguments, *kept[1:])
        return found


@dataclass(eq=False)
class Straight:
    """From the pictures to what the layer returns, and back."""

    parts: list[_Part] = field(default_factory=list)
    calm: float = 0.0  # pictures whose numbers are not above this overflow nowhere

    def there(self, pictures: Tensor) -> tuple[Tensor, list[Kept]]:
        at_once = float(torch.linalg.vector_norm(pictures, torch.inf)) <= self.calm  # False for NaN
        kept, x = [], pictures
        for part in self.parts:
            breathe()
            x, own = part.there(x, at_once)
            kept.append(own)
        return x, kept

    @property
    def bends(self) -> int:
        """How many parts there are up to the last one that is not linear."""
        return max((at for at, part in enumerate(self.parts, start=1) if not part.is_linear), default=0)

    def back(self, slope: Tensor, kept: Sequence[Kept], begin: int | None = None, end: int = 0) -> Tensor:
        """From what came out of part number `begin`, or of the last one, to what part number `end` got."""
        slope = slope.clone()
        for at in reversed(range(end, len(self.parts) if begin is None else begin)):
            breathe()
            slope = self.parts[at].back(slope, kept[at])
        return slope


def _followed(network: Network, path: str, pictures: Tensor) -> _Trace:
    """In one pass, as far as to the layer."""
    trace = _Trace()
    parts = dict(network.module.named_modules())
    after = {at: trace.made for at, part in parts.items() if at and not any(part.children())}

    def end(part: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        if path in after:
            trace.made(part, inputs, output)
        trace.is_straight = trace.follows(output)
        trace.is_over = True
        raise Enough

    before = dict.fromkeys(parts, trace.begins)
    with listening(network.module, {**after, path: end}, before), suppress(Problem):
        answer(network, pictures)
    trace.is_straight = trace.is_straight and trace.is_over
    return trace


class _Trace:
    """Whether each part gets what the one before it made, as that was when it was made."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.called: list[nn.Module] = []
        self.is_straight, self.is_over = True, False
        self._last: tuple[Tensor, int] | None = None

    def begins(self, part: nn.Module, inputs: tuple[object, ...]) -> None:
        if not self.called and isinstance(inputs[0], Tensor):  # the network itself
            self._last = inputs[0], inputs[0]._version
        self.called.append(part)
        if not any(part.children()):
            self.is_straight = len(inputs) == 1 and self.follows(inputs[0])

    def made(self, part: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        self.is_straight = self.is_straight and _added(self.parts, part, inputs[0]) and isinstance(output, Tensor)
        if isinstance(output, Tensor):
            self._last = output, output._version

    def follows(self, tensor: object) -> bool:
        if self._last is None or not self.is_straight:
            return False
        return tensor is self._last[0] and self._last[0]._version == self._last[1]


def _added(parts: list[_Part], layer: nn.Module, x: object) -> bool:
    """Whether this layer is one that is known here."""
    kind = type(layer)
    if isinstance(layer, BothWays):
        own = layer.ways(x) if isinstance(x, Tensor) else None
        if own is None:
            return False
        parts.append(_Convolved(layer, *own))
    elif kind is nn.ReLU:
        last = parts[-1] if parts else None
        if isinstance(last, _Convolved):
            parts[-1] = replace(last, relu=True)
        else:
            parts.append(_Rectified())
    elif isinstance(layer, nn.MaxPool2d) and kind is nn.MaxPool2d and not layer.return_indices:
        window = map(_both, (layer.kernel_size, layer.stride, layer.padding, layer.dilation))
        ways = _ops.max_pool2d_with_indices, _ops.max_pool2d_with_indices_backward
        parts.append(_Pooled(*ways, (*window, layer.ceil_mode), is_linear=False))
    elif isinstance(layer, nn.AvgPool2d) and kind is nn.AvgPool2d:
        window = map(_both, (layer.kernel_size, layer.stride, layer.padding))
        rest = (layer.ceil_mode, layer.count_include_pad, layer.divisor_override)
        parts.append(_Pooled(_ops.avg_pool2d, _ops.avg_pool2d_backward, (*window, *rest), is_linear=True))
    else:
        return kind in _NOTHING and not layer.training
    return True


def _both(sides: int | tuple[int, ...]) -> list[int]:
    return [sides, sides] if isinstance(sides, int) else list(sides)


def _calm(parts: list[_Part]) -> Straight | None:
    if not any(isinstance(part, _Convolved) for part in parts):
        return None
    scale, more, calm = 1.0, 0.0, float("inf")
    for part in parts:
        if isinstance(part, _Convolved):
            scale, more = part.grown(scale, more)
            room = _LARGEST - more
            calm = min(calm, room / scale if scale > 0 else room) if scale < float("inf") else 0.0
    return Straight(parts, calm)


def _is_proven(run: Straight, network: Network, path: str, pictures: Tensor) -> bool:
    """Every bit of whole answers, and of what comes back of unlike slopes, as autograd has them."""
    said = network.preprocessing
    kinds = unlike(pictures, said.mean, said.std)
    generator = torch.Generator().manual_seed(0)
    for first, other in (("dark", "strong"), ("strong", "noise"))[: 1 if len(pictures) > 1 else 2]:
        given = torch.cat([kinds[other if at % 2 else first] for at in range(len(pictures))])
        with torch.enable_grad():
            leaf = given.clone().requires_grad_()
            returned = _returned(network, path, leaf)
            if returned is None:
                return False
            slope = torch.randn(returned.shape, generator=generator)
            (back,) = torch.autograd.grad(returned, leaf, slope)
        expected = returned.detach()
        breathe()
        made, kept = run.there(given)
        if not (torch.equal(made, expected) and torch.equal(run.back(slope, kept), back)):
            return False
    return True


def _returned(network: Network, path: str, pictures: Tensor) -> Tensor | None:
    found: list[Tensor] = []

    def keep(_part: nn.Module, _inputs: object, output: Tensor) -> None:
        found.append(output)
        raise Enough

    with listening(network.module, {path: keep}), suppress(Problem):
        answer(network, pictures)
    return found[0] if found else None
