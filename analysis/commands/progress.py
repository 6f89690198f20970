"""How far a long command is, on one line of the terminal; nothing where nobody watches."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Show(Protocol):
    def __call__(self, done: float, total: float, note: str) -> None: ...


@contextmanager
def progress_line() -> Iterator[Show]:
    """Gives what draws the line; the line is gone at the end."""
    watched = sys.stderr.isatty()

    def show(done: float, total: float, note: str) -> None:
        if watched:
            share = f"{min(done / total, 1):4.0%} " if total > 0 else ""
            line = f"{share}{note}"[: shutil.get_terminal_size().columns - 1]
            sys.stderr.write(f"\r{line}\x1b[K")
            sys.stderr.flush()

    try:
        yield show
    finally:
        clear_line()


def clear_line() -> None:
    """Makes room for a sentence."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
