"""Runs several recipes one after the other, all on one picture and one network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from gui.lane.method_runner import MethodRunner, OnFailure, OnProgress, OnResult
from gui.selection import State

if TYPE_CHECKING:
    from analysis.protocol.events import Failure, MethodResult
    from analysis.protocol.frame import Frame
    from analysis.protocol.recipe import Recipe

Listeners = tuple[OnProgress, OnResult, OnFailure, str]  # and the title of the job


class InTurn(QObject):
    """One that fails does not keep the others from running; stopping one stops all."""

    def __init__(
        self, state: State, runner: MethodRunner, listeners: Callable[[Recipe], Listeners], parent: QObject
    ) -> None:
        """`listeners` is asked when a recipe's turn comes."""
        super().__init__(parent)
        self._state, self._runner, self._listeners = state, runner, listeners
        self._waiting: deque[Recipe] = deque()
        self._frame: Frame | None = None
        self._epoch = -1  # of the network that is asked
        self._runs = self._told = False  # whether one runs, and whether its result or its failure came
        runner.busy_changed.connect(self._go_on)

    @property
    def busy(self) -> bool:
        return self._runner.busy or bool(self._waiting)

    def start(self, recipes: Sequence[Recipe], frame: Frame | None) -> None:
        """On this picture, or on the one that is shown, which is then that of all."""
        self.stop()
        network = self._state.network
        self._waiting, self._frame = deque(recipes), frame
        self._epoch = network.epoch if network is not None else -1
        self._next()

    @property
    def frame(self) -> Frame | None:
        """The picture of those that run or ran last."""
        return self._frame

    def stop(self) -> None:
        self._waiting.clear()
        self._runner.stop()

    def _next(self) -> None:
        network = self._state.network
        if not self._waiting or network is None or network.epoch != self._epoch:
            self._waiting.clear()
            return
        recipe = self._waiting.popleft()
        on_progress, self._on_result, self._on_failure, title = self._listeners(recipe)
        self._told = False
        self._runs = self._runner.run(recipe, on_progress, self._result, self._failure, title, frame=self._frame)
        self._frame = self._runner.frame

    def _result(self, result: MethodResult) -> None:
        self._told = True
        self._on_result(result)

    def _failure(self, failure: Failure) -> None:
        self._told = True
        self._on_failure(failure)

    @Slot(bool)
    def _go_on(self, busy: bool) -> None:
        if busy or not self._runs:
            return
        self._runs = False
        if not self._told:
            self._waiting.clear()  # it was stopped
        self._next()
