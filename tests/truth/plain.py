"""A network asked the plain way: one picture at a time, its layers seen by one hook, derivatives by autograd.

Nothing of the analysis package has a part in it but the words in which a question is put (target, layer, layout).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from analysis.protocol.layers import LayerNode
from analysis.protocol.target import ClassTarget, Target
from tests.truth.networks import Module, Plan, built, exact, scores
from tests.truth.rectifiers import Rule

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """What a case asks: `layer` is the node that it names, with its unit."""

    target: Target
    layer: LayerNode | None = None
    unit: int | None = None


@dataclass(frozen=True)
class Plain:
    """`made` makes the network anew for a rule; `dtype` is that of the pictures it is given."""

    plan: Plan
    module: Module
    made: Callable[[Rule | None], Module]
    dtype: torch.dtype

    def ruled(self, rule: Rule) -> Plain:
        """With the weights of this one, which may have been changed."""
        twin = self.made(rule)
        twin.load_state_dict(self.module.state_dict())
        return Plain(self.plan, twin, self.made, self.dtype)

    def anew(self) -> Plain:
        """A fresh copy, to be changed."""
        return Plain(self.plan, self.made(None), self.made, self.dtype)

    def logits(self, picture: Tensor) -> Tensor:
        return scores(self.module(picture.to(self.dtype).clone()[None])).to(
            torch.promote_types(self.dtype, torch.float32)
        )

    def output(self, path: str, picture: Tensor) -> Tensor:
        """What the layer returned last, with the batch axis."""
        kept: list[Tensor] = []
        handle = self.module.get_submodule(path).register_forward_hook(_keeper(kept))
        try:
            self.logits(picture)
        finally:
            handle.remove()
        return kept[-1].dequantize() if kept[-1].is_quantized else kept[-1]

    def score(self, question: Question, picture: Tensor) -> Tensor:
        """The number that is asked about, still a part of autograd's graph."""
        if isinstance(question.target, ClassTarget):
            logits = self.logits(picture)
            index = question.target.index if question.target.index is not None else int(logits.argmax())
            exact = logits.double()
            kinds = {"class": lambda: logits, "probability": lambda: exact.softmax(0)}
            return kinds.get(question.target.kind, lambda: exact.log_softmax(0))()[index]
        assert question.layer is not None
        maps = as_maps(question.layer, self.output(question.layer.path, picture))
        return response(question, maps)

    def value(self, question: Question, picture: Tensor) -> float:
        with torch.no_grad():
            return float(self.score(question, picture))

    def value_without(self, question: Question, node: LayerNode, unit: int, picture: Tensor) -> float:
        """Where the unit's map is zero in the layer's last call."""
        calls = 0

        def empty(_module: nn.Module, _inputs: object, output: object) -> object:
            nonlocal calls
            calls += 1
            if calls < node.calls:
                return output
            tensor = (
                output["logits"] if isinstance(output, dict) else output[0] if isinstance(output, tuple) else output
            )
            assert isinstance(tensor, Tensor)
            values = tensor.dequantize() if tensor.is_quantized else tensor.clone()
            as_maps(node, values)[unit] = 0
            if tensor.is_quantized:
                values = torch.quantize_per_tensor(values, tensor.q_scale(), tensor.q_zero_point(), tensor.dtype)
            if isinstance(output, dict):
                return {**output, "logits": values}
            return (values, *output[1:]) if isinstance(output, tuple) else values

        handle = self.module.get_submodule(node.path).register_forward_hook(empty)
        try:
            return self.value(question, picture)
        finally:
            handle.remove()

    def answer_size(self, question: Question, picture: Tensor) -> float:
        """Of the numbers that the score is made of."""
        with torch.no_grad():
            if not isinstance(question.target, ClassTarget):
                assert question.layer is not None
                size = float(as_maps(question.layer, self.output(question.layer.path, picture)).abs().max())
                return max(size, abs(self.value(question, picture)))
            value = abs(self.value(question, picture))
            return max(float(self.logits(picture).abs().max()), value) if question.target.kind == "class" else value

    def calls(self, question: Question, paths: list[str], picture: Tensor) -> tuple[Numbers, list[tuple[str, Numbers]]]:
        """∂score/∂picture, and ∂score/∂(a number added to each value that a layer returns), call by call."""
        added: list[tuple[str, Tensor]] = []

        def adder(path: str) -> Callable[[nn.Module, object, object], object]:
            def add(_module: nn.Module, _inputs: object, output: object) -> object:
                assert isinstance(output, Tensor)
                added.append((path, torch.zeros_like(output, requires_grad=True)))
                return output + added[-1][1]

            return add

        handles = [self.module.get_submodule(path).register_forward_hook(adder(path)) for path in paths]
        leaf = picture.to(self.dtype).clone().requires_grad_()
        try:
            score = self.score(question, leaf)
        finally:
            for handle in handles:
                handle.remove()
        first, *others = torch.autograd.grad(score, [leaf, *(one for _, one in added)], allow_unused=True)
        slopes = [
            (path, numbers(torch.zeros_like(zero) if slope is None else slope))
            for (path, zero), slope in zip(added, others, strict=True)
        ]
        return numbers(first), slopes

    def slope(self, question: Question, picture: Tensor) -> Numbers:
        """∂score/∂picture."""
        leaf = picture.to(self.dtype).clone().requires_grad_()
        self.score(question, leaf).backward()
        assert leaf.grad is not None
        return numbers(leaf.grad)

    def maps_and_slopes(self, question: Question, node: LayerNode, picture: Tensor) -> tuple[Numbers, Numbers]:
        """A layer's maps and ∂score/∂maps; what flows on is a copy, which may be overwritten."""
        kept: list[Tensor] = []
        handle = self.module.get_submodule(node.path).register_forward_hook(_keeper(kept))
        try:
            score = self.score(question, picture.to(self.dtype).clone().requires_grad_())
        finally:
            handle.remove()
        (slope,) = torch.autograd.grad(score, kept[-1])
        return numbers(as_maps(node, kept[-1])), numbers(as_maps(node, slope))

    def definite(self, question: Question, picture: Tensor) -> Question:
        """About the class that answers most to this picture."""
        if not isinstance(question.target, ClassTarget) or question.target.index is not None:
            return question
        with torch.no_grad():
            index = int(self.logits(picture).argmax())
        return Question(ClassTarget(question.target.kind, index), question.layer, question.unit)


