"""What one pass over a network does with its tensors: who takes what, what is kept, and whether values decide.

It is seen at the operations that torch executes and at what Python reads, whatever the code is called. A shortcut that
leaves something out asks here whether nobody else wanted it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from analysis.tracing.trace import traced, written

# How Python comes to a tensor's numbers without an operation of torch.
_OUT_OF_SIGHT = ("tolist", "numpy", "__array__", "__dlpack__", "data_ptr", "untyped_storage", "storage")
_ABOUT_THE_FORM = ("size", "stride", "storage_offset", "dim", "numel", "is_contiguous", "layout", "device", "len")


@dataclass
class Taken:
    """Who took a memory since it was followed: the name of the part that ran then, or "" for any other code."""

    memory: StorageWeakRef
    by: list[str] = field(default_factory=list)

    @property
    def is_kept(self) -> bool:
        """Whether someone still holds it."""
        return not self.memory.expired()  # type: ignore[no-untyped-call]


class Watch:
    """Of one pass over what is computed from `picture`; see `watched`."""

    def __init__(self, picture: Tensor) -> None:
        self.picture = picture
        self.decides = False  # a number or a shape that comes from the picture was read, and may choose what follows
        self.coarseness = 0.0  # the largest ε of the numbers that were computed with
        self.running: list[str] = []  # the parts that are being called, the innermost last
        self.looks_itself = False  # what is read now is read for this
        # By their address, which nothing new gets as long as there is a weak reference.
        self._from_picture: dict[int, StorageWeakRef] = {}
        self._new: dict[int, StorageWeakRef] = {}
        self._changed: dict[int, StorageWeakRef] = {}  # what was there before the pass and was written to
        self._followed: dict[int | None, Taken] = {}
        self._note(picture, (self._new, self._from_picture))

    def follow(self, tensor: Tensor) -> Taken | None:
        """From now on notes who takes this memory, by whichever view; None where it has no memory of its own."""
        memory = self._memory(tensor)
        if memory is None:
            return None
        return self._followed.setdefault(memory.cdata, Taken(memory))

    def address(self, tensor: Tensor) -> int | None:
        """Of its memory, which its views share."""
        memory = self._memory(tensor)
        return None if memory is None else memory.cdata

    def changed(self, tensor: Tensor) -> bool:
        """Whether the pass wrote into it, though it was there before, as a weight is."""
        return self.address(tensor) in self._changed

    @property
    def changes(self) -> bool:
        """Whether the pass wrote into anything that was there before."""
        return bool(self._changed)

    def comes_from_picture(self, tensor: Tensor) -> bool:
        memory = self._memory(tensor)
        return memory is None or memory.cdata in self._from_picture

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[bool, set[int]]:
        """Whether what it takes comes from the picture, and the addresses of that."""
        given = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        memories = [self._memory(tensor) for tensor in given]
        by = self.running[-1] if self.running else ""
        for memory in memories:
            if memory is not None and memory.cdata in self._followed:
                self._followed[memory.cdata].by.append(by)
        from_picture = any(memory is None or memory.cdata in self._from_picture for memory in memories)
        for tensor in tree_leaves(written(operation, args, kwargs)):
            if not isinstance(tensor, Tensor):
                continue
            memory = self._memory(tensor)
            if memory is not None and memory.cdata not in self._new:
                self._changed[memory.cdata] = memory
            if from_picture:
                self._note(tensor, (self._from_picture,))
        return from_picture, {memory.cdata for memory in memories if memory is not None}

    def after(
        self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: tuple[bool, set[int]], result: Any
    ) -> None:
        from_picture, old = seen
        made = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        for tensor in made:
            memory = self._memory(tensor)
            if memory is not None and memory.cdata not in old:
                self._new[memory.cdata] = memory
            if from_picture:
                self._note(tensor, (self._from_picture,))
            if tensor.is_floating_point():
                self.coarseness = max(self.coarseness, torch.finfo(tensor.dtype).eps)
        if from_picture and (_tells_values(operation, made) or shape_depends_on_values(operation, args)):
            self.decides = True

    def _memory(self, tensor: Tensor) -> StorageWeakRef | None:
        self.looks_itself = True
        try:
            return StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]
        except (NotImplementedError, RuntimeError):  # sparse ones have several, and others none
            return None
        finally:
            self.looks_itself = False

    def _note(self, tensor: Tensor, lists: tuple[dict[int, StorageWeakRef], ...]) -> None:
        if (memory := self._memory(tensor)) is not None:
            for one in lists:
                one[memory.cdata] = memory


class _Reading(TorchFunctionMode):
    """Sees what takes a tensor's numbers past torch's operations."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") in _OUT_OF_SIGHT and not self._watch.looks_itself:
            tensors = [one for one in args[:1] if isinstance(one, Tensor)]
            self._watch.decides |= any(self._watch.comes_from_picture(one) for one in tensors)
        return func(*args, **(kwargs or {}))


@contextmanager
def watched(given: Tensor) -> Iterator[Watch]:
    """Watches the pass over `watch.picture`, a copy of `given`, in this block; it makes no graph."""
    with torch.inference_mode(False), torch.no_grad():  # where tensors count how often they are changed
        watch = Watch(given.clone())
        with _Reading(watch), traced(watch):
            yield watch


def form_of(tensor: Tensor) -> tuple[object, ...]:
    """How it lies in its memory."""
    return tensor.shape, tensor.stride(), tensor.storage_offset(), tensor.dtype


def _tells_values(operation: Any, made: list[Tensor]) -> bool:
    """Whether it answers with a number or with yes or no instead of a tensor, and not about the tensor's form."""
    returns = operation._schema.returns
    if made or not returns or operation._schema.name.rpartition("::")[2] in _ABOUT_THE_FORM:
        return False
    return any(str(one.type) in ("number", "Scalar", "bool", "int", "float", "complex") for one in returns)


def shape_depends_on_values(operation: Any, args: Sequence[Any]) -> bool:
    """What follows may have been chosen by how many places were found."""
    if torch.Tag.dynamic_output_shape not in operation.tags:
        return False
    if operation is torch.ops.aten.index.Tensor:  # by numbers of places it gives as many
        return any(isinstance(one, Tensor) and one.dtype in (torch.bool, torch.uint8) for one in args[1])
    return True
