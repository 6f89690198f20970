"""What the code of a person's own network does beside a command: errors that nobody waits for, threads it leaves."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn, Protocol

from analysis.protocol.problems import in_one_line


class _Failed(Protocol):
    """Of `threading.excepthook` and `sys.unraisablehook` alike."""

    @property
    def exc_value(self) -> BaseException | None: ...


@contextmanager
def errors_beside_in_words() -> Iterator[None]:
    """Errors in its threads and in what it does when something of it is taken away are a sentence each."""
    before = threading.excepthook, sys.unraisablehook
    threading.excepthook = sys.unraisablehook = _tell
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = before


def _tell(failed: _Failed) -> None:
    error = failed.exc_value
    if error is None or isinstance(error, SystemExit):
        return
    kind, words = type(error).__name__, in_one_line(error)
    said = kind if words == kind else f"{kind}: {words}"
    print(f"Code beside the network's own answer failed: {said}.", file=sys.stderr)


def leave(status: int) -> NoReturn:
    """Ends the process, also where own code left something running that Python would wait for."""
    children = _children()
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon]
    if not others and not children and "analysis.opening.python_file" not in sys.modules:
        sys.exit(status)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # nobody reads it any more, or own code closed it
            stream.flush()
    for child in children:
        child.terminate()
    os._exit(status)


class _Child(Protocol):
    def terminate(self) -> None: ...


def _children() -> list[_Child]:
    if "multiprocessing.process" not in sys.modules:
        return []
    from multiprocessing import active_children

    return list(active_children())
