"""A pass over a network, written down as a graph while torch computes it.

What is written holds for other pictures of this size where no value decides what is done, which is watched. What an
operation overwrites has a new name from then on; so has what lies in the same memory, as soon as it is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary

from analysis.network.capture import tensor_in
from analysis.network.listening import listening
from analysis.quick.runtime.onnx_file import INPUT, Array, Attribute, Graph, Node, can_be_written
from analysis.quick.runtime.operations.table import words_for
from analysis.quick.runtime.operations.words import NoWordsError
from analysis.quick.runtime.overwritten import Layout, Write, covered, layout_of, meet
from analysis.quick.runtime.record import Record
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
    by_torch: Record


def written_down(module: nn.Module, given: Tensor, paths: Sequence[str]) -> Written | None:
    """None where there are no words for what the pass does, or values decide what it is.

    The module must be nobody else's while this runs, so that no other pass is heard. Layers that do not answer with
    numbers that come from the picture are left out.
    """
    if given.dtype != torch.float32 or given.device.type != "cpu":
        return None
    layers: dict[str, str] = {}
    with watched(given) as watch:
        recorder, record = _Recorder(watch), Record(watch)

        def note(path: str) -> Any:
            def hear(_part: nn.Module, _given: object, output: object) -> None:
                tensor = tensor_in(output)
                layers.pop(path, None)
                if tensor is not None and recorder.has_words(tensor):
                    layers[path] = recorder.output(tensor)
                    record.layer(path, tensor)

            return hear

        try:
            with traced(recorder, record), listening(module, {path: note(path) for path in paths}):
                answer = tensor_in(module(watch.picture))
            answered = None
            if answer is not None:
                if not recorder.has_words(answer):
                    return None
                answered = recorder.output(answer)
                record.layer("", answer)
        except NoWordsError:
            return None
        if watch.decides or watch.changes:  # what is written to may be another number the next time
            return None
    return Written(recorder.graph(tuple(given.shape)), answered, layers, record)


# What is made has the size and kind of what is given, and nothing of its numbers.
_FORMS = ("new_zeros", "new_ones", "new_full", "new_empty", "zeros_like", "ones_like", "full_like", "empty_like")
_ONLY_THE_FORM = tuple(f"aten::{name}" for name in _FORMS)
# What may make NaN of numbers that are none, or what becomes it.
_MAY_MAKE_NONE = ("Div", "Reciprocal", "Log", "Sqrt", "Pow", "Asin", "Acos", "Exp")
_JUMPS = "Sign"


def _tensors(given: Any) -> list[Tensor]:
    return [one for one in tree_leaves(given) if isinstance(one, Tensor)]


def _lies(tensor: Tensor) -> object:
    """Where its numbers are: of an axis of one place the step says nothing."""
    steps = [step for step, size in zip(tensor.stride(), tensor.shape, strict=True) if size > 1]
    return tensor.shape, steps, tensor.storage_offset()


@dataclass(frozen=True)
class _Named:
    name: str  # "" where it was left out
    memory: int
    writes: int  # how many there had been to its memory when it got the name
    layout: Layout


class _Recorder:
    """A reader of the trace that is also what the operations' words write to."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._named = WeakIdKeyDictionary()
        self._memories: dict[int, StorageWeakRef] = {}  # which keep an address from being given again
        self._writes: dict[int, list[Write]] = {}
        self._began: dict[int, Tensor] = {}  # what was in a memory before anything of the picture was written to it
        self._lent: set[int] = set()  # memories that became constants or weights
        self._by_place: dict[tuple[object, ...], str] = {}
        self._nodes: list[Node] = []
        self._made_by: dict[str, Node] = {}
        self._maybe_none: set[str] = set()
        self._constants: dict[str, Array] = {}
        self._note(watch.picture, INPUT)

    def graph(self, given: tuple[int, ...]) -> Graph:
        return Graph(given, self._nodes, self._constants)

    # What a reader is told.

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> object:
        if operation._schema.name == _TOLD_OTHERWISE:
            return _lies(args[0])
        into = _tensors(written(operation, args, kwargs))
        if into and any(map(self.is_known, _tensors((args, kwargs)))):
            for one in into:
                if not self.is_known(one) and self._memory(one) not in self._lent and one.dtype == torch.float32:
                    places = one.untyped_storage().nbytes() // one.element_size()
                    self._began[self._memory(one)] = one.detach().as_strided((places,), (1,), 0).clone()
        return None

    def after(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: object, result: Any) -> None:
        if operation._schema.name == _TOLD_OTHERWISE and seen == _lies(args[0]):
            return
        if torch.Tag.nondeterministic_seeded in operation.tags and "attention" not in operation._schema.name:
            raise NoWordsError("lots are drawn")  # attention could, too; whose words know whether it does
        into = _tensors(written(operation, args, kwargs))
        given = _tensors((args, kwargs))
        if operation._schema.name in _ONLY_THE_FORM:
            return
        if not any(map(self.is_known, given)):
            if any(self._memory(one) in self._lent for one in into):
                raise NoWordsError("what was read is written to")
            return
        if torch.Tag.inplace_view in operation.tags and not self._is_new(args[0]):
            raise NoWordsError("it was written to, and lies otherwise now")
        if any(map(self._is_left_out, given)):
            self._leave_out(into, result)
            return
        schema = operation._schema
        values = [*args, *(kwargs.get(one.name, one.default_value) for one in schema.arguments[len(args) :])]
        try:
            names = words_for(schema.name)(self, values, result)
        except (TypeError, ValueError, IndexError) as error:  # a way of this operation that was not thought of
            raise NoWordsError(str(schema)) from error
        results = list(result) if isinstance(result, (list, tuple)) else [result]
        named = list(zip(results, [names] if isinstance(names, str) else names, strict=True))
        for one in into:
            memory = self._memory(one)
            if memory in self._lent:
                raise NoWordsError("a weight is written to")
            mine = layout_of(one)
            for other in given:
                if self._memory(other) == memory and (lies := layout_of(other)) != mine and meet(mine, lies):
                    raise NoWordsError("what is read is overwritten meanwhile, in an order of torch's own")
            name = next((name for tensor, name in named if tensor is one), "")
            if not name:
                raise NoWordsError("what is written is not its result")
            self._writes.setdefault(memory, []).append(Write(mine, name))
        for tensor, name in named:
            if isinstance(tensor, Tensor):
                self._note(tensor, name)

    def _note(self, tensor: Tensor, name: str) -> None:
        memory = self._memory(tensor)
        self._named[tensor] = _Named(name, memory, len(self._writes.get(memory, ())), layout_of(tensor))

    def _is_left_out(self, tensor: Tensor) -> bool:
        named = self._entry(tensor)
        return named is not None and not named.name

    def _leave_out(self, into: Sequence[Tensor], result: Any) -> None:
        """What is made of what has no name has none either."""
        if into:
            raise NoWordsError("written to by what was left out")
        for one in _tensors(result):
            self._note(one, "")

    # What the words write to.

    def is_known(self, tensor: object) -> bool:
        if not isinstance(tensor, Tensor):
            return False
        return tensor in self._named or (bool(self._began) and self._memory(tensor) in self._began)

    def has_words(self, tensor: Tensor) -> bool:
        """Whether it can be an output."""
        return self.is_known(tensor) and not self._is_left_out(tensor) and tensor.dtype == torch.float32

    def name(self, tensor: Tensor) -> str:
        named = self._entry(tensor)
        if named is None:
            memory = self._memory(tensor)
            if memory not in self._began:
                return self._fixed(tensor)
            if tensor.dtype != torch.float32:
                raise NoWordsError("written to as other numbers")
            layout = layout_of(tensor)
            began = self.constant(self._began[memory].as_strided(*layout).contiguous().numpy())
            named = _Named(began, memory, 0, layout)
        if not named.name:
            raise NoWordsError("left out")
        writes = self._writes.get(named.memory, [])
        if named.writes < len(writes):
            if named.layout != layout_of(tensor):
                raise NoWordsError("it was written to, and lies otherwise now")
            name = covered(self, named.name, named.layout, writes[named.writes :])
            named = _Named(name, named.memory, len(writes), named.layout)
        self._named[tensor] = named
        return named.name

    def _entry(self, tensor: Tensor) -> _Named | None:
        return self._named.get(tensor, None)  # type: ignore[no-untyped-call,no-any-return]

    def _is_new(self, tensor: Tensor) -> bool:
        """Whether nothing was written to its memory since it got its name."""
        named = self._entry(tensor)
        return named is not None and named.writes == len(self._writes.get(named.memory, ()))

    def may_be_none(self, name: str) -> bool:
        return name in self._maybe_none

    def made_by(self, name: str) -> tuple[str, tuple[str, ...]]:
        node = self._made_by.get(name)
        return ("", ()) if node is None else (node.operation, node.inputs)

    def constant(self, value: Array) -> str:
        key = (value.dtype.str, value.shape, value.tobytes()) if value.size < _LARGE else (id(value),)
        if key not in self._by_place:
            self._by_place[key] = f"constant{len(self._constants)}"
            self._constants[self._by_place[key]] = value
        return self._by_place[key]

    def add(self, operation: str, *inputs: str, **attributes: Attribute) -> str:
        return self.add_several(1, operation, *inputs, **attributes)[0]

    def add_several(self, count: int, operation: str, *inputs: str, **attributes: Attribute) -> list[str]:
        while inputs and not inputs[-1]:
            inputs = inputs[:-1]
        self._must_not_jump(inputs)
        names = [f"value{len(self._nodes)}", *(f"value{len(self._nodes)}.{place}" for place in range(1, count))]
        node = Node(operation, inputs, tuple(names), attributes)
        self._nodes.append(node)
        for name in names:
            self._made_by[name] = node
        if self._may_make_none(node) or self._maybe_none.intersection(inputs):
            self._maybe_none.update(names)
        return names

    def output(self, tensor: Tensor) -> str:
        """A name that can be an output, which the input's cannot."""
        name = self.name(tensor)
        self._must_not_jump([name])
        return self.add("Identity", name) if name == INPUT else name

    def _must_not_jump(self, names: Sequence[str]) -> None:
        if any(self.made_by(name)[0] == _JUMPS for name in names):
            raise NoWordsError("it jumps where rounding may decide")

    def _may_make_none(self, node: Node) -> bool:
        if node.operation not in _MAY_MAKE_NONE:
            return False
        by = self._constants.get(node.inputs[-1]) if node.operation in ("Div", "Pow") else None
        if by is None:
            return True
        return not bool(by.all() if node.operation == "Div" else (by == np.floor(by)).all())

    def _fixed(self, tensor: Tensor) -> str:
        """What does not come from the picture: a weight, or what is computed of weights."""
        memory = self._memory(tensor)
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
