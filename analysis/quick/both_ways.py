"""Convolutions of a picture that is made, there and back: weights are laid out once, and large maps go by tiles.

A pass and its way back are asked hundreds of times of maps of one size. Eager torch lays a convolution's weights out
anew at each of them, which of a small map takes longer than the convolution; and of large maps with many channels
Winograd's tiles need half the time. The way back through a convolution is a convolution with its weights turned round,
so both hold for it, too. Each layer is compared with the plain one, there and back, before its numbers are used; where
its weights are written to, it begins anew.

An attack is to be the books' to the bit: `to_the_bit` leaves the tiles out, and a layer whose numbers are not those of
the plain one, every bit of them and for every size of map anew, stays plain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from analysis.network.agreement import agree, rounding
from analysis.network.known_code import is_steady
from analysis.network.network import Network
from analysis.network.own_code import let_interrupt_pass
from analysis.network.working_copy import tensors_of, working_copy
from analysis.question.in_pieces import breathe
from analysis.quick.packed_convolutions import LACKING, convolved, is_plain_convolution, laid_out_weight, works
from analysis.quick.switch import plain
from analysis.quick.winograd import TILE, Tiles, by_tiles, transformed

_NOTHING = (0, 0)


def both_ways(network: Network, to_the_bit: bool = False) -> Network:
    """The network with quick convolutions, for pictures that are asked about over and over; or the network itself."""
    if plain("both-ways") or network.device.type != "cpu" or not network.fixed:
        return network
    if not (is_steady(network.module) and works()):
        return network
    try:
        written = tuple((id(one), one._version) for one in tensors_of(network.module))
    except RuntimeError:  # tensors of inference mode do not count what is written to them
        return network
    own = _KNOWN.setdefault(network, {})
    known = own.get(to_the_bit)
    if known is None or known[0] != written:
        known = own[to_the_bit] = (written, _quick(network, to_the_bit))
    return network if known[1] is None else known[1]


# With what was laid out for it, as long as the network is there and has the weights of then.
_KNOWN: WeakKeyDictionary[Network, dict[bool, tuple[object, Network | None]]] = WeakKeyDictionary()


def _quick(network: Network, to_the_bit: bool) -> Network | None:
    paths = [path for path, part in network.module.named_modules() if is_plain_convolution(part)]
    if not paths:
        return None
    try:
        copy = working_copy(network.module, sharing=tensors_of(network.module))
    except Exception as error:
        let_interrupt_pass(error)
        return None
    share = rounding(network.module)
    for path in paths:
        part = copy.get_submodule(path)
        part.__class__ = BothWays
        part.__dict__["_kept"] = _Kept(share, to_the_bit)
    return replace(network, module=copy)


@dataclass
class _Kept:
    """What was laid out for one layer: for maps of one shape, and the tiles, which are for all."""

    share: float  # of a difference that is rounding
    to_the_bit: bool  # no difference at all
    written: tuple[int, int] | None = None
    shape: torch.Size | None = None
    there: OneWay | None = None
    back: OneWay | None = None  # None where the way back is torch's own
    refused: bool = False
    proven: set[object] = field(default_factory=set)  # with tiles, without; to the bit, sizes of maps
    tiles: dict[bool, Tiles] = field(default_factory=dict)  # there, back


class BothWays(nn.Conv2d):
    """A convolution as ever, whose numbers come by the quickest way; made of a copy's own by what class it is."""

    _kept: _Kept

    def forward(self, x: Tensor) -> Tensor:
        kept = self._kept
        written = (self.weight.data_ptr(), self.weight._version)
        if kept.written != written:
            self.__dict__["_kept"] = kept = _Kept(kept.share, kept.to_the_bit, written)
        if kept.refused or x.dtype != torch.float32 or x.dim() != 4 or not x.numel():
            return super().forward(x)
        if x.shape != kept.shape:
            self._lay_out(x)
        if kept.there is None:
            return super().forward(x)
        found: Tensor = _ThereAndBack.apply(x, self)
        return found

    def ways(self, x: Tensor) -> tuple[OneWay, OneWay | None] | None:
        """There and back for maps of the shape that was given last, if x is one; None where it is torch's own."""
        kept = self._kept
        return None if kept.refused or kept.there is None or x.shape != kept.shape else (kept.there, kept.back)

    def _lay_out(self, x: Tensor) -> None:
        """For maps of this shape, proven once for either way of computing them."""
        kept = self._kept
        kept.shape, kept.there, kept.back = None, None, None  # until it is proven, whatever comes between
        there, back = self._proven(x)
        kept.shape, kept.there, kept.back = x.shape, there, back

    @torch.no_grad()
    def _proven(self, x: Tensor) -> tuple[OneWay | None, OneWay | None]:
        kept = self._kept
        y = super().forward(x)
        if not y.is_contiguous(memory_format=torch.channels_last) or not y.numel():
            return None, None  # who views the map as a vector relies on this order
        breathe()
        there, back = self._convolutions(x.shape, y.shape)
        with_tiles = any(one is not None and one.tiles is not None for one in (there, back))
        kind: object = x.shape if kept.to_the_bit else with_tiles
        if kind in kept.proven:
            return there, back
        try:
            is_same = self._is_same(there, back, x, y)
        except LACKING:
            is_same = False
        kept.proven.add(kind)
        kept.refused = not is_same
        return (there, back) if is_same else (None, None)

    def _convolutions(self, given: torch.Size, made: torch.Size) -> tuple[OneWay, OneWay | None]:
        weight, padding = self.weight.detach(), self.padding
        tiles = None if self._kept.to_the_bit else self._kept.tiles
        assert not isinstance(padding, str)
        there = OneWay(weight, self.bias, padding, self.stride, self.dilation, self.groups)
        there.prepare(given, made, tiles, False)
        lanes = [by * (side - 1) for by, side in zip(self.dilation, self.kernel_size, strict=True)]
        turned = (lanes[0] - padding[0], lanes[1] - padding[1])
        if set(self.stride) != {1} or min(turned) < 0:
            return there, None
        out, inside, *kernel = weight.shape
        parts = weight.view(self.groups, out // self.groups, inside, *kernel).transpose(1, 2)
        other = parts.reshape(self.groups * inside, out // self.groups, *kernel).flip(2, 3)
        back = OneWay(other, None, turned, (1, 1), self.dilation, self.groups)
        back.prepare(made, given, tiles, True)
        return there, back

    def _is_same(self, there: OneWay, back: OneWay | None, x: Tensor, y: Tensor) -> bool:
        """Whole maps there and back: of this one, and of others that are unlike it and each other."""
        few = self._kept.to_the_bit
        if not self._are_same(there(x), y):
            return False
        ways: list[_Ways] = [(there, super().forward, _unlike(x, few))]
        if back is not None:
            ways.append((back, lambda slope: self.plainly_back(slope, x), _unlike(y, few)))
        for quick, plainly, maps in ways:
            for given in maps:
                breathe()
                found = quick(given)
                breathe()
                expected = plainly(given)
                breathe()
                if not self._are_same(found, expected):
                    return False
        return True

    def _are_same(self, one: Tensor, other: Tensor) -> bool:
        return torch.equal(one, other) if self._kept.to_the_bit else agree([one], [other], self._kept.share)

    def plainly_back(self, slope: Tensor, x: Tensor) -> Tensor:
        """As torch has it."""
        geometry = (self.stride, self.padding, self.dilation)
        found: Tensor = torch.ops.aten.convolution_backward(
            slope, x, self.weight, None, *map(list, geometry), False, [0, 0], self.groups, [True, False, False]
        )[0]
        return found


# A quick way, the plain one, and what both are asked of.
_Ways = tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor], Iterator[Tensor]]


