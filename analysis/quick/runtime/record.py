"""What torch did in a pass, and with which weights, as one digest: who has the same computes the same.

It goes by torch's operations and not by what was written of them: a word that forgets what an operation was given would
write the same of two networks that are not the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256  # processors have instructions for it: three times as quick as others here
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._pytree import tree_leaves, tree_map

from analysis.quick.runtime.onnx_file import Array
from analysis.tracing.trace import written
from analysis.tracing.watch import Watch


class Record:
    """A reader of the trace. Memories are numbered as they are met; what was there before is held until it is read."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._told: list[str] = []
        self._numbers: dict[int, int] = {}
        self._made: list[StorageWeakRef] = []  # which keep an address from being given again
        self._before: dict[int, torch.UntypedStorage] = {}
        self._is_whole = True
        self._told.append(self._form(watch.picture, is_made=True))

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        self._tell(str(operation), (args, kwargs))
        for one in tree_leaves(written(operation, args, kwargs)):
            if isinstance(one, Tensor) and self._number(one, is_made=False) in self._before:
                self._is_whole = False

    def after(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: None, result: Any) -> None:
        self._tell("gave", result, is_made=True)

    def layer(self, path: str, output: Tensor) -> None:
        self._tell(f"layer {path}", output)

    def digest(self, constants: Mapping[str, Array]) -> str | None:
        """Also of these, whatever they are made of; None where not all was seen. It reads all weights."""
        if not self._is_whole:
            return None
        whole = sha256("\n".join(self._told).encode())
        places: list[tuple[int, int, int]] = []  # where a memory begins and ends, and its number
        for number, storage in self._before.items():
            numbers = torch.empty(0, dtype=torch.uint8).set_(storage)
            whole.update(f"\nmemory {number}, {len(numbers)} bytes\n".encode())
            whole.update(memoryview(numbers.numpy()))  # type: ignore[arg-type]
            places.append((storage.data_ptr(), storage.data_ptr() + len(numbers), number))
        for name, value in constants.items():
            whole.update(f"\n{name} {value.dtype.str} {value.shape} ".encode())
            begins = value.__array_interface__["data"][0]
            inside = (one for one in places if one[0] <= begins < one[1])
            if (place := next(inside, None)) is not None:
                whole.update(f"{place[2]} {begins - place[0]} {value.strides}".encode())
            else:
                whole.update(value.tobytes())
        return whole.hexdigest()

    def _tell(self, what: str, given: Any, is_made: bool = False) -> None:
        def told(one: Any) -> Any:
            return self._form(one, is_made) if isinstance(one, Tensor) else one

        self._told.append(f"{what} {tree_map(told, given)!r}")

    def _form(self, tensor: Tensor, is_made: bool) -> str:
        number = self._number(tensor, is_made)
        return f"{number} {tensor.dtype} {tuple(tensor.shape)} {tensor.stride()} {tensor.storage_offset()}"

    def _number(self, tensor: Tensor, is_made: bool) -> int:
        self._watch.looks_itself = True
        try:
            storage = tensor.untyped_storage()
            address = int(storage._cdata)
            if address not in self._numbers:
                self._numbers[address] = len(self._numbers)
                if is_made:
                    self._made.append(StorageWeakRef(storage))  # type: ignore[no-untyped-call]
                else:
                    self._before[self._numbers[address]] = storage
            return self._numbers[address]
        except RuntimeError:  # it has no memory, as a sparse one
            self._is_whole = False
            return -1
        finally:
            self._watch.looks_itself = False
