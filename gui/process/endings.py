"""The signals that ask a program to end: Ctrl+C in the terminal, a log-out, `kill`. Light: it comes before Qt."""

from __future__ import annotations

import os
import signal

from analysis.protocol.interrupted import Interrupted

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


def ending_signals() -> list[signal.Signals]:
    """What was ignored from the start, as under `nohup`, still is."""
    there = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    return [number for number in there if signal.getsignal(number) != signal.SIG_IGN]


def status_of(number: int) -> int:
    """What a shell says of a program that a signal ended."""
    return 128 + number


def leave_when_asked() -> None:
    """At once, for as long as nothing is open."""
    for number in ending_signals():
        signal.signal(number, _leave)


def interrupt_when_asked() -> None:
    """Wherever the program stands, so that what is half written goes on the way out.

    Ctrl+C also in the background of a shell's script, which ignores it.
    """
    for number in {signal.SIGINT, *ending_signals()}:
        signal.signal(number, _interrupt)


def _leave(number: int, _frame: object) -> None:
    os._exit(status_of(number))


def _interrupt(number: int, _frame: object) -> None:
    raise Interrupted(status_of(number))
