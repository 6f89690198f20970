"""Whether somebody else runs the window's event loop: IPython and Jupyter do after `%gui qt`, between two cells."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def shell() -> Any:
    """IPython's, in a terminal or a notebook; None in a plain script."""
    python = sys.modules.get("IPython")
    get = getattr(python, "get_ipython", None)
    return get() if get is not None else None


def loop_runs_by_itself() -> bool:
    found = shell()
    if found is None:
        return False
    of_kernel = getattr(getattr(found, "kernel", None), "eventloop", None)
    names = (str(getattr(found, "active_eventloop", None)), getattr(of_kernel, "__name__", "").removeprefix("loop_"))
    return any(name.startswith("qt") for name in names)


class AroundCells:
    """Calls one function before each cell and another one behind it; nothing where there are no cells."""

    def __init__(self, before: Callable[[], object], behind: Callable[[], object]) -> None:
        self._events = getattr(shell(), "events", None)
        self._hooks = {"pre_run_cell": _taking_nothing(before), "post_run_cell": _taking_nothing(behind)}
        if self._events is not None:
            for name, hook in self._hooks.items():
                self._events.register(name, hook)

    def stop(self) -> None:
        if self._events is not None:
            for name, hook in self._hooks.items():
                self._events.unregister(name, hook)
            self._events = None


def _taking_nothing(function: Callable[[], object]) -> Callable[..., None]:
    def hook(*_about: object) -> None:
        function()

    return hook
