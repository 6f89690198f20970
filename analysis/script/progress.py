"""How far a question of a script is: a bar in a notebook's cell, a line in a terminal; nothing where nobody watches."""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from analysis.commands.progress import Show, is_silent, progress_line

_SOON = 0.4  # seconds that are too short to be worth a bar
_EVERY = 0.1  # seconds


@contextmanager
def progress_bar(wanted: bool = True) -> Iterator[Show]:
    wanted = wanted and not is_silent()
    display = _notebook() if wanted else None
    if not wanted:
        yield _nowhere
    elif display is None:
        with progress_line() as show:
            yield show
    else:
        bar = _Bar(display)
        try:
            yield bar.show
        finally:
            bar.end()


def _nowhere(done: float, total: float, note: str) -> None:
    pass


def _notebook() -> Any:
    """IPython's way to show things, where it is a notebook that shows them."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python is not None else None
    if shell is None or getattr(shell, "kernel", None) is None:
        return None
    from importlib import import_module

    return import_module("IPython.display")


class _Bar:
    """One output of the cell that is written over again, and empty in the end."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._handle: Any = None
        self._began = self._told = monotonic()

    def show(self, done: float, total: float, note: str) -> None:
        now = monotonic()
        if now - self._began < _SOON or now - self._told < _EVERY:
            return
        self._told = now
        share = f' value="{min(done / total, 1):.3f}"' if total > 0 else ""
        drawn = self._display.HTML(f'<progress style="width:20em"{share}></progress> {html.escape(note)}')
        if self._handle is None:
            self._handle = self._display.display(drawn, display_id=True)
        else:
            self._handle.update(drawn)

    def end(self) -> None:
        if self._handle is not None:
            self._handle.update(self._display.HTML(""))
