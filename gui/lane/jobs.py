"""The jobs that wait or run: who started each, what it is called, and how it ended.

What comes of a request finds its way back by the request's number, whatever kind of job it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from analysis.protocol.events import Answer, JobEnded, JobProgress
from gui.lane.dispatcher import Dispatcher

if TYPE_CHECKING:
    from analysis.protocol.events import Event, Failure
    from analysis.protocol.requests import AnswerRequest, JobRequest


@dataclass
class Job:
    """`on_*` are methods of panels, called on the window's thread while the job is known; `on_done` with its outcome,
    which is of the kind that this kind of job has."""

    id: int
    title: str
    lane: Dispatcher
    on_progress: Callable[[JobProgress], None] | None = None
    on_done: Callable[[Any], None] | None = None
    on_failure: Callable[[Failure], None] | None = None
    on_end: Callable[[bool], None] | None = None
    quiet: bool = False  # no strip in the window
    dropped: bool = False  # a newer one has taken its place: what comes of it is for nobody


class Jobs(QObject):
    started = Signal(int, str)
    progressed = Signal(object)
    ended = Signal(int)
    failed = Signal(object)  # a Failure that nobody else shows

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: dict[int, Job] = {}
        self._questions: dict[QObject, tuple[int, Callable[[Answer], None]]] = {}

    def watch(self, lane: Dispatcher) -> None:
        """Follows the jobs of this lane."""
        lane.told.connect(self._tell)
        lane.failed.connect(self._failure)

    def start(self, job: Job, request: JobRequest) -> None:
        self._jobs[job.id] = job
        if not job.quiet:
            self.started.emit(job.id, job.title)
        job.lane.start(request)

    def ask(self, who: QObject, lane: Dispatcher, request: AnswerRequest, on_answer: Callable[[Answer], None]) -> None:
        """Asks about one picture, between two steps of a job; of each asker only the newest question counts."""
        self._questions[who] = (request.id, on_answer)
        lane.question(request)

    @Slot(int)
    def cancel(self, request_id: int) -> None:
        job = self._jobs.get(request_id)
        if job is not None:
            job.lane.cancel(request_id)

    def drop(self, request_id: int) -> None:
        """Cancels a job and forgets whom to tell: a newer one has taken its place."""
        job = self._jobs.get(request_id)
        if job is not None:
            job.on_progress = job.on_done = job.on_failure = job.on_end = None
            job.dropped = True
            job.lane.cancel(request_id)

    @Slot(int, bool)
    def move(self, request_id: int, up: bool) -> None:
        job = self._jobs.get(request_id)
        if job is not None:
            job.lane.move(request_id, up)

    def cancel_newest(self) -> bool:
        """Stops the job that was started last; False if there is none."""
        shown = [job for job in self._jobs.values() if not job.quiet]
        if shown:
            self.cancel(shown[-1].id)
        return bool(shown)

    def knows(self, request_id: int) -> bool:
        """Whether it is a job's, and not that of a live picture."""
        return request_id in self._jobs

    @property
    def running(self) -> int:
        """How many jobs a person knows of are waiting or running."""
        return sum(not job.quiet for job in self._jobs.values())

    @Slot(object)
    def _tell(self, event: Event) -> None:
        match event:
            case JobProgress():
                self._progress(event)
            case JobEnded():
                self._end(event)
            case Answer():
                for number, on_answer in list(self._questions.values()):
                    if number == event.request_id:
                        on_answer(event)
            case _:
                job = self._jobs.get(event.request_id)
                if job is not None and job.on_done is not None:
                    job.on_done(event)

    def _progress(self, progress: JobProgress) -> None:
        job = self._jobs.get(progress.request_id)
        if job is None:
            return
        if not job.quiet:
            self.progressed.emit(progress)
        if job.on_progress is not None:
            job.on_progress(progress)

    @Slot(object)
    def _failure(self, failure: Failure) -> None:
        job = self._jobs.get(failure.request_id)
        if job is not None and job.on_failure is not None:
            job.on_failure(failure)
        elif job is None or not job.dropped:
            self.failed.emit(failure)

    def _end(self, ended: JobEnded) -> None:
        job = self._jobs.pop(ended.request_id, None)
        if job is None:
            return
        if not job.quiet:
            self.ended.emit(job.id)
        if job.on_end is not None:
            job.on_end(ended.cancelled)
