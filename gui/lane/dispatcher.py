"""The dispatcher: sends requests to the engine's thread and gives every event that comes back to its panel.

It lives on the window's thread. What is older than what is shown is dropped here, live answers are given out at most
sixty times a second on average, and of what a job says underway the newest two dozen times.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QObject, QThread, Signal, Slot

from analysis.protocol.events import Event, Failure, JobProgress, Live, Loaded
from analysis.protocol.requests import AnswerRequest, JobRequest, LiveRequest
from gui.lane.mailbox import Mailbox, Outbox
from gui.lane.newest import Newest
from gui.lane.worker import EngineLike, Worker, real_engine

SHORTEST_INTERVAL = 1 / 60
PROGRESS_INTERVAL = 0.04  # seconds: who paints every step of a quick job keeps what streams, and the job, waiting
STACK = 16 * 1024 * 1024
PATIENCE = 10_000  # milliseconds that closing waits for the step in progress
_IDS = itertools.count(1)  # of all lanes, so that a number means one request


_OVERDUE: list[tuple[QThread, Worker]] = []


def overdue() -> bool:
    """Whether a step that nothing can interrupt, such as the import of a large library, outlasts its dispatcher."""
    return any(thread.isRunning() for thread, _ in _OVERDUE)


def wait_for_overdue() -> None:
    """Until the last of them is over: before that a program must not end by itself."""
    for thread, _ in _OVERDUE:
        thread.wait()


class Dispatcher(QObject):
    """What comes of a request that was no live one is `told`; `jobs.py` knows by its number whom."""

    live = Signal(object)
    loaded = Signal(object)
    told = Signal(object)
    failed = Signal(object)
    _wake = Signal()

    def __init__(self, parent: QObject | None = None, make_engine: Callable[[], EngineLike] = real_engine) -> None:
        super().__init__(parent)
        self._mailbox = Mailbox()
        self._outbox = Outbox()
        self._thread = QThread()
        self._thread.setObjectName("engine")
        self._thread.setStackSize(STACK)
        self._worker = Worker(self._mailbox, self._outbox, make_engine)
        self._worker.moveToThread(self._thread)
        self._wake.connect(self._worker.work)
        self._worker.posted.connect(self._collect)
        self._lives: Newest[Live] = Newest(self, SHORTEST_INTERVAL)
        self._lives.given.connect(self.live)
        self._underway: Newest[JobProgress] = Newest(self, PROGRESS_INTERVAL)
        self._underway.given.connect(self.told)
        self._epoch = 0
        self._closed = False
        self._thread.start()
        application = QCoreApplication.instance()
        if application is not None:  # an end that nobody else sees coming
            application.aboutToQuit.connect(self.close)

    def next_id(self) -> int:
        return next(_IDS)

    def ask(self, request: LiveRequest) -> None:
        """Asks for a live answer; an unanswered one before it is forgotten."""
        if self._mailbox.put_live(request):
            self._wake.emit()

    def pass_over(self) -> None:
        """The live request that waits is not wanted any more."""
        self._mailbox.take_live()

    def question(self, request: AnswerRequest) -> None:
        """Asks about one picture; served between two steps of a job, an unanswered one before it is forgotten."""
        if self._mailbox.put_question(request):
            self._wake.emit()

    def start(self, request: JobRequest) -> None:
        if self._mailbox.put_job(request):
            self._wake.emit()

    def cancel(self, request_id: int) -> None:
        if self._mailbox.cancel(request_id):
            self._wake.emit()

    def move(self, request_id: int, up: bool) -> None:
        self._mailbox.move(request_id, up)

    def waiting(self) -> list[int]:
        """The jobs in the queue, in their order."""
        return self._mailbox.waiting()

    @Slot()
    def close(self) -> bool:
        """Ends the thread after the step in progress; False if that takes longer than we wait."""
        if self._closed:
            return not self._thread.isRunning()
        self._closed = True
        if self._mailbox.close():
            self._wake.emit()
        self._thread.quit()
        ended = self._thread.wait(PATIENCE)
        if not ended:
            _OVERDUE.append((self._thread, self._worker))  # Qt aborts the program if a running thread is destroyed
        self._outbox.take_all()  # what came meanwhile is for nobody, and must not start the timer again
        self._lives.drop()
        self._underway.drop()
        return ended

    @Slot()
    def _collect(self) -> None:
        for event in self._outbox.take_all():
            self._give(event)

    def _give(self, event: Event) -> None:
        match event:
            case Live():
                if event.epoch == self._epoch:
                    if self._lives.held is not None and event.layer_means is None:
                        event = replace(event, layer_means=self._lives.held.layer_means)
                    self._lives.offer(event)
            case Loaded():
                self._epoch = event.epoch
                self._lives.drop()
                self.loaded.emit(event)
            case JobProgress():
                self._tell_soon(event)
            case Failure():
                self._underway.give()
                self.failed.emit(event)
            case _:
                self._underway.give()
                self.told.emit(event)

    def _tell_soon(self, progress: JobProgress) -> None:
        if self._underway.held is not None and self._underway.held.request_id != progress.request_id:
            self._underway.give()
        self._underway.offer(progress)
        if progress.rests or progress.done >= progress.total:
            self._underway.give()
