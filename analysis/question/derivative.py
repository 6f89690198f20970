"""Derivatives of the scalar that is asked about: by the picture's pixels, and by the output of a layer on the way."""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from analysis.network.capture import tensor_in
from analysis.network.exchanged import exchanged
from analysis.network.listening import listening
from analysis.network.network import Network
from analysis.network.own_code import let_interrupt_pass, told
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget
from analysis.question.batch_norm_slopes import lay_out_slopes
from analysis.question.disguises import disguised
from analysis.question.first_layer import quick_gradient
from analysis.question.question import Question
from analysis.question.relu_rules import Rule, follow, refuse_others
from analysis.question.rounding import Derived, SecondLook
from analysis.question.scalar import scalar
from analysis.question.way_back import BackwardNode, signature, way_back
from analysis.tracing.computation import written_down


class NoDerivative(Problem):
    """There is none, whatever is asked: the answer does not depend smoothly on anything, or autograd cannot go back."""


def derivative(question: Question, pictures: Tensor, rule: Rule = "gradient", quick: bool = False) -> Tensor:
    """∂scalar/∂pixel of each of N×C×H×W `pictures`, signed, with the rule at every ReLU on the way back.

    It is autograd's to the bit; `quick` takes a faster way through the first layer, equal but for rounding.
    """
    with torch.inference_mode(False), torch.enable_grad():
        leaf = pictures.detach().to(question.input.dtype, copy=True).requires_grad_()
        value, way, size = _followed(question, leaf, rule)
        with _way_back(question.network, value):
            lay_out_slopes(way)
            slope = quick_gradient(value, leaf, way) if quick and leaf.device.type == "cpu" else None
            if slope is None:
                (slope,) = torch.autograd.grad(value, leaf, allow_unused=True)
    slope = _arrived(question.network, slope).detach()
    for some in (slice(0, 1), slice(0, None)):  # one tells for others that are noisy, dimmed or masked copies of it
        rough = Derived([slope[some]], [leaf[some]], size)
        if not _LOOK.is_needed(question, rule, way, rough):
            break

        def again(double: Question, some: slice = some) -> Sequence[Tensor]:
            return [derivative(double, pictures[some], rule)]

        (looked,) = _looked_at(question, rule, rough, again)
        if len(looked) == len(slope):
            return looked
    return slope


def slope_of(network: Network, value: Tensor, leaf: Tensor, more: bool = False) -> Tensor:
    """∂value/∂leaf as autograd has it, or one sentence on why there is none; with `more` it can be asked again."""
    with _way_back(network, value):
        lay_out_slopes(way_back(value))
        (found,) = torch.autograd.grad(value, leaf, allow_unused=True, retain_graph=more)
    return _arrived(network, found).detach()


def layer_derivatives(
    question: Question, groups: Iterable[Sequence[str]]
) -> Iterator[dict[str, tuple[Tensor, Tensor]]]:
    """Of each layer that the scalar depends on: its output for the question's picture, and ∂scalar/∂output.

    The layers come group by group after one forward pass, and the way back goes only as far as the group that is taken.
    """
    groups = [list(group) for group in groups]
    if not groups:
        return
    with torch.inference_mode(False), torch.enable_grad():
        with _kept(question.network.module, [path for group in groups for path in group]) as kept:
            value, answers = _asked(question, question.input.clone().requires_grad_())
            size = _size(question, value, answers)
        outputs = {path: output for path, output in kept.items() if output.requires_grad}
    with _way_back(question.network, value):  # which says so where there is none at all
        way = way_back(*answers)
        lay_out_slopes(way)
    for group in groups:
        paths = [path for path in group if path in outputs]
        if not paths:
            yield {}
            continue
        with torch.inference_mode(False), _way_back(question.network, value):
            asked = [outputs[path] for path in paths]
            slopes = torch.autograd.grad(value, asked, allow_unused=True, retain_graph=group is not groups[-1])
        found = {
            path: (outputs[path].detach(), _finite(question.network, slope).detach())
            for path, slope in zip(paths, slopes, strict=True)
            if slope is not None
        }
        rough = Derived([slope for _, slope in found.values()], [output for output, _ in found.values()], size)
        if found and _LOOK.is_needed(question, "layers", way, rough):

            def again(double: Question, paths: Sequence[str] = tuple(found)) -> Sequence[Tensor]:
                (exact,) = layer_derivatives(double, [paths])
                return [exact[path][1] for path in paths]

            looked = _looked_at(question, "layers", rough, again)
            found = {path: (found[path][0], slope) for path, slope in zip(found, looked, strict=True)}
        yield found


