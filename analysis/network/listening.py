"""Hooks that are put on parts of a network for the length of a block, and are gone when it ends, however it ends."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import nn

Hook = Callable[..., Any]


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
    with ExitStack() as handles:
        for path, hook in (before or {}).items():
            part = module.get_submodule(path)
            handles.callback(part.register_forward_pre_hook(hook, prepend=whatever_happens).remove)
        for path, hook in after.items():
            part = module.get_submodule(path)
            handles.callback(part.register_forward_hook(hook, always_call=whatever_happens).remove)
        yield
