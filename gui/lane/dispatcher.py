"""The dispatcher: sends requests to the engine's thread and gives every event that comes back to its panel.

It lives on the window's thread. What is older than what is shown is dropped here, and live answers are given out at
most sixty times a second on average.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from PySide6.QtCore import QCoreApplication, QObject, QThread, QTimer, Signal, Slot

from analysis.protocol.events import Event, Failure, Live, Loaded
from analysis.protocol.requests import AnswerRequest, JobRequest, LiveRequest
from gui.lane.mailbox import Mailbox, Outbox
from gui.lane.worker import EngineLike, Worker, real_engine

SHORTEST_INTERVAL = 1 / 60
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
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.timeout.connect(self._show_held)
        self._held: Live | None = None
        self._due = 0.0  # when the next live answer may be given out
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
        self._pace.stop()
        self._held = None
        return ended

    @Slot()
    def _collect(self) -> None:
        for event in self._outbox.take_all():
            self._give(event)

    def _give(self, event: Event) -> None:
        match event:
            case Live():
                if event.epoch == self._epoch:
                    if self._held is not None and event.layer_means is None:
                        event = replace(event, layer_means=self._held.layer_means)
                    self._held = event
                    self._show_soon()
            case Loaded():
                self._epoch = event.epoch
                self._held = None
                self.loaded.emit(event)
            case Failure():
                self.failed.emit(event)
            case _:
                self.told.emit(event)

    def _show_soon(self) -> None:
        wait = self._due - perf_counter()
        if wait <= 0:
            self._show_held()
        elif not self._pace.isActive():
            self._pace.start(max(1, int(wait * 1000)))

    @Slot()
    def _show_held(self) -> None:
        event, self._held = self._held, None
        if event is not None:
            # One that came late does not make the next ones late: the rate is sixty on average.
            self._due = max(self._due, perf_counter() - SHORTEST_INTERVAL) + SHORTEST_INTERVAL
            self.live.emit(event)