def _keeper(kept: list[Tensor]) -> Callable[[nn.Module, object, object], object]:
    def keep(_module: nn.Module, _inputs: object, output: object) -> object:
        tensor = output["logits"] if isinstance(output, dict) else output[0] if isinstance(output, tuple) else output
        assert isinstance(tensor, Tensor)
        kept.append(tensor)
        if tensor is output:
            return tensor.clone()
        return output

    return keep


def as_maps(node: LayerNode, output: Tensor) -> Tensor:
    """Units × rows × columns of what a layer returned for one picture."""
    one = output.reshape(output.shape[1:]) if output.dim() > 1 and len(output) == 1 else output
    if node.layout == "HWC":
        return one.permute(2, 0, 1)
    if node.layout == "C":
        return one[:, None, None]
    if node.layout == "HW":
        return one[None]
    if node.layout in ("TC", "CT"):
        assert node.grid is not None
        rows, columns = node.grid
        tokens = one if node.layout == "TC" else one.T
        return tokens[-rows * columns :].T.reshape(-1, rows, columns)
    return one


def response(question: Question, maps: Tensor) -> Tensor:
    """One number of a unit's map, or the strongest of all where no unit is asked."""
    where = getattr(question.target, "where", None)
    if question.unit is None:
        assert where == "max"
        return maps.max()
    map_ = maps[question.unit]
    if where == "mean":
        return map_.mean()
    if where == "max":
        return map_.max()
    if where == "map":
        return (map_**2).sum() / 2
    row, column = (map_.shape[0] // 2, map_.shape[1] // 2) if where == "center" else where  # type: ignore[misc]
    return map_[row, column]


def numbers(tensor: Tensor) -> Numbers:
    return np.asarray(tensor.detach().double().numpy())


def _unheard(module: Module) -> Module:
    """Without the hooks of the bench that only listen to slopes: with them torch refuses what is done in place."""
    for part in module.modules():
        part._backward_hooks.clear()
    return module


def in_double(plan: Plan) -> Plain | None:
    module = exact(plan)
    if module is None:
        return None

    def made(rule: Rule | None) -> Module:
        twin = exact(plan, rule)
        assert twin is not None
        return _unheard(twin)

    return Plain(plan, _unheard(module), made, torch.float64)


def as_it_is(plan: Plan) -> Plain:
    """In the precision that the program computes it in: single, or what the network itself casts to."""
    half = plan.precision in ("half", "bfloat16", "double")

    def made(rule: Rule | None) -> Module:
        module = _unheard(built(plan, rule))
        return module.float() if half else module

    return Plain(plan, made(None), made, torch.float32)
