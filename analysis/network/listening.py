"""Hooks that are put on parts of a network for the length of a block, and are gone when it ends, however it ends.

A part that is called several times for a picture is heard at each of its calls; `PATH@2` is heard at the second only.
Of `PATH@heads` the hook gets the weights of an attention's heads in place of its output, and cannot exchange them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

from torch import nn

from analysis.network.heads import HEADS, Overheard, head_weights, of_torch

Hook = Callable[..., Any]
Call: TypeAlias = "int | str"


@contextmanager
def listening(
    module: nn.Module,
    after: Mapping[str, Hook],
    before: Mapping[str, Hook] | None = None,
    whatever_happens: bool = False,
) -> Iterator[None]:
    """`after` has a hook for each path of a part that is called when it returns, `before` one for when it is called.

    With `whatever_happens` those `before` come before all others, and those `after` also where the part fails, so that
    every one is answered by the other.
    """
    counted: list[_AtCall] = []

    def heard(hook: Hook, call: Call) -> Hook:
        if not isinstance(call, int) or call == 0:
            return hook
        counted.append(_AtCall(hook, call))
        return counted[-1]

    with ExitStack() as handles:
        for path, hook in (before or {}).items():
            part, call = part_of(module, path)
            handles.callback(part.register_forward_pre_hook(heard(hook, call), prepend=whatever_happens).remove)
        for path, hook in after.items():
            part, call = part_of(module, path)
            if call == HEADS and not of_torch(part):
                overheard = Overheard(hook)
                handles.callback(part.register_forward_pre_hook(overheard.begin, prepend=True).remove)
                handles.callback(part.register_forward_hook(overheard.end, always_call=True).remove)
                continue
            if call == HEADS:
                handles.callback(part.register_forward_hook(_of_heads(hook), with_kwargs=True).remove)
                continue
            handles.callback(part.register_forward_hook(heard(hook, call), always_call=whatever_happens).remove)
        if counted:

            def begin(_module: nn.Module, _inputs: object) -> None:
                for one in counted:
                    one.calls = 0

            handles.callback(module.register_forward_pre_hook(begin, prepend=True).remove)
        yield


def part_of(module: nn.Module, path: str) -> tuple[nn.Module, Call]:
    """The part, and which of its calls is meant, counted from 1, or its heads; 0 is each call."""
    whole, at, call = path.rpartition("@")
    if not at or not (call.isdecimal() or call == HEADS):
        return module.get_submodule(path), 0
    try:
        return module.get_submodule(path), 0  # which is really called so
    except AttributeError:
        return module.get_submodule(whole), HEADS if call == HEADS else int(call)


def _of_heads(hook: Hook) -> Hook:
    def hear(part: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], _output: object) -> None:
        weights = head_weights(part, args, kwargs)
        if weights is not None:
            hook(part, args, weights)

    return hear


class _AtCall:
    """A hook that hears one call of a part in each pass through the whole network."""

    def __init__(self, hook: Hook, call: int) -> None:
        self._hook = hook
        self._call = call
        self.calls = 0

    def __call__(self, *arguments: Any) -> Any:
        self.calls += 1
        return self._hook(*arguments) if self.calls == self._call else None
