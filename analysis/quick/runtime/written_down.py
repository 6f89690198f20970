"""A pass over a network, written down as a graph while torch computes it.

What is written holds for other pictures of this size where no value decides what is done, which is watched. What an
operation overwrites has a new name from then on; a view of it that is read afterwards has none, and ends the writing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary

from analysis.network.capture import tensor_in
from analysis.network.listening import listening
from analysis.quick.runtime.onnx_file import INPUT, Array, Attribute, Graph, Node, can_be_written
from analysis.quick.runtime.operations import NoWordsError, words_for
from analysis.tracing.trace import traced, written
from analysis.tracing.watch import Watch, watched

_LARGE = 1024  # numbers; fewer are looked up among those that were written before
_TOLD_OTHERWISE = "aten::as_strided_"  # how torch says of a single place that its channels are last


@dataclass(frozen=True)
class Written:
    """What every named layer, and the network itself, gives: names in the graph, and their forms."""

    graph: Graph
    answer: str | None
    layers: Mapping[str, str]


def written_down(module: nn.Module, given: Tensor, paths: Sequence[str]) -> Written | None:
    """None where there are no words for what the pass does, or values decide what it is.

    The module must be nobody else's while this runs, so that no other pass is heard. Layers that do not answer with
    numbers that come from the picture are left out.
    """
    if given.dtype != torch.float32 or given.device.type != "cpu":
        return None
    layers: dict[str, str] = {}
    with watched(given) as watch:
        recorder = _Recorder(watch)

        def note(path: str) -> Any:
            def hear(_part: nn.Module, _given: object, output: object) -> None:
                tensor = tensor_in(output)
                layers.pop(path, None)
                if tensor is not None and recorder.is_known(tensor) and tensor.dtype == torch.float32:
                    layers[path] = recorder.output(tensor)

            return hear

        try:
            with traced(recorder), listening(module, {path: note(path) for path in paths}):
                answer = tensor_in(module(watch.picture))
            answered = None
            if answer is not None:
                if not recorder.is_known(answer) or answer.dtype != torch.float32:
                    return None
                answered = recorder.output(answer)
        except NoWordsError:
            return None
        if watch.decides or watch.changes:  # what is written to may be another number the next time
            return None
    return Written(recorder.graph(tuple(given.shape)), answered, layers)


# What is made has the size and kind of what is given, and nothing of its numbers.
_ONLY_THE_FORM = tuple(f"aten::{name}" for name in ("new_zeros", "new_ones", "new_full", "zeros_like", "ones_like"))


def _lies(tensor: Tensor) -> object:
    """Where its numbers are: of an axis of one place the step says nothing."""
    steps = [step for step, size in zip(tensor.stride(), tensor.shape, strict=True) if size > 1]
    return tensor.shape, steps, tensor.storage_offset()


@dataclass(frozen=True)
class _Named:
    name: str
    memory: int
    writes: int  # how often its memory had been written to when it got the name


class _Recorder:
    """A reader of the trace that is also what the operations' words write to."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._named = WeakIdKeyDictionary()
        self._memories: dict[int, StorageWeakRef] = {}  # which keep an address from being given again
        self._writes: dict[int, int] = {}
        self._lent: set[int] = set()  # memories that became constants or weights
        self._by_place: dict[tuple[object, ...], str] = {}
        self._nodes: list[Node] = []
        self._constants: dict[str, Array] = {}
        self._named[watch.picture] = _Named(INPUT, self._memory(watch.picture), 0)

    def graph(self, given: tuple[int, ...]) -> Graph:
        return Graph(given, self._nodes, self._constants)

    # What a reader is told.

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> object:
        return _lies(args[0]) if operation._schema.name == _TOLD_OTHERWISE else None

    def after(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: object, result: Any) -> None:
        if operation._schema.name == _TOLD_OTHERWISE and seen == _lies(args[0]):
            return
        if torch.Tag.nondeterministic_seeded in operation.tags and "attention" not in operation._schema.name:
            raise NoWordsError("lots are drawn")  # attention could, too; whose words know whether it does
        into = [one for one in tree_leaves(written(operation, args, kwargs)) if isinstance(one, Tensor)]
        given = [one for one in tree_leaves((args, kwargs)) if isinstance(one, Tensor)]
        if operation._schema.name in _ONLY_THE_FORM:
            return
        if not any(map(self.is_known, given)):
            if any(self._memory(one) in self._lent or self.is_known(one) for one in into):
                raise NoWordsError("what was read is written to")
            return
        schema = operation._schema
        values = [*args, *(kwargs.get(one.name, one.default_value) for one in schema.arguments[len(args) :])]
        try:
            names = words_for(schema.name)(self, values, result)
        except (TypeError, ValueError, IndexError) as error:  # a way of this operation that was not thought of
            raise NoWordsError(str(schema)) from error
        for one in into:
            if self._memory(one) in self._lent:
                raise NoWordsError("a weight is written to")
            self._writes[self._memory(one)] = self._writes.get(self._memory(one), 0) + 1
        results = list(result) if isinstance(result, (list, tuple)) else [result]
        for tensor, name in zip(results, [names] if isinstance(names, str) else names, strict=True):
            if isinstance(tensor, Tensor) and name:
                memory = self._memory(tensor)
                self._named[tensor] = _Named(name, memory, self._writes.get(memory, 0))

    # What the words write to.

    def is_known(self, tensor: object) -> bool:
        return isinstance(tensor, Tensor) and tensor in self._named

    def name(self, tensor: Tensor) -> str:
        if tensor not in self._named:
            return self._fixed(tensor)
        named: _Named = self._named[tensor]
        if self._writes.get(named.memory, 0) != named.writes:
            raise NoWordsError("a view of what was overwritten")
        return named.name

    def constant(self, value: Array) -> str:
        key = (value.dtype.str, value.shape, value.tobytes()) if value.size < _LARGE else (id(value),)
        if key not in self._by_place:
            self._by_place[key] = f"constant{len(self._constants)}"
            self._constants[self._by_place[key]] = value
        return self._by_place[key]

    def add(self, operation: str, *inputs: str, **attributes: Attribute) -> str:
        while inputs and not inputs[-1]:
            inputs = inputs[:-1]
        name = f"value{len(self._nodes)}"
        self._nodes.append(Node(operation, inputs, (name,), attributes))
        return name

    def output(self, tensor: Tensor) -> str:
        """A name that can be an output, which the input's cannot."""
        name = self.name(tensor)
        return self.add("Identity", name) if name == INPUT else name

    def _fixed(self, tensor: Tensor) -> str:
        """What does not come from the picture: a weight, or what is computed of weights."""
        memory = self._memory(tensor)
        if self._writes.get(memory):
            raise NoWordsError("partly written to")
        key = (memory, tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype)
        if key in self._by_place:
            return self._by_place[key]
        if tensor.is_quantized or tensor.is_sparse or tensor.is_complex():
            raise NoWordsError("no plain numbers")
        value = tensor.detach().numpy()
        if not can_be_written(value.dtype):
            raise NoWordsError(str(tensor.dtype))
        self._lent.add(memory)
        self._by_place[key] = self.constant(value.copy() if value.size < _LARGE else value)
        return self._by_place[key]

    def _memory(self, tensor: Tensor) -> int:
        self._watch.looks_itself = True
        try:
            memory = StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]
        except (NotImplementedError, RuntimeError) as error:
            raise NoWordsError("no memory of its own") from error
        finally:
            self._watch.looks_itself = False
        self._memories.setdefault(memory.cdata, memory)
        address: int = memory.cdata
        return address
