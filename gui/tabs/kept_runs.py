"""Trainings that are kept as studies, each in a folder of its own: drawn beside the shown one, or gone on with."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QStandardPaths, Qt, Slot
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QToolButton, QVBoxLayout, QWidget

from analysis.protocol.problems import Problem
from analysis.results.kinds import Learning
from gui.forms.file_dialogs import ask_folder
from gui.tabs.extra import Extra
from gui.tabs.study_of_one import recipe_in
from gui.views.learning_view import LearningView
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result
    from analysis.studies.trainings import KeptTraining
    from gui.tabs.extra import Host

MOST_BESIDE = 4
HIGH = 72  # pixels of the list
TRAINING = Qt.ItemDataRole.UserRole


class KeptRuns(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._view = cast(LearningView, tab.pane.view(Learning))
        self._folder = _first_folder()
        self._listed = ""  # the folder of the run that was listed when it began
        self._whole = QWidget(tab)
        self.list = QListWidget(self._whole)
        self.list.setMaximumHeight(HIGH)
        self.list.setToolTip("Kept trainings: tick some to see their curves and ridges beside this one's")
        self.list.setAccessibleName("Kept trainings")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # how it was taught, and when
        self.again = QToolButton(self._whole)
        self.again.setText("Go on")
        self.again.setToolTip("Go on with the chosen training, which was stopped: it comes to what it would have been")
        self.choose = QToolButton(self._whole)
        self.choose.setText("Folder…")
        buttons = QWidget(self._whole)
        row = WrappingRow(buttons)
        for one in (QLabel("Kept", buttons), self.again, self.choose):
            row.put(one)
        column = QVBoxLayout(self._whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(buttons)
        column.addWidget(self.list)
        self.choose.clicked.connect(self._choose)
        self.again.clicked.connect(self._go_on)
        self.list.itemChanged.connect(self._show_beside)
        self.list.currentItemChanged.connect(self._enable)
        tab.runner.busy_changed.connect(self._busy_changed)
        self._next()
        self._fill()

    def side(self) -> QWidget:
        return self._whole

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        """What is kept of it is in its folder by now; a run is listed as soon as it has begun."""
        if not isinstance(result, Learning) or not result.kept:
            return
        whose = str(Path(result.kept[0].file).parent)
        if done or whose != self._listed:
            self._listed = whose
            self._fill()

    @Slot(bool)
    def _busy_changed(self, busy: bool) -> None:
        if busy:
            self._next()
        self._enable()

    def _next(self) -> None:
        """The folder of the next run."""
        stamp, number = time.strftime("%Y-%m-%d %H.%M.%S"), 0
        path = self._folder / stamp
        while path.exists() or str(path) == self.tab.runner.folder:
            number += 1
            path = self._folder / f"{stamp} {number}"
        self.tab.runner.folder = str(path)

    def _fill(self) -> None:
        from analysis.studies.trainings import trainings_in

        ticked, chosen = {one.name for one in self._ticked()}, self._chosen()
        self.choose.setToolTip(f"Where trainings are kept, each as a study: {self._folder}")
        self.list.blockSignals(True)
        self.list.clear()
        for kept in trainings_in(self._folder):
            item = QListWidgetItem(f"{kept.words}{'' if kept.over else ', not over'} · {kept.folder.name}")
            item.setToolTip(f"{item.text()}\n{kept.folder}")
            item.setData(TRAINING, kept)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if kept.name in ticked else Qt.CheckState.Unchecked)
            self.list.addItem(item)
            if chosen is not None and chosen.name == kept.name:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self._enable()

    def _ticked(self) -> list[KeptTraining]:
        items = [self.list.item(number) for number in range(self.list.count())]
        return [item.data(TRAINING) for item in items if item.checkState() == Qt.CheckState.Checked]

    def _chosen(self) -> KeptTraining | None:
        item = self.list.currentItem()
        return cast("KeptTraining", item.data(TRAINING)) if item is not None else None

    @Slot()
    def _enable(self) -> None:
        chosen = self._chosen()
        self.again.setEnabled(chosen is not None and not chosen.over and not self.tab.runner.busy)

    @Slot()
    def _show_beside(self) -> None:
        from analysis.studies.trainings import seen_of

        found = []
        for kept in self._ticked()[:MOST_BESIDE]:
            try:
                found.append((kept.name, seen_of(kept)))
            except Problem as problem:
                self.tab.pane.tell(str(problem))
        self._view.show_beside(found)

    @Slot()
    def _go_on(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        try:
            recipe = recipe_in(str(chosen.folder), self.tab)
        except Problem as problem:
            self.tab.pane.tell(str(problem))
            return
        self.tab.runner.stop()
        self.tab.runner.folder = str(chosen.folder)
        self.tab.show_recipe(recipe)

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
