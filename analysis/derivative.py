"""Derivatives of the scalar that is asked about: by the picture's pixels, and by the output of a layer on the way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import is_dataclass
from typing import Any

import torch
from torch import Tensor, nn

from analysis.explained import scalar
from analysis.methods.method import Context
from analysis.network.batch_norm_slopes import lay_out_slopes
from analysis.network.capture import tensor_in
from analysis.network.first_layer import quick_gradient
from analysis.network.network import Network
from analysis.network.own_code import told
from analysis.network.relu_rules import Rule, follow
from analysis.network.way_back import way_back
from analysis.problems import Problem


def derivative(context: Context, pictures: Tensor, rule: Rule = "gradient", quick: bool = False) -> Tensor:
    """∂scalar/∂pixel of each of N×C×H×W `pictures`, signed, with the rule at every ReLU on the way back.

    It is autograd's to the bit; `quick` takes a faster way through the first layer, equal but for rounding.
    """
    _refuse_script(context.network, rule)
    with torch.inference_mode(False), torch.enable_grad():
        leaf = pictures.detach().to(context.input.dtype, copy=True).requires_grad_()
        value = scalar(context, leaf).sum()
        with _way_back(context.network, value):
            way = way_back(value)
            follow(rule, way)
            slope = quick_gradient(value, leaf, way) if quick and leaf.device.type == "cpu" else None
            if slope is None:
                (slope,) = torch.autograd.grad(value, leaf, allow_unused=True)
    return _arrived(context.network, slope).detach()


def layer_derivatives(context: Context, groups: Iterable[Sequence[str]]) -> Iterator[dict[str, tuple[Tensor, Tensor]]]:
    """Of each layer that the scalar depends on: its output for the context's picture, and ∂scalar/∂output.

    The layers come group by group after one forward pass, and the way back goes only as far as the group that is taken.
    """
    groups = [list(group) for group in groups]
    if not groups:
        return
    with torch.inference_mode(False), torch.enable_grad():
        with _kept(context.network.module, [path for group in groups for path in group]) as kept:
            value = scalar(context, context.input.clone().requires_grad_()).sum()
        outputs = {path: output for path, output in kept.items() if output.requires_grad}
    for group in groups:
        paths = [path for path in group if path in outputs]
        if value.grad_fn is None or not paths:
            yield {}
            continue
        with torch.inference_mode(False), _way_back(context.network, value):
            asked = [outputs[path] for path in paths]
            slopes = torch.autograd.grad(value, asked, allow_unused=True, retain_graph=group is not groups[-1])
        yield {
            path: (outputs[path].detach(), _finite(context.network, slope).detach())
            for path, slope in zip(paths, slopes, strict=True)
            if slope is not None
        }


def derivatives_on_the_way(context: Context, rule: Rule, paths: Iterable[str]) -> tuple[Tensor, dict[str, Tensor]]:
    """∂scalar/∂pixel, and ∂scalar/∂output of each layer that the scalar depends on: all by the rule, in one pass."""
    _refuse_script(context.network, rule)
    with torch.inference_mode(False), torch.enable_grad():
        leaf = context.input.clone().requires_grad_()
        with _kept(context.network.module, paths) as kept:
            value = scalar(context, leaf).sum()
        with _way_back(context.network, value):
            follow(rule, way_back(value))
            outputs = {path: output for path, output in kept.items() if output.requires_grad}
            first, *others = torch.autograd.grad(value, [leaf, *outputs.values()], allow_unused=True)
    slopes = {path: slope for path, slope in zip(outputs, others, strict=True) if slope is not None}
    for slope in slopes.values():
        _finite(context.network, slope)
    return _arrived(context.network, first), slopes


@contextmanager
def _way_back(network: Network, value: Tensor) -> Iterator[None]:
    """One sentence where the value cannot be derived, by the picture or at all."""
    without = f"{network.title} has no derivative here"
    if value.grad_fn is None:
        raise Problem(f"{without}: its answer does not depend smoothly on the picture.")
    lay_out_slopes(way_back(value))
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, Problem):
        raise
    except Exception as error:  # what autograd cannot go through, and parts with a way back of the person's own
        raise Problem(f"{without}; it says: {told(error)}.") from error


@contextmanager
def _kept(module: nn.Module, paths: Iterable[str]) -> Iterator[dict[str, Tensor]]:
    """Keeps each layer's output itself, so that it is on the way back, and lets a copy flow on.

    The copy may be overwritten in place. Of a layer that is called several times the last output is kept.
    """
    kept: dict[str, Tensor] = {}

    def keeper(path: str) -> Callable[[nn.Module, object, object], object]:
        def keep(_module: nn.Module, _inputs: object, output: object) -> object:
            tensor = tensor_in(output)
            if tensor is None or not tensor.is_floating_point():
                return output
            kept[path] = tensor
            return _exchanged(output, tensor, tensor.clone())

        return keep

    layers = {path: module.get_submodule(path) for path in paths}
    handles = [layer.register_forward_hook(keeper(path)) for path, layer in layers.items()]
    try:
        yield kept
    finally:
        for handle in handles:
            handle.remove()


def _exchanged(output: Any, old: Tensor, new: Tensor) -> Any:
    """The same nest of tuples, lists, dictionaries and dataclasses with one tensor in place of another."""
    if output is old:
        return new
    if isinstance(output, dict):
        same = output.copy()
        same.update({key: _exchanged(value, old, new) for key, value in output.items()})
        return same
    if isinstance(output, (tuple, list)):
        values = [_exchanged(value, old, new) for value in output]
        return type(output)(*values) if hasattr(output, "_fields") else type(output)(values)
    if is_dataclass(output) and not isinstance(output, type):
        twin = copy(output)
        for name, value in vars(output).items():
            object.__setattr__(twin, name, _exchanged(value, old, new))  # which may be frozen
        return twin
    return output


def _arrived(network: Network, slope: Tensor | None) -> Tensor:
    if slope is None:
        raise Problem(f"{network.title} has no derivative here: a part of it, such as a quantised layer, has none.")
    return _finite(network, slope)


def _finite(network: Network, slope: Tensor) -> Tensor:
    if not bool(slope.isfinite().all()):
        raise Problem(f"The derivative of {network.title} at this picture is NaN or infinite, so it explains nothing.")
    return slope


def _refuse_script(network: Network, rule: Rule) -> None:
    # TorchScript compiles itself after its first run, so what is seen of its ReLUs depends on what ran before.
    if rule != "gradient" and any(isinstance(part, torch.jit.ScriptModule) for part in network.module.modules()):
        raise Problem(
            f"{network.title} is TorchScript, whose ReLUs cannot be reached on the way back: take the gradient instead."
        )
