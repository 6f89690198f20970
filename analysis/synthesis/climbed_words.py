"""Which tensor is climbed, in words: what a layer itself returned, which may be before or after its ReLU."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from analysis.network.capture import tensor_in
from analysis.network.known_code import is_steady
from analysis.network.listening import listening
from analysis.network.network import Network
from analysis.protocol.target import UnitTarget
from analysis.question.enough import Enough, until_enough
from analysis.question.question import Question
from analysis.question.relu_rules import rectifying
from analysis.question.scalar import answer, asked_layer
from analysis.question.way_back import way_back


def climbed_words(question: Question, whole: bool = False) -> str:
    """Which tensor is climbed, and whether that is before or after its ReLU; empty for an answer of the network."""
    if not (whole or isinstance(question.target, UnitTarget)):
        return ""
    node = asked_layer(question)
    known = _SIDES.setdefault(question.network, {})
    if node.path not in known:
        known[node.path] = _side_of_relu(question)
    side = {"before": ", before the ReLU behind it", "after": ", after its ReLU", "": ""}[known[node.path]]
    return f"what {node.path or 'the network'} ({node.type}) returns{side}"


# Seen in a pass with its graph, which each of many short runs should not pay for.
_SIDES: WeakKeyDictionary[Network, dict[str, str]] = WeakKeyDictionary()


def _side_of_relu(question: Question) -> str:
    """Whether a ReLU made what the layer returned last, or takes it. Known code is run no further than it is seen."""
    layer, module = asked_layer(question), question.network.module
    stops = layer.calls == 1 and is_steady(module)
    made: list[object] = []  # by which operation of the graph
    said: list[str] = []

    def returned(_part: object, _given: object, output: object) -> None:
        tensor = tensor_in(output)
        if tensor is not None:
            made.append(tensor.grad_fn)
            look(tensor)

    def rectified(_part: object, _given: object, output: object) -> None:
        if made and isinstance(output, Tensor):
            look(output)

    def look(tensor: Tensor) -> None:
        if stops and (side := _seen_in(tensor, made[-1])):
            said.append(side)
            raise Enough

    relus = {path: rectified for path, part in module.named_modules() if stops and isinstance(part, nn.ReLU)}
    hooks = {**relus, layer.path: returned}
    with torch.inference_mode(False), torch.enable_grad(), listening(module, hooks), until_enough():
        last = answer(question.network, question.input.clone().requires_grad_())
        said.append(_seen_in(last, made[-1]) if made else "")
    return said[-1]


def _seen_in(last: Tensor, made: object) -> str:
    if made is None:
        return ""
    closing = rectifying(way_back(last))
    if any(node is made for node in closing):
        return "after"
    return "before" if any(below is made for node in closing for below, _ in node.next_functions) else ""
