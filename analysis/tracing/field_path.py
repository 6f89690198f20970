"""The way by which a layer comes to its receptive field: of all paths from the picture the one that sees most."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary

from analysis.network.capture import tensor_in
from analysis.network.listening import listening
from analysis.tracing.places import Span
from analysis.tracing.receptive_field import Following, named_arguments
from analysis.tracing.trace import traced, whereabouts

Spans = tuple[Span | None, Span | None]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """What slides: rows × columns, each with its stride, dilation and padding."""

    kernel: Pair
    stride: Pair
    dilation: Pair
    padding: Pair
    transposed: bool = False


@dataclass(frozen=True)
class FieldStep:
    """An operation on the way; `spans` is what its values see, `window` what slides in it."""

    module: str
    operation: str
    spans: Spans
    window: Window | None
    inputs: tuple[int, ...]  # the steps whose tensors it takes


def field_path(module: nn.Module, picture: Tensor, path: str) -> tuple[FieldStep, ...] | None:
    """From the picture, which is the first, to the last call of this part; None if nothing of it comes from there."""
    with torch.inference_mode(False), torch.no_grad():
        picture = picture.detach().clone()
        found: list[int] = []
        with whereabouts(module) as inside:
            reader = _Reader(picture, inside)

            def note(_part: nn.Module, _inputs: object, output: object) -> None:
                tensor = tensor_in(output)
                if tensor is not None and (number := reader.maker(tensor)) is not None:
                    found.append(number)

            with listening(module, {path: note}), traced(reader):
                module(picture)
    if not found:
        return None
    return tuple(_longest(reader.steps, found[-1]))


def _longest(steps: Sequence[FieldStep], number: int) -> list[FieldStep]:
    way = [steps[number]]
    while way[-1].inputs:
        size = _size(way[-1])
        fitting = [one for one in way[-1].inputs if _size(steps[one]) <= size] or list(way[-1].inputs)
        way.append(steps[max(fitting, key=lambda one: (_size(steps[one]), one))])
    return way[::-1]


def _size(step: FieldStep) -> float:
    return sum(float(span.size) if span is not None else float("inf") for span in step.spans)


class _Reader:
    """Follows the places of every tensor, and which operation made it."""

    def __init__(self, picture: Tensor, inside: Sequence[str]) -> None:
        self._following = Following(picture)
        self._inside = inside
        self._made: MutableMapping[Tensor, int] = WeakIdKeyDictionary({picture: 0})
        first = self._following.of(picture)
        assert first is not None
        self.steps = [FieldStep("", "picture", first.spans, None, ())]

    def maker(self, tensor: Tensor) -> int | None:
        return self._made.get(tensor)

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        taken = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        makers = sorted({made for tensor in taken if (made := self._made.get(tensor)) is not None})
        return makers, self._following.before(operation, args, kwargs)

    def after(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: Any, result: Any) -> None:
        makers, followed = seen
        self._following.after(operation, args, kwargs, followed, result)
        given = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        if not makers or not given:
            return
        name = operation._schema.name.partition("::")[2].rstrip("_")
        places = self._following.of(given[0])
        spans: Spans = places.spans if places is not None else (None, None)
        window = window_of(name, named_arguments(operation, args, kwargs))
        where = self._inside[-1] if self._inside else ""
        number = len(self.steps)
        self.steps.append(FieldStep(where, name, spans, window, tuple(makers)))
        for tensor in given:
            self._made[tensor] = number


def window_of(name: str, said: Mapping[str, Any]) -> Window | None:
    if "convolution" in name and isinstance(said.get("weight"), Tensor):
        kernel = said["weight"].shape[2:]
        transposed = bool(said.get("transposed"))
        return Window(
            _pair(kernel), _pair(said["stride"]), _pair(said["dilation"]), _pair(said["padding"], 0), transposed
        )
    if ("max_pool" in name or "avg_pool" in name) and "adaptive" not in name and said.get("kernel_size"):
        kernel = said["kernel_size"]
        return Window(
            _pair(kernel),
            _pair(said.get("stride") or kernel),
            _pair(said.get("dilation") or 1),
            _pair(said.get("padding") or 0, 0),
        )
    return None


def _pair(value: Any, single: int = 1) -> Pair:
    """Rows and columns; what slides along one side only is one of columns."""
    values = [int(value)] * 2 if isinstance(value, int) else [int(one) for one in value]
    if not values:
        return single, single
    return (values[-2], values[-1]) if len(values) > 1 else (values[0], values[0])
