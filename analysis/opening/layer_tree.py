"""The layers of a module as plain nodes, measured by one forward pass of an example picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from analysis.network.capture import tensor_in
from analysis.network.heads import HEADS, has_heads
from analysis.network.listening import listening
from analysis.network.ordinary import oddity
from analysis.network.own_code import let_interrupt_pass
from analysis.opening.input_guess import refusal
from analysis.protocol.layers import Kind, LayerNode, Layout, ReceptiveField
from analysis.protocol.problems import Problem
from analysis.tracing.places import COLUMNS, OTHER, ROWS, Axis, Places
from analysis.tracing.receptive_field import Following, receptive_field
from analysis.tracing.trace import traced

MOST_PASSES = 64  # of a layer that are told apart; the rest is its last


@dataclass(frozen=True)
class _Answer:
    """What one layer returned in the pass; `turn` counts the layers in the order in which they were first called."""

    turn: int
    shape: tuple[int, ...] | None
    reason: str | None = None
    kind: Kind | None = None
    units: int = 0
    grid: tuple[int, int] | None = None
    layout: Layout | None = None
    field: ReceptiveField | None = None
    global_context: bool = False
    table: bool = False  # numbers in two axes, neither of which is places of the picture
    calls: int = 1
    each: "tuple[_Answer, ...]" = ()  # of its calls, the first ones


def layer_tree(module: nn.Module, example: Tensor) -> LayerNode:
    """The tree of `module` as it answers to `example` (1×C×H×W); children are in the order of their first call.

    An example without numbers (of the device “meta”) shows the shapes, and costs nothing.
    """
    answers: dict[nn.Module, _Answer] = {}
    heads: dict[nn.Module, tuple[int, ...]] = {}
    with torch.no_grad():
        example = example.detach().clone()
        following = Following(example)
        turns: dict[nn.Module, int] = {}
        paths = [path for path, _ in module.named_modules()]
        listener = _listener(turns, answers, following, example.is_meta)
        attentions = {f"{path}@{HEADS}": _shapes(heads) for path, part in module.named_modules() if has_heads(part)}
        heard = listening(module, dict.fromkeys(paths, listener) | attentions, dict.fromkeys(paths, _turn(turns)))
        with heard, traced(following):
            try:
                module(example)
            except Problem:
                raise
            except BaseException as error:
                let_interrupt_pass(error)
                raise refusal(example, error) from error
    return _node(module, "", answers, _innermost(heads), set())


def _shapes(heads: dict[nn.Module, tuple[int, ...]]) -> Callable[[nn.Module, object, Tensor], None]:
    def note(layer: nn.Module, _inputs: object, weights: Tensor) -> None:
        if weights.shape[0] == 1:  # else it looks at parts of the picture one by one
            heads[layer] = tuple(weights.shape[1:])

    return note


def _innermost(heads: dict[nn.Module, tuple[int, ...]]) -> dict[nn.Module, tuple[int, ...]]:
    """Who only holds an attention overheard what that computes."""
    within = {part: any(one in heads for one in part.modules() if one is not part) for part in heads}
    return {part: shape for part, shape in heads.items() if not within[part]}


def _heads(answer: _Answer, shape: tuple[int, ...] | None) -> tuple[_Answer, ...]:
    """Of an attention of the places among themselves: what each head looks at, which is on the grid of its answer."""
    if shape is None or answer.layout not in ("TC", "HWC") or answer.grid is None or answer.shape is None:
        return ()
    places = answer.shape[0] if answer.layout == "TC" else answer.shape[0] * answer.shape[1]
    if not shape[1] == shape[2] == places:
        return ()
    return (_Answer(answer.turn, shape, None, "tokens", shape[0], answer.grid, "HTS"),)


def _turn(turns: dict[nn.Module, int]) -> Callable[[nn.Module, object], None]:
    def note(layer: nn.Module, _inputs: object) -> None:
        turns.setdefault(layer, len(turns))

    return note


def _listener(
    turns: dict[nn.Module, int], answers: dict[nn.Module, _Answer], following: Following, without_numbers: bool
) -> Callable[[nn.Module, object, object], None]:
    def note(layer: nn.Module, _inputs: object, output: object) -> None:
        tensor, calls = tensor_in(output), answers[layer].calls + 1 if layer in answers else 1
        if tensor is None:
            what = "nothing" if output is None else f"no tensor ({type(output).__name__})"
            answer = _Answer(turns[layer], None, f"it answers with {what}")
        elif not without_numbers and (odd := oddity(tensor)) is not None:
            answer = _Answer(turns[layer], None, f"it answers with {odd}")
        else:
            answer = _measured(turns[layer], tensor, following.of(tensor))
        before = answers[layer].each if layer in answers else ()
        answers[layer] = replace(answer, calls=calls, each=(*before, answer)[:MOST_PASSES])

    return note


def _measured(turn: int, output: Tensor, places: Places | None) -> _Answer:
    if output.dim() == 0 or output.shape[0] != 1:
        reason = "its answer has no axis for the batch of pictures, or not as the first one"
        return _Answer(turn, tuple(output.shape), reason)
    shape = tuple(output.shape[1:])
    if output.is_complex():
        return _Answer(turn, shape, "it answers with complex numbers")
    if not output.is_floating_point():
        what = "true and false" if output.dtype == torch.bool else "whole numbers"
        return _Answer(turn, shape, f"it answers with {what}, not with activations")
    if output.numel() == 0:
        return _Answer(turn, shape, "its answer is empty")
    axes = places.axes[1:] if places is not None else tuple(Axis(()) for _ in shape)
    layout, grid = _layout(shape, axes)
    if layout is None:
        size = " × ".join(str(n) for n in shape) or "one number"
        reason = f"its answer ({size}) has no places of the picture that could be told"
        return _Answer(turn, shape, reason, table=len(shape) == 2)
    units = 1 if layout == "HW" else shape[-1] if layout in ("HWC", "TC") else shape[0]
    kinds: dict[str, Kind] = {"CHW": "map", "HW": "map", "C": "vector"}
    field = None
    if places is not None and layout != "C":
        field = receptive_field(places, *(1 if _has(axes, side) else None for side in (ROWS, COLUMNS)))
    context = places is not None and places.global_context and field is not None
    return _Answer(turn, shape, None, kinds.get(layout, "tokens"), units, grid, layout, field, context)


def _layout(shape: tuple[int, ...], axes: tuple[Axis, ...]) -> tuple[Layout | None, tuple[int, int] | None]:
    """Which axis is which, told by the places that were followed through the code, never by the sizes."""
    plain = [axis.plain() for axis in axes]
    if len(shape) == 1:
        return "C", None
    if len(shape) == 2:
        if plain == [ROWS, COLUMNS]:
            return "HW", (shape[0], shape[1])
        for index, layout in ((0, "TC"), (1, "CT")):
            grid = _grid(axes[index])
            if grid is not None and not axes[1 - index].sides():
                return layout, grid  # type: ignore[return-value]
    if len(shape) == 3:
        if plain == [ROWS, COLUMNS, None] and not axes[2].sides():
            return "HWC", (shape[0], shape[1])
        # Places that were lost on the way (attention, a map of 1×1) leave the usual order as the only guess.
        sides = [axis.sides() for axis in axes]
        if (
            not sides[0]
            and plain[1] in (ROWS, None)
            and plain[2] in (COLUMNS, None)
            and len(sides[1] | sides[2]) == sum(side is not None for side in plain)
        ):
            return "CHW", (shape[1], shape[2])
    return None, None


def _grid(axis: Axis) -> tuple[int, int] | None:
    """Rows and columns of an axis that holds the places row by row, maybe after a class token."""
    if not axis.factors or any(factor.weight != 1 or factor.side == OTHER for factor in axis.factors):
        return None
    sides = [factor.side for factor in axis.factors]
    counts = [factor.count for factor in axis.factors]
    if sides == [ROWS, COLUMNS]:
        return counts[0], counts[1]
    if sides == [ROWS]:
        return counts[0], 1
    return (1, counts[0]) if sides == [COLUMNS] else None


def _has(axes: tuple[Axis, ...], side: int) -> bool:
    return any(side in axis.sides() for axis in axes)


def _node(
    layer: nn.Module,
    path: str,
    answers: dict[nn.Module, _Answer],
    heads: Mapping[nn.Module, tuple[int, ...]],
    seen: set[nn.Module],
) -> LayerNode:
    seen.add(layer)
    below = [(name, child) for name, child in layer.named_children() if child not in seen]
    for _name, child in below:
        seen.add(child)
    nodes = [
        (_first_turn(child, answers), _node(child, f"{path}.{name}".lstrip("."), answers, heads, seen))
        for name, child in below
    ]
    nodes.sort(key=lambda pair: pair[0])
    answer = answers.get(layer)
    if answer is None:
        called = any(child in answers for child in layer.modules())
        reason = "it only holds other layers" if called else "it is not called for this picture"
        answer = _Answer(0, None, reason)
    parameters = sum(parameter.numel() for parameter in layer.parameters())
    kernel, type_ = _kernel_of(layer), _type_of(layer)

    def said(answer: _Answer, path: str, **more: Any) -> LayerNode:
        if answer.table and path and answer.shape is not None:  # the whole network's answer has its own ways
            grid = (answer.shape[0], answer.shape[1])
            answer = replace(answer, reason=None, kind="map", units=1, grid=grid, layout="TD")
        return LayerNode(
            path=path,
            type=type_,
            shape=answer.shape,
            units=answer.units,
            parameters=parameters,
            kind=answer.kind,
            grid=answer.grid,
            reason=answer.reason,
            receptive_field=answer.field,
            layout=answer.layout,
            global_context=answer.global_context,
            kernel=kernel,
            **more,
        )

    passes = []
    if answer.calls > 1 and path:
        passes += [said(one, f"{path}@{number}") for number, one in enumerate(answer.each, 1)]
    passes += [said(one, f"{path}@{HEADS}") for one in _heads(answer, heads.get(layer))]
    children = tuple(node for _turn, node in nodes)
    return said(answer, path, children=children, calls=answer.calls, passes=tuple(passes))


def _type_of(layer: nn.Module) -> str:
    """The class's name; layers of an exported program, and of TorchScript, know that of the class they came from."""
    named = getattr(layer, "type_name", None)
    original = named() if callable(named) else getattr(layer, "original_name", None)
    return original.rpartition(".")[2] if isinstance(original, str) and original else type(layer).__name__


def _kernel_of(layer: nn.Module) -> tuple[int, ...]:
    """Read where the layer keeps it, so that no code of a person's own is asked; a single number is both sides."""
    size = vars(layer).get("kernel_size")
    if type(size) is int:
        return (size, size) if type(layer).__name__.endswith("2d") else (size,)
    if isinstance(size, (tuple, list)) and size and all(type(side) is int for side in size):
        return tuple(size)
    return ()


def _first_turn(layer: nn.Module, answers: dict[nn.Module, _Answer]) -> float:
    """When the layer, or the first one in it, was called; those that never were come last."""
    return min((answers[one].turn for one in layer.modules() if one in answers), default=float("inf"))
