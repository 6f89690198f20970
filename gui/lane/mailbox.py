"""What crosses the thread border: a mailbox to the engine and an outbox back.

Queued signals alone pile up when their receiver is slower than their sender, so each side keeps its letters here under
a lock and sends one parameterless wake only when the other side is not awake already.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from threading import Condition, Lock
from typing import TYPE_CHECKING

from analysis.protocol.events import JobProgress, Live

if TYPE_CHECKING:
    from analysis.protocol.events import Event
    from analysis.protocol.requests import AnswerRequest, JobRequest, LiveRequest


class Mailbox:
    """Live requests and questions: the newest wins. Jobs: first come, until the person reorders or cancels them.

    Those that are `at_once` do not wait for the others.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._live: LiveRequest | None = None
        self._question: AnswerRequest | None = None
        self._jobs: deque[JobRequest] = deque()
        self._at_once: deque[JobRequest] = deque()
        self._cancelled: set[int] = set()
        self._awake = False
        self._closed = False
        self._news = False  # since the engine's thread waited last
        self._came = Condition(self._lock)

    def put_live(self, request: LiveRequest) -> bool:
        """True if the engine's thread sleeps and needs a wake.

        What the one before was to measure is not lost with it: of a still picture nobody would ask again.
        """
        with self._lock:
            before = self._live
            if before is not None and before.layer_means and before.epoch == request.epoch:
                request = replace(request, layer_means=True)
            self._live = request
            return self._rouse()

    def put_question(self, request: AnswerRequest) -> bool:
        with self._lock:
            self._question = request
            return self._rouse()

    def put_job(self, request: JobRequest) -> bool:
        with self._lock:
            (self._at_once if request.at_once else self._jobs).append(request)
            return self._rouse()

    def cancel(self, request_id: int) -> bool:
        """Stops the job if it runs, forgets it if it waits."""
        with self._lock:
            self._cancelled.add(request_id)
            return self._rouse()

    def move(self, request_id: int, up: bool) -> None:
        """Changes places with the neighbour in the queue of waiting jobs."""
        with self._lock:
            ids = [job.id for job in self._jobs]
            if request_id not in ids:
                return
            at = ids.index(request_id)
            other = at - 1 if up else at + 1
            if 0 <= other < len(ids):
                self._jobs[at], self._jobs[other] = self._jobs[other], self._jobs[at]

    def close(self) -> bool:
        """The window closes: nothing is served any more."""
        with self._lock:
            self._closed = True
            self._live = self._question = None
            return self._rouse()

    def take_live(self) -> LiveRequest | None:
        with self._lock:
            request, self._live = self._live, None
            return request

    def take_question(self) -> AnswerRequest | None:
        with self._lock:
            request, self._question = self._question, None
            return request

    def take_job(self) -> JobRequest | None:
        """The next job that waits, cancelled or not: its end has to be told either way."""
        with self._lock:
            return self._jobs.popleft() if self._jobs else None

    def take_at_once(self) -> JobRequest | None:
        """The next job that does not wait for the others."""
        with self._lock:
            return self._at_once.popleft() if self._at_once else None

    def take_cancelled(self) -> list[int]:
        """The jobs that were cancelled while they waited; they wait no more, and their end has to be told."""
        with self._lock:
            gone = [job for job in self._jobs if job.id in self._cancelled]
            for job in gone:
                self._jobs.remove(job)
            return [job.id for job in gone]

    def waiting(self) -> list[int]:
        with self._lock:
            return [job.id for job in self._jobs]

    def is_cancelled(self, request_id: int) -> bool:
        with self._lock:
            return request_id in self._cancelled

    def forget(self, request_id: int) -> None:
        """The end of this job was told; its number will not come back."""
        with self._lock:
            self._cancelled.discard(request_id)

    @property
    def closed(self) -> bool:
        with self._lock:
            return self._closed

    def may_sleep(self) -> bool:
        """True if there is nothing to do; from then on the next letter asks for a wake."""
        with self._lock:
            asked = self._live is not None or self._question is not None
            if not self._closed and (asked or self._jobs or self._at_once):
                return False
            self._awake = False
            return True

    def tell(self) -> None:
        """Something else came that the engine's thread may be waiting for."""
        with self._lock:
            self._note()

    def wait(self, seconds: float | None = None) -> None:
        """Until there is news, or so long; what came since the last time counts."""
        with self._lock:
            self._came.wait_for(lambda: self._news, seconds)
            self._news = False

    def _note(self) -> None:
        self._news = True
        self._came.notify()

    def _rouse(self) -> bool:
        self._note()
        needed, self._awake = not self._awake, True
        return needed


class Outbox:
    """Events for the window, in order; of live answers and of one job's progress only the newest is kept."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: deque[Event] = deque()
        self._awake = False

    def put(self, event: Event) -> bool:
        """True if the window needs a wake."""
        with self._lock:
            kept = next((old for old in self._events if _replaces(event, old)), None)
            if kept is not None:
                self._events.remove(kept)
            self._events.append(event)
            needed, self._awake = not self._awake, True
            return needed

    def take_all(self) -> list[Event]:
        with self._lock:
            events = list(self._events)
            self._events.clear()
            self._awake = False
            return events


def _replaces(new: Event, old: Event) -> bool:
    if isinstance(new, Live) and isinstance(old, Live):
        return new.layer_means is not None or old.layer_means is None
    return isinstance(new, JobProgress) and isinstance(old, JobProgress) and new.request_id == old.request_id