def derivatives_on_the_way(question: Question, rule: Rule, paths: Iterable[str]) -> tuple[Tensor, dict[str, Tensor]]:
    """∂scalar/∂pixel, and ∂scalar/∂output of each layer that the scalar depends on: all by the rule, in one pass."""
    with torch.inference_mode(False), torch.enable_grad():
        leaf = question.input.clone().requires_grad_()
        with _kept(question.network.module, paths) as kept:
            value, way, size = _followed(question, leaf, rule)
        with _way_back(question.network, value):
            lay_out_slopes(way)
            outputs = {path: output for path, output in kept.items() if output.requires_grad}
            first, *others = torch.autograd.grad(value, [leaf, *outputs.values()], allow_unused=True)
    slopes = {path: slope for path, slope in zip(outputs, others, strict=True) if slope is not None}
    for slope in slopes.values():
        _finite(question.network, slope)
    first = _arrived(question.network, first)
    by = [leaf, *(outputs[path] for path in slopes)]
    if _LOOK.is_needed(question, rule, way, Derived([first], by, size)):

        def again(double: Question) -> Sequence[Tensor]:
            to_picture, to_layers = derivatives_on_the_way(double, rule, slopes)
            return [to_picture, *to_layers.values()]

        first, *others = _looked_at(question, rule, Derived([first, *slopes.values()], by, size), again)
        slopes = dict(zip(slopes, others, strict=True))
    return first, slopes


def derivatives_of_calls(question: Question, paths: Iterable[str]) -> tuple[Tensor, dict[str, list[Tensor]]]:
    """∂scalar/∂pixel, and ∂scalar/∂output of each call of each layer that the scalar depends on, in their order."""
    paths = list(paths)
    with torch.inference_mode(False), torch.enable_grad():
        leaf = question.input.clone().requires_grad_()
        with _all_kept(question.network.module, paths) as kept:
            value, way, size = _followed(question, leaf, "gradient")
        calls = [(path, number) for path, outputs in kept.items() for number in range(len(outputs))]
        outputs = [kept[path][number] for path, number in calls]
        with _way_back(question.network, value):
            lay_out_slopes(way)
            asked = [output for output in outputs if output.requires_grad]
            first, *others = torch.autograd.grad(value, [leaf, *asked], allow_unused=True)
    found = iter(others)
    slopes = [next(found) if output.requires_grad else None for output in outputs]
    whole = [
        torch.zeros_like(output) if slope is None else _finite(question.network, slope)
        for output, slope in zip(outputs, slopes, strict=True)
    ]
    first = _arrived(question.network, first)
    rough = Derived([first, *whole], [leaf, *outputs], size)
    if _LOOK.is_needed(question, "calls", way, rough):

        def again(double: Question) -> Sequence[Tensor]:
            to_picture, by_path = derivatives_of_calls(double, paths)
            return [to_picture, *(slope for slopes in by_path.values() for slope in slopes)]

        first, *whole = _looked_at(question, "calls", rough, again)
    by_path: dict[str, list[Tensor]] = {}
    for (path, _number), slope in zip(calls, whole, strict=True):
        by_path.setdefault(path, []).append(slope)
    return first, by_path


def _looked_at(
    question: Question, asked: str, rough: Derived, ask: Callable[[Question], Sequence[Tensor]]
) -> Sequence[Tensor]:
    def again(double: Question) -> Sequence[Tensor]:
        _DISGUISES[double.network] = _DISGUISES.get(question.network, {})
        return ask(double)

    return _LOOK.taken(question, asked, rough, again)


# Of which questions the answer was found to be more than rounding.
_LOOK = SecondLook()


def _followed(question: Question, leaf: Tensor, rule: Rule) -> tuple[Tensor, Sequence[BackwardNode], float]:
    """The scalar's sum over the pictures, the way back from what the network gave, which follows the rule, and a size.

    The size is that of the numbers that the scalar is made of.
    """
    if rule == "gradient":
        value, outputs = _asked(question, leaf)
        return value, way_back(*outputs), _size(question, value, outputs)
    network = question.network
    _refuse_script(network, rule)
    known = _DISGUISES.setdefault(network, {}).setdefault((tuple(leaf.shape), question.layer), {})
    way: Sequence[BackwardNode] = ()
    if known:
        value, outputs = _asked(question, leaf)
        way = way_back(*outputs)
    if signature(way) not in known:
        with written_down(network.module) as computation:
            value, outputs = _asked(question, leaf)
        way = way_back(*outputs)
        refuse_others(rule, way)
        known[signature(way)] = disguised(computation, outputs)
    with _way_back(network, value):
        follow(rule, way, known[signature(way)])
    return value, way, _size(question, value, outputs)


