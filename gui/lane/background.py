"""Reading and decoding files away from the GUI thread; what nobody waits for any more is dropped."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, QThreadPool, Signal, Slot

from analysis.protocol.problems import Problem
from gui.process.unforeseen import details_of, trying

TRIED = "The file could not be read"


class _Ticket:
    """What the other thread knows of a reading: no QObject, because it may be the last to hold it."""

    dropped = False


class Reading(QObject):
    """One thing being read. One of the signals is sent, on the GUI thread, unless it is dropped before."""

    done = Signal(object)
    failed = Signal(str, str)  # one sentence, and what is folded away under it

    def __init__(self, ticket: _Ticket) -> None:
        super().__init__()
        self._ticket = ticket

    def drop(self) -> None:
        """Nobody waits for this any more: it is not begun, or its result is thrown away."""
        self._ticket.dropped = True


def read(work: Callable[[], object], urgent: bool = True, tried: str = TRIED) -> Reading:
    """Begins `work`, which holds no QObject, on another thread. Nothing is sent before the event loop runs again.

    An error that nobody foresaw is told as what was `tried`.
    """
    return _reader().begin(work, urgent, tried)


def finish() -> None:
    """Waits until nothing is being read or written any more."""
    for reader in _the_reader:
        reader.wait()


class _Reader(QObject):
    """Owns the threads, and every reading until it has ended."""

    _ended = Signal(object, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)  # one for what is waited for, one for what is read ahead
        self._pool.setExpiryTimeout(1000)
        self._readings: dict[_Ticket, Reading] = {}
        self._ended.connect(self._deliver)

    def begin(self, work: Callable[[], object], urgent: bool, tried: str) -> Reading:
        ticket = _Ticket()
        self._readings[ticket] = Reading(ticket)
        self._pool.start(partial(self._run, ticket, work, tried), 1 if urgent else 0)
        return self._readings[ticket]

    def wait(self) -> None:
        self._pool.waitForDone()

    def _run(self, ticket: _Ticket, work: Callable[[], object], tried: str) -> None:
        """On a thread of the pool."""
        result: object = None
        if not ticket.dropped:
            try:
                with trying(tried):  # the pool would only print it, and the person would wait forever
                    result = work()
            except Problem as problem:
                result = problem
                print(details_of(problem), end="", file=sys.stderr)
        with contextlib.suppress(RuntimeError):  # the application has ended meanwhile
            self._ended.emit(ticket, result)

    @Slot(object, object)
    def _deliver(self, ticket: _Ticket, result: object) -> None:
        reading = self._readings.pop(ticket)
        if ticket.dropped:
            return
        if isinstance(result, Problem):
            reading.failed.emit(str(result), details_of(result))
        else:
            reading.done.emit(result)


_the_reader: list[_Reader] = []


def _reader() -> _Reader:
    if not _the_reader:
        application = QCoreApplication.instance()
        assert application is not None
        _the_reader.append(_Reader(application))
    return _the_reader[0]
