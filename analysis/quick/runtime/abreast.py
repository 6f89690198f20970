"""Passes that run beside each other, each on a thread of its own.

On two cores, two pictures with a thread each come sooner than two pictures one after the other with two threads: no
thread waits for the other at the end of every operation, and where the window paints on one core only one of them is
behind. What the engine does before and after a pass is done meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

from torch import Tensor

from analysis.quick.runtime.sessions import Passes

LAG = 0.07  # seconds that a pass may take on part of the cores: with the rest of the way it is seen within a tenth


@dataclass(frozen=True)
class Manner:
    """How many passes run at once, and with how many threads each."""

    abreast: int
    threads: int


def narrow(cores: int) -> Manner:
    return Manner(2, max(cores // 2, 1)) if cores > 1 else wide(cores)


def wide(cores: int) -> Manner:
    return Manner(1, cores)


@dataclass(frozen=True)
class Ran:
    found: Mapping[str, Tensor]
    seconds: float


class Running:
    """A pass that began; all but `when_done` is for the thread that began it."""

    def __init__(self, runners: Runners, session: Passes, given: Tensor) -> None:
        self._began: float | None = None
        self._runners = runners
        self._future: Future[Ran] = runners.pool.submit(self._run, session, given)

    def _run(self, session: Passes, given: Tensor) -> Ran:
        self._began = perf_counter()
        found = session.run(given)
        self._runners.usual = perf_counter() - self._began
        return Ran(found, self._runners.usual)

    def done_in(self) -> float:
        """Seconds until it is over if it takes as long as the last one; below zero if it takes longer."""
        if self._began is None:
            return math.inf
        return self._began + self._runners.usual - perf_counter()

    def is_done(self) -> bool:
        return self._future.done()

    def when_done(self, tell: Callable[[], object]) -> None:
        """`tell` is called once, on any thread, at once if it is done."""
        self._future.add_done_callback(lambda _: tell())

    def result(self) -> Ran:
        """Waits for it; raises what the runtime raised."""
        return self._future.result()


class Runners:
    """Threads that are made when they are needed, and end when nobody needs them any more."""

    def __init__(self, abreast: int) -> None:
        self.abreast = abreast
        self.pool = ThreadPoolExecutor(abreast, thread_name_prefix="runtime pass")
        self.usual = math.inf  # seconds of a pass

    def begin(self, session: Passes, given: Tensor) -> Running:
        return Running(self, session, given)

    def close(self) -> None:
        """They end after the pass that they are at; nobody waits for that."""
        self.pool.shutdown(wait=False)