def _size(question: Question, value: Tensor, outputs: Sequence[Tensor]) -> float:
    """A probability is as small as it is; a mean may be the rest of large numbers."""
    size = float(value.detach().abs())
    if isinstance(question.target, ClassTarget) and question.target.kind != "class":
        return size
    return max(size, *(float(output.detach().abs().max()) for output in outputs if output.numel()))


# What was found by looking at a pass, by the picture's size and the layer, and by the way that it went.
_DISGUISES: WeakKeyDictionary[Network, dict[object, dict[int, str | None]]] = WeakKeyDictionary()


def _asked(question: Question, leaf: Tensor) -> tuple[Tensor, list[Tensor]]:
    outputs: list[Tensor] = []
    with without_hooks_back(question.network.module):
        return scalar(question, leaf, outputs).sum(), outputs


@contextmanager
def _way_back(network: Network, value: Tensor) -> Iterator[None]:
    """One sentence where the value cannot be derived, by the picture or at all."""
    without = f"{network.title} has no derivative here"
    if value.grad_fn is None:
        raise NoDerivative(f"{without}: its answer does not depend smoothly on the picture.")
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, Problem):
        raise
    except BaseException as error:  # what autograd cannot go through, and parts with a way back of the person's own
        let_interrupt_pass(error)
        raise NoDerivative(f"{without}; it says: {told(error)}.") from error


@contextmanager
def without_hooks_back(module: nn.Module) -> Iterator[None]:
    """Hooks of the author's on the way back are put on in the pass; what they make of it is no derivative."""
    parts = list(module.modules())
    kept = [(part._backward_hooks, part._backward_pre_hooks) for part in parts]
    try:
        for part in parts:
            _put_on(part, OrderedDict(), OrderedDict())
        yield
    finally:
        for part, (hooks, before) in zip(parts, kept, strict=True):
            _put_on(part, hooks, before)


def _put_on(part: nn.Module, hooks: Any, before: Any) -> None:
    """Past what a module does when something is set, which of a small picture was a quarter of a step."""
    if type(part).__setattr__ is nn.Module.__setattr__:
        part.__dict__["_backward_hooks"], part.__dict__["_backward_pre_hooks"] = hooks, before
    else:
        part._backward_hooks, part._backward_pre_hooks = hooks, before


@contextmanager
def _kept(module: nn.Module, paths: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Of a layer that is called several times the last output is kept."""
    kept: dict[str, Tensor] = {}
    with _heard(module, paths, kept.__setitem__):
        yield kept


@contextmanager
def _all_kept(module: nn.Module, paths: Iterable[str]) -> Iterator[dict[str, list[Tensor]]]:
    kept: dict[str, list[Tensor]] = {}
    with _heard(module, paths, lambda path, output: kept.setdefault(path, []).append(output)):
        yield kept


@contextmanager
def _heard(module: nn.Module, paths: Iterable[str], keep_output: Callable[[str, Tensor], None]) -> Iterator[None]:
    """Keeps each layer's output itself, so that it is on the way back, and lets a copy flow on.

    The copy may be overwritten in place.
    """

    def keeper(path: str) -> Callable[[nn.Module, object, object], object]:
        def keep(_module: nn.Module, _inputs: object, output: object) -> object:
            tensor = tensor_in(output)
            if tensor is None or not tensor.is_floating_point():
                return output
            keep_output(path, tensor)
            return exchanged(output, tensor, tensor.clone())

        return keep

    with listening(module, {path: keeper(path) for path in paths}):
        yield


def _arrived(network: Network, slope: Tensor | None) -> Tensor:
    if slope is None:
        raise NoDerivative(
            f"{network.title} has no derivative here: a part of it, such as a quantised layer, has none."
        )
    return _finite(network, slope)


def _finite(network: Network, slope: Tensor) -> Tensor:
    if not math.isfinite(float(slope.sum())) and not bool(slope.isfinite().all()):
        raise Problem(f"The derivative of {network.title} at this picture is NaN or infinite, so it explains nothing.")
    return slope


def _refuse_script(network: Network, rule: Rule) -> None:
    # TorchScript compiles itself after its first run, so what is seen of its ReLUs depends on what ran before.
    if rule != "gradient" and any(isinstance(part, torch.jit.ScriptModule) for part in network.module.modules()):
        raise Problem(
            f"{network.title} is TorchScript, whose ReLUs cannot be reached on the way back: take the gradient instead."
        )
