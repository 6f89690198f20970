"""How far a long command is, on one line of the terminal; nothing where nobody watches."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Show(Protocol):
    def __call__(self, done: float, total: float, note: str) -> None: ...


_silent: ContextVar[bool] = ContextVar("no progress is shown", default=False)


@contextmanager
def silence(wanted: bool = True) -> Iterator[None]:
    """Nobody is shown how far anything is, whatever is opened or asked in the block."""
    token = _silent.set(wanted or _silent.get())
    try:
        yield
    finally:
        _silent.reset(token)


def is_silent() -> bool:
    return _silent.get()


@contextmanager
def progress_line() -> Iterator[Show]:
    """Gives what draws the line; the line is gone at the end."""
    watched = sys.stderr.isatty() and not is_silent()

    def show(done: float, total: float, note: str) -> None:
        if watched:
            share = f"{min(done / total, 1):4.0%} " if total > 0 else ""
            line = f"{share}{note}"[: shutil.get_terminal_size().columns - 1]
            sys.stderr.write(f"\r{line}\x1b[K")
            sys.stderr.flush()

    try:
        yield show
    finally:
        if watched:
            clear_line()


def clear_line() -> None:
    """Makes room for a sentence."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
