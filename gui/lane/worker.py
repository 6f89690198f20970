"""The worker: the one object that calls the engine, on the one thread that owns it."""

from __future__ import annotations

import math
import os
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from analysis.protocol.coming import Coming
from analysis.protocol.events import Failure, JobEnded, JobProgress, Loaded
from analysis.protocol.problems import Problem, TrustNeeded, WeightsAlone, words_of
from gui.lane.mailbox import Mailbox, Outbox

if TYPE_CHECKING:
    from analysis.protocol.events import Answer, Event, Live
    from analysis.protocol.lane import Lane
    from analysis.protocol.requests import AnswerRequest, JobRequest, LiveRequest


Answered = TypeVar("Answered")
FAILURES = (BaseException,)  # a network of the person's own may raise anything; Ctrl+C goes to the window's thread
FAR_BACK = 10  # niceness; with 19 whoever holds Python's lock may not get on for half a second, and the window waits
UNNOTICED = 0.004  # seconds that a live frame can wait without anybody seeing it


class EngineLike(Protocol):
    """What the worker needs of an engine; tests give it one that blocks when they say so."""

    lane: Lane

    def live(self, request: LiveRequest) -> Live | Loaded | Coming | None: ...

    def answer(self, request: AnswerRequest) -> Answer | None: ...

    def job(self, request: JobRequest) -> Iterator[Event]: ...


def real_engine() -> EngineLike:
    """Imports torch, on the thread that calls this."""
    # Between two operations torch's threads wait awake, by GNU's default long enough to keep the window off their core.
    # With about a millisecond a live frame takes up to a tenth less time, and a seventh less of the processor.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    from analysis.network.devices import yield_to_window

    yield_to_window()
    from analysis.running.engine import Engine

    return Engine()


