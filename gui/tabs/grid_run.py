"""Several methods on several networks, one picture: computed in a lane of its own, so that the live view never stops.

The lane has its own engine, which loads the networks one after the other, and it is gone when all is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from analysis.protocol.events import Loaded, MethodResult
from analysis.protocol.problems import CodeFile, Problem
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.protocol.requests import AnswerRequest, LoadRequest, MethodRequest
from gui.lane.dispatcher import Dispatcher
from gui.lane.jobs import Job, Jobs
from gui.lane.worker import EngineLike, real_engine

if TYPE_CHECKING:
    from analysis.protocol.events import Answer, Failure
    from analysis.protocol.frame import Frame


@dataclass(frozen=True)
class Question:
    """What is compared: a row for each recipe's method, a column for each network, on one picture.

    `labels` name the classes that the recipes' targets count; networks with other classes are asked by name.
    """

    recipes: tuple[Recipe, ...]
    networks: tuple[ModelChoice, ...]
    frame: Frame
    labels: tuple[str, ...] | None = None
    agreed: frozenset[CodeFile] = frozenset()  # files that the person let run as programs
    device: str = "auto"


class Comparison(QObject):
    """Rows and columns count from 0. A cell comes with its result or with a sentence on why there is none."""

    column_loaded = Signal(int, object)  # Loaded
    column_answered = Signal(int, object)  # the network's answer to the picture, one number per class
    cell_done = Signal(int, int, object)  # MethodResult
    cell_failed = Signal(int, int, str)
    running_changed = Signal(bool)

    def __init__(
        self, jobs: Jobs, parent: QObject | None = None, make_engine: Callable[[], EngineLike] = real_engine
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._make_engine = make_engine
        self._lane: Dispatcher | None = None
        self._question: Question | None = None
        self._steps: deque[tuple[int | None, int]] = deque()  # row, None for loading, and column
        self._now: tuple[int | None, int] = (None, 0)
        self._job = 0
        self._network: Loaded | None = None
        self._answers: dict[int, int] = {}  # request of the answer of each column
        self._open: int | None = None  # the one of them that is not answered yet
        self._waiting = False  # for that answer, before another network takes this one's place
        self._stopped = False

    @property
    def running(self) -> bool:
        return self._question is not None

    def start(self, question: Question) -> bool:
        """False while the comparison before is not over."""
        if self.running or not question.recipes or not question.networks:
            return False
        self._question, self._stopped = question, False
        self._answers.clear()
        self._open, self._waiting = None, False
        self._steps.clear()
        for column in range(len(question.networks)):
            self._steps.append((None, column))
            self._steps.extend((row, column) for row in range(len(question.recipes)))
        if self._lane is None:
            self._lane = Dispatcher(self, self._make_engine)
            self._lane.loaded.connect(self._loaded)
            self._lane.answered.connect(self._answered)
            self._lane.failed.connect(self._not_answered)
            self._jobs.watch(self._lane)
        self.running_changed.emit(True)
        self._next()
        return True

    def stop(self) -> None:
        """After the step in progress; what is there stays."""
        if self.running:
            self._stopped = True
            self._steps.clear()
            self._jobs.cancel(self._job)

    def close(self) -> None:
        """The window closes."""
        self._question = None
        self._steps.clear()
        self._close_lane()

    def _next(self) -> None:
        question, lane = self._question, self._lane
        if question is None or lane is None:
            return
        if self._open is not None and (not self._steps or self._steps[0][0] is None):
            self._waiting = True
            return
        if not self._steps:
            self._question = None
            QTimer.singleShot(0, self, self._close_lane)  # not inside the lane's own signal
            self.running_changed.emit(False)
            return
        self._now = row, column = self._steps.popleft()
        choice = question.networks[column]
        self._job = lane.next_id()
        request: LoadRequest | MethodRequest
        if row is None:
            self._network = None
            request = LoadRequest(self._job, column + 1, choice, question.device, agreed=question.agreed)
            job = Job(self._job, f"Loading {choice.name}", lane, on_failure=self._failed, on_end=self._ended)
        else:
            from analysis.studies.grid import asked_of

            own = self._network.labels if self._network is not None else None
            try:
                recipe = asked_of(question.recipes[row], question.labels, choice, own)
            except Problem as problem:
                self.cell_failed.emit(row, column, str(problem))
                self._next()
                return
            request = MethodRequest(self._job, column + 1, recipe, question.frame)
            title = f"{recipe.method} on {choice.name}"
            job = Job(self._job, title, lane, on_result=self._result, on_failure=self._failed, on_end=self._ended)
        self._jobs.start(job, request)

    @Slot(object)
    def _loaded(self, network: Loaded) -> None:
        self._network = network
        self.column_loaded.emit(self._now[1], network)

    def _result(self, result: MethodResult) -> None:
        row, column = self._now
        if row is None or self._lane is None:
            return
        if column not in self._answers and self._network is not None and self._network.output == "classes":
            request = AnswerRequest(self._lane.next_id(), column + 1, result.picture)
            self._answers[column] = request.id
            self._open = request.id
            self._lane.question(request)
        self.cell_done.emit(row, column, result)

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        for column, request_id in self._answers.items():
            if request_id == answer.request_id:
                self.column_answered.emit(column, answer.logits)
        self._go_on_after(answer.request_id)

    @Slot(object)
    def _not_answered(self, failure: Failure) -> None:
        self._go_on_after(failure.request_id)

    def _go_on_after(self, request_id: int) -> None:
        if request_id != self._open:
            return
        self._open = None
        if self._waiting:
            self._waiting = False
            self._next()

    def _failed(self, failure: Failure) -> None:
        """Without a network its whole column stays empty; any other cell fails alone."""
        row, column = self._now
        if row is not None:
            self.cell_failed.emit(row, column, failure.summary)
            return
        while self._steps and self._steps[0][0] is not None:
            failed_row, _ = self._steps.popleft()
            if failed_row is not None:
                self.cell_failed.emit(failed_row, column, failure.summary)

    def _ended(self, cancelled: bool) -> None:
        """A job that was cancelled in its strip ends the comparison."""
        if cancelled:
            self._steps.clear()
        self._next()

    @Slot()
    def _close_lane(self) -> None:
        lane, self._lane = self._lane, None
        if self._question is not None:  # another comparison has begun meanwhile
            self._lane = lane
        elif lane is not None:
            lane.close()
            lane.deleteLater()
