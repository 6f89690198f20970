"""Trainings that were kept, each in a folder of its own; those that are ticked are drawn beside the shown one."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QStandardPaths, Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QToolButton, QVBoxLayout, QWidget

from analysis.protocol.problems import Problem
from analysis.results.kinds import Learning
from gui.forms.file_dialogs import ask_folder
from gui.tabs.extra import Extra
from gui.views.learning_view import LearningView

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result
    from gui.tabs.extra import Host

MOST_BESIDE = 4
HIGH = 60  # pixels of the list


class KeptRuns(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._view = cast(LearningView, tab.pane.view(Learning))
        self._folder = _first_folder()
        self._of_this: str = ""  # the folder of the run that goes on, or was last
        self._whole = QWidget(tab)
        self.list = QListWidget(self._whole)
        self.list.setMaximumHeight(HIGH)
        self.list.setToolTip("Kept trainings: tick some to see their curves and ridges beside this one's")
        self.list.setAccessibleName("Kept trainings")
        self.choose = QToolButton(self._whole)
        self.choose.setText("Folder…")
        row = QHBoxLayout()
        row.addWidget(QLabel("Beside", self._whole))
        row.addStretch(1)
        row.addWidget(self.choose)
        column = QVBoxLayout(self._whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.list)
        self.choose.clicked.connect(self._choose)
        self.list.itemChanged.connect(self._show_beside)
        tab.runner.busy_changed.connect(self._busy_changed)
        self._next()
        self._fill()

    def side(self) -> QWidget:
        return self._whole

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        """What is over, or was stopped, is written with its recipe."""
        if not done or not isinstance(result, Learning) or not result.kept or "tests" not in result.numbers:
            return
        from analysis.training.kept_runs import write_run

        folder = Path(result.kept[0].file).parent
        try:
            write_run(folder, recipe, result.numbers)
        except Problem as problem:
            self.tab.pane.tell(str(problem))
            return
        self._fill()

    @Slot(bool)
    def _busy_changed(self, busy: bool) -> None:
        if busy:
            self._next()

    def _next(self) -> None:
        """The folder of the next run."""
        stamp, number = time.strftime("%Y-%m-%d %H.%M.%S"), 0
        path = self._folder / stamp
        while path.exists() or str(path) == self.tab.runner.folder:
            number += 1
            path = self._folder / f"{stamp} {number}"
        self.tab.runner.folder = str(path)

    def _fill(self) -> None:
        from analysis.training.kept_runs import runs_in

        ticked = self._ticked()
        self.choose.setToolTip(f"Where trainings are kept: {self._folder}")
        self.list.blockSignals(True)
        self.list.clear()
        for name in runs_in(self._folder):
            item = QListWidgetItem(name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if name in ticked else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.blockSignals(False)

    def _ticked(self) -> list[str]:
        items = [self.list.item(number) for number in range(self.list.count())]
        return [item.text() for item in items if item.checkState() == Qt.CheckState.Checked]

    @Slot()
    def _show_beside(self) -> None:
        from analysis.training.kept_runs import read_run

        found = []
        for name in self._ticked()[:MOST_BESIDE]:
            try:
                found.append((name, read_run(self._folder / name)))
            except Problem as problem:
                self.tab.pane.tell(str(problem))
        self._view.show_beside(found)

    @Slot()
    def _choose(self) -> None:
        chosen = ask_folder(self._whole, "Where trainings are kept", str(self._folder))
        if chosen:
            self._folder = Path(chosen)
            self._next()
            self._fill()


def _first_folder() -> Path:
    own = os.environ.get("UNDERHOOD_CONFIG")
    if own:
        return Path(own) / "trainings"
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(place) / "underhood" / "trainings"
