"""Several methods on several networks, one picture: computed in the lane of studies, so that the live view never stops.

The lane's engine keeps the networks opened as far as there is room, so that a second comparison begins at once.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from analysis.protocol.events import Loaded, MethodResult
from analysis.protocol.problems import CodeFile, Problem
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.protocol.requests import LoadRequest, MethodRequest
from gui.lane.jobs import Job, Jobs
from gui.lane.lanes import Lanes

if TYPE_CHECKING:
    from analysis.protocol.events import Failure
    from analysis.protocol.frame import Frame
    from gui.lane.dispatcher import Dispatcher


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

    def __init__(self, jobs: Jobs, lanes: Lanes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._lanes = lanes
        self._lane: Dispatcher | None = None  # the first comparison begins it
        self._question: Question | None = None
        self._steps: deque[tuple[int | None, int]] = deque()  # row, None for loading, and column
        self._now: tuple[int | None, int] = (None, 0)
        self._job = 0
        self._epoch = 0  # of the lane's network
        self._network: Loaded | None = None
        self._answered: set[int] = set()

    @property
    def running(self) -> bool:
        return self._question is not None

    def start(self, question: Question) -> bool:
        """False while the comparison before is not over."""
        if self.running or not question.recipes or not question.networks:
            return False
        self._question = question
        self._answered.clear()
        self._steps.clear()
        for column in range(len(question.networks)):
            self._steps.append((None, column))
            self._steps.extend((row, column) for row in range(len(question.recipes)))
        if self._lane is None:
            self._lane = self._lanes["study"]
            self._lane.loaded.connect(self._loaded)
        self.running_changed.emit(True)
        self._next()
        return True

    def stop(self) -> None:
        """After the step in progress; what is there stays."""
        if self.running:
            self._steps.clear()
            self._jobs.cancel(self._job)

    @Slot()
    def close(self) -> None:
        """The window closes."""
        self._question = None
        self._steps.clear()

    def _next(self) -> None:
        question, lane = self._question, self._lane
        if question is None or lane is None:
            return
        if not self._steps:
            self._question = None
            self.running_changed.emit(False)
            return
        self._now = row, column = self._steps.popleft()
        choice = question.networks[column]
        self._job = lane.next_id()
        request: LoadRequest | MethodRequest
        if row is None:
            self._network = None
            self._epoch += 1
            request = LoadRequest(self._job, self._epoch, choice, question.device, agreed=question.agreed)
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
            wanted = self._network is not None and self._network.output == "classes" and column not in self._answered
            request = MethodRequest(self._job, self._epoch, recipe, question.frame, with_answer=wanted)
            title = f"{recipe.method} on {choice.name}"
            job = Job(self._job, title, lane, on_done=self._result, on_failure=self._failed, on_end=self._ended)
        self._jobs.start(job, request)

    @Slot(object)
    def _loaded(self, network: Loaded) -> None:
        self._network = network
        if self.running:
            self.column_loaded.emit(self._now[1], network)

    def _result(self, result: MethodResult) -> None:
        row, column = self._now
        if row is None:
            return
        self.cell_done.emit(row, column, result)
        if result.logits is not None and column not in self._answered:
            self._answered.add(column)
            self.column_answered.emit(column, result.logits)

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
