"""What one unit sees: the window of the picture that is made for it, and the quick way of asking only about that.

A unit's value depends on its receptive field alone. Asked of a crop that begins where all strides begin, the network
makes the same numbers at the unit's place, however it pads: what padding reaches, the unit does not. Where the layers
are a plain chain, a copy without padding makes nothing but that one place. Either has to give the unit's whole column
(every channel at its place) on unlike pictures before it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.network.agreement import agree, rounding
from analysis.network.known_code import is_steady
from analysis.network.maps import maps_of
from analysis.network.network import Network
from analysis.network.own_code import let_interrupt_pass
from analysis.network.unlike import unlike
from analysis.network.working_copy import tensors_of, working_copy
from analysis.protocol.layers import LayerNode
from analysis.protocol.target import UnitTarget
from analysis.question.in_pieces import breathe
from analysis.question.question import Question
from analysis.question.scalar import asked_layer
from analysis.quick.switch import plain
from analysis.synthesis.objective import layer_output_of

Size = tuple[int, int]
Place = tuple[int, int]


@dataclass(frozen=True)
class Box:
    """Rows and columns of a picture, the last ones exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> Size:
        return self.bottom - self.top, self.right - self.left

    def within(self, size: Size) -> Box:
        return Box(max(self.top, 0), max(self.left, 0), min(self.bottom, size[0]), min(self.right, size[1]))

    def grown(self, by: int) -> Box:
        return Box(self.top - by, self.left - by, self.bottom + by, self.right + by)


def whole(size: Size) -> Box:
    return Box(0, 0, *size)


def moved(pictures: Tensor, at: Box, to: Box) -> Tensor:
    """What lies in the box `to`, of pictures that fill the box `at` and are the training mean, 0, everywhere else."""
    sides = (at.left - to.left, to.right - at.right, at.top - to.top, to.bottom - at.bottom)
    return functional.pad(pictures, sides) if any(sides) else pictures


def seen_place(question: Question, grid: Size | None) -> Place | None:
    """Row and column of the one place that is asked about; None where that is more than one."""
    target = question.target
    if not isinstance(target, UnitTarget) or question.unit is None or grid is None:
        return None
    if target.where == "center":
        return grid[0] // 2, grid[1] // 2
    return target.where if isinstance(target.where, tuple) else None


def field_of(question: Question, size: Size) -> Box | None:
    """What the place that is asked about sees of a picture of this size; None where that is all of it or not known."""
    if not isinstance(question.target, UnitTarget):
        return None
    node = asked_layer(question)
    place = seen_place(question, node.grid)
    if place is None or node.receptive_field is None or node.global_context:
        return None
    box = Box(*node.receptive_field.box(*place)).within(size)
    return None if box == whole(size) or min(box.size) < 1 else box


@dataclass(frozen=True)
class Sight:
    """How the network is asked: about which part of the picture, by which module, and where the unit then is."""

    network: Network
    box: Box
    place: Place | None = None

    def question(self, question: Question) -> Question:
        target = question.target if self.place is None else UnitTarget(self.place)
        return replace(question, network=self.network, target=target)


def sight_of(question: Question, size: Size) -> Sight:
    """The quickest way that gives the same numbers for pictures of this size."""
    plainly = Sight(question.network, whole(size))
    network = question.network
    box = field_of(question, size)
    if plain("crops") or box is None or not network.fixed or not is_steady(network.module):
        return plainly
    node = asked_layer(question)
    assert node.grid is not None
    place = seen_place(question, node.grid)
    assert place is not None
    key = (node.path, place, size, tuple((id(one), one._version) for one in tensors_of(network.module)))
    known = _KNOWN.setdefault(network, {})
    if key not in known:
        known.clear()
        tried = (sight for sight in _candidates(question, node, place, size, box) if _is_proven(question, sight, place))
        known[key] = next(tried, None)
    return known[key] or plainly


# Which way was proven for a network, as long as its weights are those of then.
_KNOWN: WeakKeyDictionary[Network, dict[object, Sight | None]] = WeakKeyDictionary()


def _candidates(question: Question, node: LayerNode, place: Place, size: Size, box: Box) -> Iterator[Sight]:
    network, field = question.network, node.receptive_field
    assert field is not None
    if Box(*field.box(*place)) == box:  # all of it lies in the picture, so there is no padding in it
        unpadded = _without_padding(network)
        if unpadded is not None:
            yield Sight(unpadded, box, (0, 0))
    top, left = (start // stride * stride for start, stride in zip((box.top, box.left), field.stride, strict=True))
    crop = Box(top, left, box.bottom, box.right)
    if crop != whole(size):
        yield Sight(network, crop, (place[0] - top // field.stride[0], place[1] - left // field.stride[1]))


def _without_padding(network: Network) -> Network | None:
    """A copy, with the same weights, whose sliding windows stay inside of what they slide over."""
    if any(isinstance(part, torch.jit.ScriptModule) for part in network.module.modules()):
        return None
    try:
        copy = working_copy(network.module, sharing=tensors_of(network.module)).eval()
    except Exception as error:
        let_interrupt_pass(error)
        return None
    for part in copy.modules():
        if isinstance(part, nn.Conv2d):
            part.padding, part._reversed_padding_repeated_twice = (0, 0), [0, 0, 0, 0]
        elif isinstance(part, (nn.MaxPool2d, nn.AvgPool2d)):
            part.padding = 0
    return replace(network, module=copy)


def _is_proven(question: Question, sight: Sight, place: Place) -> bool:
    """On noise, a dark and a bright picture, each with the mean outside of what the unit sees: that is made nowhere."""
    network = question.network
    said = network.preprocessing
    size = (question.input.shape[2], question.input.shape[3])
    share = rounding(network.module)
    with torch.inference_mode(False), torch.no_grad():
        for name, picture in unlike(question.input, said.mean, said.std).items():
            if name == "strong":
                continue
            breathe()
            try:
                found = _column(sight.network, question, moved(picture, whole(size), sight.box), sight.place or place)
            except BaseException as error:  # an unpadded branch is smaller than the one that it is added to
                let_interrupt_pass(error)
                return False
            breathe()
            if not agree([found], [_column(network, question, picture, place)], share):
                return False
    return True


def _column(network: Network, question: Question, picture: Tensor, place: Place) -> Tensor:
    node = asked_layer(question)
    maps = maps_of(node, layer_output_of(network, node.path, node.calls, picture))
    return maps[0, :, place[0], place[1]]