def step_far_back() -> None:
    """This thread, and those that it makes for torch, take the time that the live view leaves.

    Linux keeps it per thread; elsewhere it belongs to the process, and nothing is done.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, FAR_BACK)


class Worker(QObject):
    """Between two steps of a job it serves the newest live frame and looks whether the job was cancelled."""

    posted = Signal()  # there is something in the outbox

    def __init__(self, mailbox: Mailbox, outbox: Outbox, make_engine: Callable[[], EngineLike]) -> None:
        super().__init__()
        self._mailbox = mailbox
        self._outbox = outbox
        self._make_engine = make_engine
        self._engine: EngineLike | None = None
        self._steps: Iterator[Event] | None = None
        self._job: JobRequest | None = None
        self._said: Event | None = None  # by the job, last
        self._rests = False  # whether that was said before
        self._interrupted: tuple[JobRequest, Iterator[Event] | None] | None = None
        self._last_live_error = ""
        self._coming: deque[Coming] = deque()  # live answers that are on their way, in their order

    @Slot()
    def work(self) -> None:
        """Works until there is nothing left to do."""
        while True:
            if self._mailbox.closed:
                self._coming.clear()
                self._drop_job()
                self._go_back()
                self._drop_job()
                self._engine = None
                self._mailbox.may_sleep()
                return
            live = self._mailbox.take_live() if self._has_room() else None
            if live is not None:
                self._serve(live)
            came = self._tell_what_came()
            question = self._mailbox.take_question()
            if question is not None:
                self._answer(question)
            if self._work_on_job() or came or live is not None or question is not None:
                continue
            if self._coming:
                self._wait()
            elif self._mailbox.may_sleep():
                return

    def _has_room(self) -> bool:
        """Whether another pass can begin, now or in a moment; it does so before the one that is over is told."""
        under_way = self._under_way()
        most = under_way[0].abreast if under_way else 1
        return len(under_way) < most or (len(under_way) == most and self._room_in(under_way) <= 0)

    def _wait(self) -> None:
        """Until something came, or another pass can begin."""
        under_way = self._under_way()
        soon = self._room_in(under_way) if under_way and len(under_way) <= under_way[0].abreast else 0.0
        self._mailbox.wait(soon if 0 < soon < math.inf else None)

    def _under_way(self) -> list[Coming]:
        return [one for one in self._coming if not one.is_there()]

    def _room_in(self, under_way: list[Coming]) -> float:
        return min(one.nearly_there_in() for one in under_way)

    def _tell_what_came(self) -> bool:
        if not self._coming or not self._coming[0].is_there():
            return False
        first = self._coming.popleft()
        answer = self._tried(first.request_id, first.answer)
        if answer is not None:
            self._post(answer)
        return True

    def _post(self, event: Any) -> None:
        if self._outbox.put(event):
            self.posted.emit()

    def _ready(self) -> EngineLike:
        if self._engine is None:
            self._engine = self._make_engine()
        return self._engine

    def _serve(self, request: LiveRequest) -> None:
        answer = self._tried(request.id, lambda: self._ready().live(request))
        if isinstance(answer, Coming):
            self._coming.append(answer)
            answer.when_there(self._mailbox.tell)
        elif answer is not None:
            self._coming.clear()  # they are older than what is answered now
            self._post(answer)

    def _tried(self, request_id: int, ask: Callable[[], Answered]) -> Answered | None:
        """A live error is told once, not with every frame."""
        try:
            answer = ask()
        except FAILURES as error:
            words = _sentence(error)
            if words != self._last_live_error:
                self._last_live_error = words
                self._post(_failure(request_id, error))
            return None
        self._last_live_error = ""
        return answer

    def _answer(self, question: AnswerRequest) -> None:
        try:
            answer = self._ready().answer(question)
        except FAILURES as error:
            self._post(_failure(question.id, error))
            return
        if answer is not None:
            self._post(answer)

    def _work_on_job(self) -> bool:
        """Steps of jobs until one took noticeable time, so that short ones do not wait for a live frame each."""
        began = perf_counter()
        stepped = self._step_job()
        while stepped and not self._rests and perf_counter() - began < UNNOTICED and not self._mailbox.closed:
            if not self._step_job():
                break
        return stepped

    def _step_job(self) -> bool:
        """One step of the job that runs, or the first of the next one. False if there is no job."""
        for gone in self._mailbox.take_cancelled():
            self._end(gone, cancelled=True)
        if self._interrupted is not None and self._mailbox.is_cancelled(self._interrupted[0].id):
            (interrupted, steps), self._interrupted = self._interrupted, None
            _close(steps)
            self._end(interrupted.id, cancelled=True)
        request = self._next_job()
        if request is None:
            return False
        if self._mailbox.is_cancelled(request.id):
            self._drop_job()
            self._end(request.id, cancelled=True)
            return True
        try:
            if self._steps is None:
                self._steps = self._ready().job(request)
            event = next(self._steps, None)
        except FAILURES as error:
            self._drop_job()
            self._post(_failure(request.id, error))
            self._end(request.id, cancelled=False)
            return True
        self._rests = event is not None and event is self._said
        if event is not None:
            if isinstance(event, Loaded):
                self._last_live_error = ""  # of the network before; the same one is news of this one
            if event is not self._said:  # while a job rests, it says the same again, which is no news
                self._post(event)
            self._said = event
        else:
            self._drop_job()
            self._end(request.id, cancelled=False)
        return True

    def _next_job(self) -> JobRequest | None:
        """What is to be done at once goes before the job that runs, which goes on afterwards; so does whatever waits
        while the person has halted it, or while it has long given way to moving pictures."""
        if self._job is None or not self._job.at_once:
            first = self._mailbox.take_at_once()
            if first is not None:
                if self._job is not None:
                    self._interrupted = self._job, self._steps
                self._job, self._steps = first, None
        if self._job is not None and self._rests and (_halted(self._job) or self._gives_way):
            self._let_another_on()
        if self._job is None:
            self._go_back()
        if self._job is None:
            self._job = self._mailbox.take_job()
        return self._job

    @property
    def _gives_way(self) -> bool:
        return isinstance(self._said, JobProgress) and self._said.gives_way

    def _let_another_on(self) -> None:
        """The one that it interrupted, once that may go on, or the next one that waits."""
        if self._interrupted is None:
            waiting = self._mailbox.take_job()
            if waiting is not None:
                self._interrupted = self._job_and_steps()
                self._job, self._steps, self._said, self._rests = waiting, None, None, False
        elif self._gives_way:
            return  # what was asked for last comes first
        elif not _halted(self._interrupted[0]):
            halted = self._job_and_steps()
            self._go_back()
            self._interrupted, self._said, self._rests = halted, None, False

    def _job_and_steps(self) -> tuple[JobRequest, Iterator[Event] | None] | None:
        return (self._job, self._steps) if self._job is not None else None

    def _go_back(self) -> None:
        """To the job that was interrupted, if there is one."""
        if self._interrupted is not None:
            (self._job, self._steps), self._interrupted = self._interrupted, None

    def _drop_job(self) -> None:
        steps, self._steps, self._job, self._said = self._steps, None, None, None
        _close(steps)

    def _end(self, request_id: int, cancelled: bool) -> None:
        self._mailbox.forget(request_id)
        self._post(JobEnded(request_id, cancelled))


def _close(steps: Iterator[Event] | None) -> None:
    close = getattr(steps, "close", None)
    if close is not None:
        with suppress(*FAILURES):  # what a network's own code does at the end can fail, too
            close()


def _halted(request: JobRequest) -> bool:
    reins = getattr(request, "reins", None)
    return bool(reins is not None and reins.halted)


def _failure(request_id: int, error: BaseException) -> Failure:
    untrusted = error.code if isinstance(error, TrustNeeded) else None
    details = "" if isinstance(error, Problem) else "".join(traceback.format_exception(error))
    fits = error.network if isinstance(error, WeightsAlone) else None
    return Failure(request_id, _sentence(error), details, untrusted, fits)


def _sentence(error: BaseException) -> str:
    if isinstance(error, Problem):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is not enough memory for this; choose a smaller network or picture."
    if isinstance(error, SystemExit):
        return "The network could not be run: its code wants to end the program (exit)."
    first = next(iter(words_of(error).splitlines()), "").strip()
    return f"The network could not be run: {type(error).__name__}{': ' + first if first else ''}."
