"""The changed picture as a file of nothing but it, in the network's own size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from analysis.results.kinds import Adversary
from gui.tabs.extra import Extra, Host
from gui.views.words import WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result

FOOLS_NOT = "A file of it does not fool. Choose “file” as export and run again: then it is grown until it does."


class SavedAdversary(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self.button = QPushButton("Save the picture…", tab)
        self.button.setToolTip("Write the changed picture alone, in the network's own size, to be opened anywhere")
        self.button.clicked.connect(self._save)
        self.words = WrappedWords("", tab)
        self.words.setProperty("dim", True)
        self.clear()

    def side(self) -> QWidget:
        whole = QWidget(self.tab)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.words)
        column.addWidget(self.button)
        return whole

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        there = done and isinstance(result, Adversary)
        self.button.setEnabled(there)
        judged = result.beside.get("fooled_file") if isinstance(result, Adversary) else None
        self.words.setText(FOOLS_NOT if judged is not None and not bool(judged) else "")

    def clear(self) -> None:
        self.button.setEnabled(False)
        self.words.setText("")

    @Slot()
    def _save(self) -> None:
        shown = self.tab.pane.shown()
        if shown is not None:
            bare = replace(shown.recipe, settings={**shown.recipe.settings, "export": "file"})
            self.tab.export_wanted.emit(replace(shown, recipe=bare))
