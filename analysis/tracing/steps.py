"""What a network computes for a picture, as a list of steps on tensors, whatever Python its forward pass is written in.

It is run with two and with three pictures: a whole number that differs between the runs follows the number of pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

from analysis.network.capture import tensor_in
from analysis.network.listening import listening
from analysis.tracing.trace import traced
from analysis.tracing.watch import watched


class NotUnderstood(Exception):  # noqa: N818 - it is a reason to go the plain way, no fault
    """Why the recorded steps cannot be run again for other pictures, in a few words."""


@dataclass(frozen=True)
class Ref:
    """Stands for a value that an earlier step computed (0 is the picture)."""

    value: int


@dataclass(frozen=True)
class PerPicture:
    """A whole number that grows with the number of pictures."""

    base: int
    slope: int

    def of(self, pictures: int) -> int:
        return self.base + self.slope * pictures


@dataclass(frozen=True)
class Step:
    """One call of a torch operation. `outputs` has one value for each tensor it returns."""

    operation: Any
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    outputs: tuple[int, ...]

    @property
    def name(self) -> str:
        """Without the namespace and without the mark of the in-place variant."""
        name: str = self.operation._schema.name
        return name.partition("::")[2].rstrip("_")

    @property
    def inputs(self) -> tuple[int, ...]:
        leaves, _ = tree_flatten((self.arguments, self.keywords))
        return tuple(leaf.value for leaf in leaves if isinstance(leaf, Ref))

    @property
    def in_place(self) -> bool:
        return _writes(self.operation)


@dataclass(frozen=True)
class RecordedPass:
    """Only the steps that the result needs.

    `per_picture` holds the values whose first axis is the pictures'; in `shapes` that axis is 1.
    """

    steps: tuple[Step, ...]
    shapes: dict[int, tuple[int, ...]]
    per_picture: frozenset[int]
    result: int


def record(module: nn.Module, picture: Tensor, layer: str | None) -> RecordedPass:
    """The steps from a 1×C×H×W picture to the layer's output, or to the network's where `layer` is None."""
    with watched(picture) as watch:
        module(watch.picture)
    if watch.decides:
        raise NotUnderstood("what it computes depends on values")
    runs = [_run(module, picture, pictures, layer) for pictures in (2, 3)]
    if len(runs[0].steps) != len(runs[1].steps) or runs[0].result != runs[1].result:
        raise NotUnderstood("its computation depends on the number of pictures")
    return _merged(*runs)


@dataclass
class _Run:
    steps: list[Step]
    tensors: dict[int, Tensor]
    result: int


def _run(module: nn.Module, picture: Tensor, pictures: int, layer: str | None) -> _Run:
    with torch.inference_mode(False):  # in inference mode torch shows operations before it has taken them apart
        return _run_apart(module, picture.repeat(pictures, 1, 1, 1), layer)


def _run_apart(module: nn.Module, batch: Tensor, layer: str | None) -> _Run:
    recorder = _Recorder(batch)
    seen: list[int] = []

    def keep(_module: nn.Module, _inputs: object, output: object) -> None:
        if (tensor := tensor_in(output)) is not None:
            seen.append(recorder.value_of(tensor))

    with torch.no_grad(), listening(module, {} if layer is None else {layer: keep}), traced(recorder):
        output = module(batch)
    if layer is None:
        keep(module, None, output)
    if not seen:
        raise NotUnderstood("the layer was not used")
    return _Run(recorder.steps, recorder.tensors, seen[-1])


class _Recorder:
    """Numbers every tensor that appears. An in-place operation gives its tensor a new number; views of the same memory
    that were made before are stale from then on."""

    def __init__(self, picture: Tensor) -> None:
        self.steps: list[Step] = []
        self.tensors: dict[int, Tensor] = {}
        self._values: dict[int, int] = {}  # id of a living tensor → value
        self._stale: set[int] = set()  # ids of those that look at memory which was written to by another name
        self._sharing: dict[int, set[int]] = {}
        self._number(picture)

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, Any]:
        """Its arguments, with what earlier steps computed named."""
        if torch.Tag.nondeterministic_seeded in operation.tags and not _without_chance(operation, args, kwargs):
            raise NotUnderstood("it draws random numbers")
        arguments, named = tree_map(self._reference, (args, kwargs))
        return arguments, named

    def after(
        self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: tuple[Any, Any], result: Any
    ) -> None:
        arguments, named = seen
        if _writes(operation):
            self._spoil(args[0])
        numbers = tuple(self._number(leaf) for leaf in tree_flatten(result)[0] if isinstance(leaf, Tensor))
        if not numbers and any(isinstance(leaf, Ref) for leaf in tree_flatten((arguments, named))[0]):
            raise NotUnderstood("what it computes depends on values")
        self.steps.append(Step(operation, arguments, named, numbers))

    def value_of(self, tensor: Tensor) -> int:
        if id(tensor) not in self._values:
            raise NotUnderstood("its answer does not come from the picture")
        if id(tensor) in self._stale:
            raise NotUnderstood("it writes into a tensor that it still uses under another name")
        return self._values[id(tensor)]

    def _reference(self, leaf: Any) -> Any:
        if not isinstance(leaf, Tensor) or id(leaf) not in self._values:
            return leaf.detach() if isinstance(leaf, nn.Parameter) else leaf
        return Ref(self.value_of(leaf))

    def _number(self, tensor: Tensor) -> int:
        value = len(self.tensors)
        self.tensors[value] = tensor  # kept, so that no later tensor gets its id
        self._values[id(tensor)] = value
        self._sharing.setdefault(tensor.untyped_storage().data_ptr(), set()).add(id(tensor))
        return value

    def _spoil(self, written: Tensor) -> None:
        if id(written) not in self._values:
            raise NotUnderstood("it changes its own weights or buffers")
        self._stale |= self._sharing[written.untyped_storage().data_ptr()] - {id(written)}


def _writes(operation: Any) -> bool:
    return any(a.alias_info is not None and a.alias_info.is_write for a in operation._schema.arguments)


def _without_chance(operation: Any, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
    """Whether this is a dropout that drops nothing; attention has one inside."""
    names = [argument.name for argument in operation._schema.arguments]
    given = {**dict(zip(names, arguments, strict=False)), **keywords}
    return ("dropout_p" in names and given.get("dropout_p", 0.0) == 0.0) or given.get("train") is False


def _merged(two: _Run, three: _Run) -> RecordedPass:
    """One recorded pass for any number of pictures; what does not depend on the pictures becomes a constant."""
    constants: dict[int, Tensor] = {}
    steps: list[Step] = []
    per_picture = {0}
    for a, b in zip(two.steps, three.steps, strict=True):
        if a.operation is not b.operation or a.outputs != b.outputs:
            raise NotUnderstood("its computation depends on the number of pictures")
        arguments, keywords = _together((a.arguments, a.keywords), (b.arguments, b.keywords), constants)
        step = Step(a.operation, arguments, keywords, a.outputs)
        pairs = [(value, two.tensors[value], three.tensors[value]) for value in a.outputs]
        if not step.inputs and all(x.shape == y.shape for _, x, y in pairs):
            constants.update({value: x for value, x, _ in pairs})
            continue
        per_picture |= {value for value, x, y in pairs if _along_first_axis(x.shape, y.shape)}
        steps.append(step)
    if two.result in constants:
        raise NotUnderstood("its answer does not depend on the picture")
    needed = {two.result}
    kept: list[Step] = []
    for step in reversed(steps):
        if needed.intersection(step.outputs):
            needed.update(step.inputs)
            kept.append(step)
    shapes = {value: tuple(two.tensors[value].shape) for value in needed.union(*(step.outputs for step in kept))}
    shapes |= {value: (1, *shapes[value][1:]) for value in shapes if value in per_picture}
    return RecordedPass(tuple(reversed(kept)), shapes, frozenset(per_picture), two.result)


def _along_first_axis(two: torch.Size, three: torch.Size) -> bool:
    return len(two) > 0 and two[0] == 2 and three[0] == 3 and two[1:] == three[1:]


def _together(a: Any, b: Any, constants: dict[int, Tensor]) -> Any:
    leaves, form = tree_flatten(a)
    others, other_form = tree_flatten(b)
    if form != other_form:
        raise NotUnderstood("its computation depends on the number of pictures")
    return tree_unflatten([_one(x, y, constants) for x, y in zip(leaves, others, strict=True)], form)


def _one(a: Any, b: Any, constants: dict[int, Tensor]) -> Any:
    if isinstance(a, Ref) and isinstance(b, Ref) and a == b:
        return constants.get(a.value, a)
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if a.shape == b.shape and a.dtype == b.dtype and (_same_memory(a, b) or torch.equal(a, b)):
            return a
    elif type(a) is type(b):
        if a == b:
            return a
        if type(a) is int:
            return PerPicture(base=3 * a - 2 * b, slope=b - a)
    raise NotUnderstood("its computation depends on values or on the number of pictures")


def _same_memory(a: Tensor, b: Tensor) -> bool:
    return a.data_ptr() == b.data_ptr() and a.stride() == b.stride()


def replayed(step: Step, values: Callable[[int], Tensor], pictures: int) -> Any:
    """Runs a step again for this many pictures."""

    def put(leaf: Any) -> Any:
        if isinstance(leaf, Ref):
            return values(leaf.value)
        return leaf.of(pictures) if isinstance(leaf, PerPicture) else leaf

    arguments, keywords = tree_map(put, (step.arguments, step.keywords))
    if step.name in ("view", "_unsafe_view"):  # maps lie channels last here, where a view may be impossible
        return arguments[0].reshape(arguments[1])
    if step.in_place:
        arguments = (arguments[0].clone(), *arguments[1:])
    return step.operation(*arguments, **keywords)
