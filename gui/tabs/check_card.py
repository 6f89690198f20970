"""One test of a map: what it asks, its drawing, its verdict or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from gui.lane.method_runner import MethodRunner
from gui.selection import State
from gui.tabs.result_pane import ResultPane
from gui.views.film_strip import FilmStrip
from gui.views.verdict import VerdictBar

if TYPE_CHECKING:
    from analysis.methods.method import Method
    from analysis.protocol.events import MethodResult
    from analysis.protocol.recipe import Recipe


class CheckCard(QWidget):
    wanted = Signal(str)  # the name of the test, to be run

    def __init__(self, test: type[Method], state: State, runner: MethodRunner, parent: QWidget) -> None:
        super().__init__(parent)
        self._test = test
        self.name = test.title
        self.badge = VerdictBar(self)
        self.pane = ResultPane(state, runner, self)
        self.pane.use(test)
        self.pane.title.hide()
        self.run = QToolButton(self)
        self.run.setText("Run")
        self.run.setToolTip(f"Run the test {test.title.lower()} again")
        self.run.clicked.connect(self._want)
        head = QHBoxLayout()
        head.addWidget(QLabel(f"<b>{test.title}</b>", self), 1)
        head.addWidget(self.pane.foot.export)
        head.addWidget(self.run)
        asks = QLabel(test.summary, self)
        asks.setProperty("dim", True)
        asks.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(asks)
        column.addWidget(self.badge)
        column.addWidget(self.pane, 1)
        self.clear()

    @property
    def stretch(self) -> int:
        """Its share of the room that is left: a strip has its height."""
        return 0 if isinstance(self.pane.view(), FilmStrip) else 1

    def begin(self, recipe: Recipe) -> None:
        """What came of it is forgotten, before it runs again."""
        self.badge.show_badge(None)
        self.pane.forget()
        self.pane.expect(recipe)

    def show_result(self, result: MethodResult) -> None:
        from analysis.results.numbers import numbers_of
        from analysis.studies.verdicts import badge

        self.pane.show_result(result)
        self.badge.show_badge(badge(result.recipe.method, numbers_of(result.result)))

    def clear(self) -> None:
        self.badge.show_badge(None)
        self.pane.forget_all()
        self.pane.notice.clear()
        self.pane.say(self._test.summary)
        self.run.setEnabled(False)

    @Slot()
    def _want(self) -> None:
        self.wanted.emit(self._test.name)
