"""Ctrl+C, told apart from a KeyboardInterrupt that somebody else's code raises."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from analysis.protocol.interrupted import Interrupted


@contextmanager
def interrupts_told_apart() -> Iterator[None]:
    """In this block Ctrl+C raises `Interrupted` where it would raise KeyboardInterrupt."""
    on_main = threading.current_thread() is threading.main_thread()
    if not on_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is _interrupt:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted


def is_interrupt(error: BaseException) -> bool:
    """Whether the person wants the program to end. Where they are not told apart, it may be either; then they do."""
    if not isinstance(error, KeyboardInterrupt) or threading.current_thread() is not threading.main_thread():
        return False
    return isinstance(error, Interrupted) or signal.getsignal(signal.SIGINT) is signal.default_int_handler
