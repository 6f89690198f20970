"""What one forward pass computes, written down operation by operation, so that a part of it can be computed again.

Tensors are told apart by the memory they look at, since a view and what it is a view of are changed together. Whatever
is overwritten in place is kept as it was, so that a part can be computed again as it was computed first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_map

from analysis.tracing.trace import traced, whereabouts, written

_WIDE = {
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float32: torch.float64,
    torch.complex64: torch.complex128,
}


@dataclass(frozen=True, eq=False)
class Place:
    """A tensor as it looked at its memory when an operation took or gave it."""

    tensor: Tensor  # kept, or its memory would be used again
    memory: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    follows: bool  # whether it has a derivative by the picture
    is_view: bool

    def is_all_of(self, memory: int) -> bool:
        count = self.tensor.untyped_storage().nbytes() // self.tensor.element_size()
        return self.memory == memory and torch.Size(self.shape).numel() == count

    def of(self, memory: Tensor) -> Tensor:
        return memory.view(_wide(self.tensor.dtype)).as_strided(self.shape, self.stride, self.offset)


@dataclass(frozen=True, eq=False)
class Executed:
    """One operation; `where` is the path of the module that did it."""

    operation: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    taken: tuple[Place, ...]
    given: tuple[Place, ...]
    changed: frozenset[int]  # the memories that it wrote into in place
    where: str
    differentiated: bool  # whether autograd recorded it

    @property
    def name(self) -> str:
        """`relu_` and `relu` are the same operation."""
        full: str = self.operation.overloadpacket.__name__
        return full if full.startswith("__") else full.rstrip("_")

    @property
    def written(self) -> frozenset[int]:
        taken = {place.memory for place in self.taken}
        return self.changed | {place.memory for place in self.given if place.memory not in taken}

    @property
    def only_looks(self) -> bool:
        """Whether it is a view of what there was."""
        return not self.written


@dataclass
class Computation:
    """`unseen` is an operation that could not be written down, such as one of sparse tensors."""

    steps: list[Executed] = field(default_factory=list)
    unseen: str | None = None
    _before: dict[int, list[tuple[int, Tensor]]] = field(default_factory=dict)

    def keep(self, place: Place) -> None:
        """The memory as it is before the next step."""
        self._before.setdefault(place.memory, []).append((len(self.steps), _all_of(place.tensor).clone()))

    def memory(self, place: Place, number: int) -> Tensor:
        """All of the memory that `place` looks at, as it was before step `number`, in double precision."""
        kept = next((kept for before, kept in self._before.get(place.memory, ()) if before >= number), None)
        found = kept if kept is not None else _all_of(place.tensor)
        return found.to(_wide(found.dtype), copy=True)

    def value(self, place: Place, number: int) -> Tensor:
        return place.of(self.memory(place, number))

    def again(
        self,
        source: Place,
        number: int,
        values: Tensor,
        stops: Callable[[Executed], bool],
        end: int,
        silent: int | None = None,
    ) -> Iterator[tuple[int, Tensor]]:
        """What the steps from `number` to `end` make of other values of `source`: all that one that stops takes of it.

        The number of that step comes with it. What does not come from the source stays as it was, and what the step
        `silent` gives is 0.
        """
        memories = {source.memory: self.memory(source, number)}
        source.of(memories[source.memory]).copy_(values)
        for i in range(number, end):
            step = self.steps[i]
            touched = [place for place in step.taken if place.memory in memories]
            if not touched or step.only_looks or torch.Tag.nondeterministic_seeded in step.operation.tags:
                continue
            if stops(step):
                yield from ((i, place.of(memories[place.memory]).clone()) for place in touched if step.differentiated)
                for memory in step.changed:
                    memories.pop(memory, None)
                continue
            self._do_again(i, memories)
            if i == silent:
                for place in step.given:
                    place.of(memories[place.memory]).zero_()
        for place in self.steps[end - 1].given:
            if place.memory in memories:
                yield end, place.of(memories[place.memory]).clone()

    def _do_again(self, i: int, memories: dict[int, Tensor]) -> None:
        step = self.steps[i]
        for place in step.taken:
            if place.memory in step.changed and place.memory not in memories:
                memories[place.memory] = self.memory(place, i)
        places = iter(step.taken)

        def now(arg: Any) -> Any:
            if isinstance(arg, Tensor):
                place = next(places)
                return place.of(memories[place.memory]) if place.memory in memories else self.value(place, i)
            return _wide(arg) if isinstance(arg, torch.dtype) else arg

        args, kwargs = tree_map(now, (step.args, step.kwargs))
        results = [one for one in tree_flatten(step.operation(*args, **kwargs))[0] if isinstance(one, Tensor)]
        for place, result in zip(step.given, results, strict=True):
            if place.memory in step.changed:
                continue
            if place.shape != result.shape:
                raise RuntimeError("The shape of a result depends on values.")
            if place.memory not in memories:
                memories[place.memory] = torch.zeros_like(self.memory(place, i + 1))
            place.of(memories[place.memory]).copy_(result)


@contextmanager
def written_down(module: nn.Module) -> Iterator[Computation]:
    """Fills the yielded computation with what is computed in the block."""
    computation = Computation()
    with whereabouts(module) as inside, traced(_Writer(computation, inside)):
        yield computation


_Before = tuple[tuple[Place, ...], frozenset[int]]  # what it takes, and the memories that it will change


class _Writer:
    def __init__(self, computation: Computation, inside: Sequence[str]) -> None:
        self._computation, self._inside = computation, inside

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> _Before | None:
        """What it will change is kept as it is."""
        try:
            changed = _places(written(operation, args, kwargs)) if operation._schema.is_mutable else ()
            for place in changed:
                self._computation.keep(place)
            return _places((args, kwargs)), frozenset(place.memory for place in changed)
        except (NotImplementedError, RuntimeError):  # tensors without memory of the usual kind
            self._computation.unseen = str(operation)
            return None

    def after(
        self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: _Before | None, result: Any
    ) -> None:
        computation = self._computation
        if seen is None or computation.unseen is not None:
            return
        taken, changed = seen
        differentiated = torch.is_grad_enabled() and any(place.follows for place in taken)
        where = self._inside[-1] if self._inside else ""
        try:
            given = _places(result)
            computation.steps.append(
                Executed(operation, tuple(args), dict(kwargs), taken, given, changed, where, differentiated)
            )
        except (NotImplementedError, RuntimeError):
            computation.unseen = str(operation)


def _places(nest: Any) -> tuple[Place, ...]:
    return tuple(_place(one) for one in tree_flatten(nest)[0] if isinstance(one, Tensor))


def _place(tensor: Tensor) -> Place:
    memory = tensor.untyped_storage()._cdata
    return Place(
        tensor,
        memory,
        tuple(tensor.shape),
        tensor.stride(),
        int(tensor.storage_offset()),
        tensor.requires_grad,
        tensor._is_view(),
    )


def _all_of(tensor: Tensor) -> Tensor:
    plain = tensor.detach()
    count = tensor.untyped_storage().nbytes() // tensor.element_size()
    return plain.as_strided((count,), (1,), 0)


def _wide(dtype: torch.dtype) -> torch.dtype:
    return _WIDE.get(dtype, dtype)
