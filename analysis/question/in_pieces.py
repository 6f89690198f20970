"""Steps of a run in pieces, so that who waits for something else waits for no more than a moment.

A pass and its way back cannot be written as a generator. So while somebody waits, a step goes on a thread of its own
that works only while the one that asked for it stands still: nothing goes on side by side, and the numbers are those
of the whole step. `breathe` says where others may come between: no hook, mode or changed flag is there on anything but
what belongs to the runs alone.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from threading import Lock, Thread, local
from time import perf_counter
from typing import Any, Generic, TypeVar

import torch

from analysis.network.interrupts import Stopped

Step = TypeVar("Step")

MOMENT = 0.006  # seconds that a piece takes at least; between two pictures of a stream there are not many more


def breathe() -> None:
    """Whoever waits may come between here."""
    if _here.steps is not None:
        _here.steps.breathe()


def in_pieces(steps: Iterator[Step], hurried: Callable[[], bool]) -> Generator[Step | None, None, None]:
    """The same steps; while somebody waits (`hurried`), None between the pieces of one.

    Every run of a method goes through here, also those that are never in pieces: none begins amid another's step.
    """
    own = _InPieces(steps, hurried)
    try:
        while True:
            try:
                step = own.next()
            except StopIteration:
                return
            yield step
    finally:
        own.end()
        if isinstance(steps, Generator):
            steps.close()


class _Here(local):
    """Of one thread."""

    def __init__(self) -> None:
        self.steps: _InPieces[Any] | None = None  # whose pieces it computes
        self.amid: list[_InPieces[Any]] = []  # a step of which it has begun and not ended


_here = _Here()


class _InPieces(Generic[Step]):
    def __init__(self, steps: Iterator[Step], hurried: Callable[[], bool]) -> None:
        self._steps, self._hurried = steps, hurried
        self._go, self._paused = Lock(), Lock()  # each is let go by the other thread
        self._go.acquire()
        self._paused.acquire()
        self._thread: Thread | None = None
        self._found: Callable[[], Step] | None = None  # tells the step, or raises what it raised
        self._ends = self._hastens = False
        self._since = 0.0

    def next(self) -> Step | None:
        """The step, or None where more of it is to be computed."""
        if self._found is None and self not in _here.amid:
            for other in list(_here.amid):  # amid a pass of what may be the same network
                other.hasten()
            if not self._hurried():
                return next(self._steps)
            _here.amid.append(self)
        if self._found is None:
            self._piece()
        found, self._found = self._found, None
        return found() if found is not None else None

    def hasten(self) -> None:
        """To the end of the step that was begun."""
        self._hastens = True
        self._piece()
        self._hastens = False

    def end(self) -> None:
        self._ends = True
        if self._thread is not None:
            self._go.release()
            self._thread.join()
            self._thread = None
        if self in _here.amid:
            _here.amid.remove(self)

    def breathe(self) -> None:
        if self._ends:
            raise Stopped
        if self._hastens or perf_counter() - self._since < MOMENT or not self._hurried():
            return
        self._paused.release()
        self._go.acquire()
        self._since = perf_counter()
        if self._ends:
            raise Stopped

    def _piece(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._work, name="pieces", daemon=True)
            self._thread.start()
        self._go.release()
        self._paused.acquire()
        if self._found is not None:
            _here.amid.remove(self)

    def _work(self) -> None:
        torch.get_num_threads()  # of a new thread torch takes the number when it is asked for it
        _here.steps = self
        self._go.acquire()
        while not self._ends:
            self._since = perf_counter()
            self._found = _outcome(self._steps)
            self._paused.release()
            if not self._ends:  # or what ended it has let it go on already
                self._go.acquire()


def _outcome(steps: Iterator[Step]) -> Callable[[], Step]:
    try:
        step = next(steps)
    except BaseException as error:
        raised = error  # by its own name it is gone behind this block

        def fail() -> Step:
            raise raised

        return fail
    return lambda: step