def _unlike(like: Tensor, few: bool) -> Iterator[Tensor]:
    """Maps of that shape: faint and strong noise, and one that is dark but for one place.

    Where every bit is compared, noise tells all: who adds up in another order differs somewhere in it.
    """
    noise = torch.randn(like.shape, generator=torch.Generator().manual_seed(0))
    noise = noise.contiguous(memory_format=torch.channels_last)
    yield noise * 30
    if few:
        return
    yield noise * 1e-3
    lone = torch.zeros_like(noise)
    lone[..., like.shape[2] // 2, like.shape[3] // 2] = 1
    yield lone


@dataclass
class OneWay:
    """One way: by tiles where they are quicker, or by weights that are laid out for this shape."""

    weight: Tensor
    bias: Tensor | None
    padding: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    tiles: Tiles | None = None
    packed: Tensor | None = None

    def prepare(self, given: torch.Size, made: torch.Size, known: dict[bool, Tiles] | None, back: bool) -> None:
        """`known` are the tiles that there are already; None where none are to be used."""
        if known is not None and self._by_tiles(made):
            if back not in known:
                known[back] = transformed(self.weight)
                breathe()
            self.tiles = known[back]
            return
        self.packed = laid_out_weight(self.weight, self._geometry, self.groups, list(given))

    def __call__(self, x: Tensor, relu: bool = False) -> Tensor:
        """With `relu` what is below zero is zero, and so may NaN be."""
        x = x.contiguous(memory_format=torch.channels_last)
        if self.tiles is not None:
            return by_tiles(x, self.tiles, self.bias, (self.padding[0], self.padding[1]), relu)
        assert self.packed is not None
        return convolved(x, self.packed, self.bias, self._geometry, self.groups, relu)

    @cached_property
    def _geometry(self) -> list[list[int]]:
        return [list(self.padding), list(self.stride), list(self.dilation)]

    def _by_tiles(self, made: torch.Size) -> bool:
        """By what either takes, measured: the tiles' own sums, moving them, and reading 36 matrices instead of nine."""
        outputs, inputs, *kernel = self.weight.shape
        if kernel != [3, 3] or {*self.stride, *self.dilation, self.groups} != {1}:
            return False
        rows, columns = made[2:]
        complete = -(-rows // TILE) * -(-columns // TILE) * TILE**2 / (rows * columns)
        cost = (0.3 + 30 * (1 / inputs + 1 / outputs)) * complete + 165 / (made[0] * rows * columns)
        return cost < _WORTH


_WORTH = 0.95


class _ThereAndBack(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, layer: BothWays) -> Tensor:
        breathe()
        kept = layer._kept
        assert kept.there is not None
        ctx.layer, ctx.back = layer, kept.back
        if kept.back is None:
            ctx.save_for_backward(x)
        return kept.there(x)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None]:
        breathe()
        if ctx.back is not None:
            return ctx.back(slope), None
        (x,) = ctx.saved_tensors
        return ctx.layer.plainly_back(slope, x), None
