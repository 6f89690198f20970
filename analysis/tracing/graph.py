"""The operations of one pass that the picture goes through, and which of them gives to which.

What does not come from the picture, as a weight that is turned on its way, is no operation of its own: the one that
takes it names the weights that it was made of.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary

from analysis.network.capture import tensors_in
from analysis.tracing.measures import Measure, multiplications
from analysis.tracing.trace import Inside, traced, whereabouts, written

PICTURE = "picture"
CUT_OFF = (
    "What it answers does not come from the picture by operations that torch sees, because its code goes through NumPy "
    "or makes the answer of other numbers: the graph ends before the answer."
)


@dataclass(frozen=True)
class Node:
    """An operation; `module` is the path of the part that did it, which is of this `type`."""

    operation: str
    module: str
    type: str
    shapes: tuple[tuple[int, ...], ...]  # of what it gives
    parameters: Mapping[str, tuple[int, ...]]  # the weights and buffers that it takes, and their shapes
    inside: tuple[
        str, ...
    ] = ()  # all parts that hold it, the outermost first; `PATH@N` is the call of one with several
    multiplications: int = 0
    value: float = float("nan")  # what was measured of it


@dataclass(frozen=True)
class OperationGraph:
    """The first node is the picture. `edges` go from a node to one that takes what it gave; `answers` are the last."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]
    answers: tuple[int, ...]
    called: Mapping[str, str] = field(default_factory=dict)  # the parts that ran, by path, and of which type they are


def graph_of(module: nn.Module, picture: Tensor, measure: Measure | None = None) -> OperationGraph:
    """Of the pass over this 1×C×H×W picture; what the network raises comes out of here.

    What is measured of each operation is its node's value.
    """
    with torch.inference_mode(False), torch.no_grad():
        picture = picture.detach().clone()
        with whereabouts(module) as inside:
            reader = _Reader(module, picture, inside)
            if measure is not None:
                measure.begins(picture)
            with traced(reader, *([measure] if measure is not None else [])):
                output = module(picture)
    answers = {found for tensor in tensors_in(output) if (found := reader.maker(tensor)) is not None}
    values = [float("nan")] * len(reader.nodes)
    if measure is not None:
        values = [measure.values.get(number, float("nan")) for number in reader.numbers]
    nodes = [
        replace(node, inside=reader.holding(number, inside.counts), value=value)
        for number, (node, value) in enumerate(zip(reader.nodes, values, strict=True))
    ]
    called = {path: type_ for path, type_ in reader.types.items() if path in inside.counts}
    return OperationGraph(tuple(nodes), tuple(sorted(reader.edges)), tuple(sorted(answers)), called)


def _lies_otherwise(operation: Any, kwargs: Mapping[str, Any]) -> bool:
    """The copy, or the other view, that a flattening takes of numbers that do not lie in its order."""
    if _name_of(operation) == "as_strided":
        return True
    return bool(operation is torch.ops.aten.clone.default and kwargs.get("memory_format") is torch.contiguous_format)


class _Reader:
    """Notes which node made a tensor, or wrote into its memory since, by whichever view."""

    def __init__(self, module: nn.Module, picture: Tensor, inside: Inside) -> None:
        self.types = {path: _type_of(part) for path, part in module.named_modules()}
        self._inside = inside
        self._calls: list[dict[str, int]] = [{}]  # of each node: which call of the parts that hold it
        self.numbers = [-1]  # of each node: how many operations had been before it, of any kind
        self._operations = -1
        self._made: MutableMapping[Tensor, int] = WeakIdKeyDictionary({picture: 0})
        self._wrote: dict[int, tuple[StorageWeakRef, int]] = {}  # by the address of the memory: the last that did
        # Of what is made of weights alone: their names and shapes.
        self._own: MutableMapping[Tensor, dict[str, tuple[int, ...]]] = WeakIdKeyDictionary()
        for name, tensor in (*module.named_parameters(), *module.named_buffers()):
            self._own[tensor] = {name: tuple(tensor.shape)}
        self.nodes = [Node(PICTURE, "", "", (tuple(picture.shape),), {})]
        self.edges: set[tuple[int, int]] = set()

    def maker(self, tensor: Tensor) -> int | None:
        made = self._made.get(tensor)
        memory = _memory(tensor)
        wrote = self._wrote.get(memory.cdata) if memory is not None else None
        found = [one for one in (made, wrote[1] if wrote is not None else None) if one is not None]
        return max(found, default=None)

    def before(
        self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[set[int], dict[str, tuple[int, ...]]]:
        """The nodes whose tensors it takes, and the weights."""
        self._operations += 1
        taken = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        makers = {found for tensor in taken if (found := self.maker(tensor)) is not None}
        weights: dict[str, tuple[int, ...]] = {}
        for tensor in taken:
            weights |= self._own.get(tensor, {})
        return makers, weights

    def after(
        self,
        operation: Any,
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        seen: tuple[set[int], dict[str, tuple[int, ...]]],
        result: Any,
    ) -> None:
        makers, weights = seen
        given = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        changed = [leaf for leaf in tree_leaves(written(operation, args, kwargs)) if isinstance(leaf, Tensor)]
        if not makers:
            for tensor in given:
                self._own[tensor] = weights
            return
        if _lies_otherwise(operation, kwargs):  # how numbers lie in memory is the machine's matter, not the network's
            self._made[(given or changed)[0]] = max(makers)
            return
        number = len(self.nodes)
        where = self._inside[-1] if self._inside else ""
        shapes = tuple(tuple(tensor.shape) for tensor in given or changed)
        name, count = _name_of(operation), multiplications(operation, args, kwargs, given)
        self.nodes.append(Node(name, where, self.types.get(where, ""), shapes, weights, multiplications=count))
        self._calls.append(dict(zip(self._inside, self._inside.calls, strict=True)))
        self.numbers.append(self._operations)
        self.edges |= {(maker, number) for maker in makers}
        for tensor in given:
            self._made[tensor] = number
        for tensor in changed:
            if (memory := _memory(tensor)) is not None:
                self._wrote[memory.cdata] = memory, number

    def holding(self, number: int, counts: Mapping[str, int]) -> tuple[str, ...]:
        """The parts that hold a node by their paths, whether they were called themselves or only keep others."""
        names, calls = self.nodes[number].module.split("."), self._calls[number]
        paths = [".".join(names[: depth + 1]) for depth in range(len(names))] if names[0] else []
        return tuple(f"{path}@{calls[path]}" if counts.get(path, 0) > 1 and path in calls else path for path in paths)


def _name_of(operation: Any) -> str:
    """`relu_` and `relu` are the same operation; those of other libraries keep the name of theirs."""
    space, _, name = operation._schema.name.partition("::")
    name = name if name.startswith("_") and name.endswith("_") else name.rstrip("_")
    return name if space == "aten" else f"{space}.{name}"


def _type_of(part: nn.Module) -> str:
    original = getattr(part, "original_name", None)  # of TorchScript
    return original if isinstance(original, str) else type(part).__name__


def _memory(tensor: Tensor) -> StorageWeakRef | None:
    try:
        return StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]
    except (NotImplementedError, RuntimeError):  # sparse ones have several, and others none
        return None
