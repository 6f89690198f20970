"""What a person ends: Ctrl+C, told apart from a KeyboardInterrupt of somebody else's code, and a run amid a step."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from analysis.protocol.interrupted import Interrupted


class Stopped(BaseException):
    """Nobody wants the step any more that is being computed."""


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
    """Whether the person wants it to end. Where Ctrl+C is not told apart, it may be either; then they do."""
    if isinstance(error, Stopped):
        return True
    if not isinstance(error, KeyboardInterrupt) or threading.current_thread() is not threading.main_thread():
        return False
    return isinstance(error, Interrupted) or signal.getsignal(signal.SIGINT) is signal.default_int_handler
