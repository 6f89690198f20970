"""The one place that sees the operations that torch executes, whatever module, function or method they come from.

A pass is read while it happens, by one or by several readers: which places a tensor stands for, who takes a memory,
the steps that can be run again. Each keeps what it needs and no more; a list of all tensors, from which everything
could be told afterwards, would hold every map of the pass at once, and what is overwritten in place would be gone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from analysis.network.listening import listening


class Reader(Protocol):
    """Is told of every operation twice; what it makes of the first comes back with the second."""

    def before(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any: ...

    def after(self, operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any], seen: Any, result: Any) -> None: ...


class _Trace(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, readers: Sequence[Reader]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._readers = readers

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Otherwise torch imports its compiler on the first operation, which takes a second."""
        return False

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        seen = [reader.before(operation, args, kwargs) for reader in self._readers]
        result = operation(*args, **kwargs)
        for reader, one in zip(self._readers, seen, strict=True):
            reader.after(operation, args, kwargs, one, result)
        return result


@contextmanager
def traced(*readers: Reader) -> Iterator[None]:
    """The readers are told of everything that torch executes in the block."""
    with _Trace(readers):
        yield


@contextmanager
def unseen() -> Iterator[None]:
    """Readers are told of nothing that is computed in the block: it is no part of the pass, and costs no Python."""
    with _disable_current_modes():
        yield


class Inside(list[str]):
    """The paths of the parts that are being called, the innermost last; `calls` are their numbers, the first is 1."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[int] = []
        self.counts: dict[str, int] = {}


@contextmanager
def whereabouts(module: nn.Module) -> Iterator[Inside]:
    """Which parts of the module are being called."""
    inside = Inside()

    def enter(path: str) -> Callable[..., None]:
        def note(*_: object) -> None:
            inside.counts[path] = inside.counts.get(path, 0) + 1
            inside.calls.append(inside.counts[path])
            inside.append(path)

        return note

    def leave(*_: object) -> None:
        inside.pop()
        inside.calls.pop()

    paths = [path for path, _ in module.named_modules()]
    with listening(module, dict.fromkeys(paths, leave), {path: enter(path) for path in paths}, whatever_happens=True):
        yield inside


def written(operation: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """The arguments that the operation writes into, as they were given."""
    found = []
    for place, argument in enumerate(operation._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            found.append(args[place] if place < len(args) else kwargs.get(argument.name))
    return found
