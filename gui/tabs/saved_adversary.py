"""The changed picture as a file of nothing but it, in the network's own size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from analysis.results.kinds import Adversary
from analysis.results.planes_seen import in_a_file
from gui.tabs.extra import Extra, Host

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result


class SavedAdversary(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self.button = QPushButton("Save the picture…", tab)
        self.button.setToolTip("Write the changed picture alone, in the network's own size, to be opened anywhere")
        self.button.clicked.connect(self._save)
        self.grow = QPushButton("Grow until its file fools", tab)
        self.grow.setToolTip("Run again for a file, and enlarge the change until what the network sees of that fools")
        self.grow.clicked.connect(self._grow)
        self._recipe: Recipe | None = None
        self.clear()

    def side(self) -> QWidget:
        whole = QWidget(self.tab)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.grow)
        column.addWidget(self.button)
        return whole

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        self._offer(result if done else None)
        judged = result.beside.get("fooled_file") if isinstance(result, Adversary) else None
        fools_not, grown = judged is not None and not bool(judged), recipe.settings.get("export") == "file"
        self._recipe = recipe
        self.grow.setVisible(fools_not and not grown)

    def clear(self) -> None:
        """What another network has left on the screen is a picture all the same."""
        left = self.tab.pane.result if self.tab.pane.drawn else None
        self._offer(left.result if left is not None else None)
        self.grow.hide()

    def _offer(self, result: Result | None) -> None:
        self.button.setEnabled(isinstance(result, Adversary) and in_a_file(result.values.shape[2]))

    @Slot()
    def _grow(self) -> None:
        """The same attack, made for a file."""
        if self._recipe is not None:
            settings = {**self._recipe.settings, "export": "file"}
            self.tab.show_recipe(replace(self._recipe, settings=settings))

    @Slot()
    def _save(self) -> None:
        shown = self.tab.pane.shown()
        if shown is not None:
            bare = replace(shown.recipe, settings={**shown.recipe.settings, "export": "file"})
            self.tab.export_wanted.emit(replace(shown, recipe=bare))
