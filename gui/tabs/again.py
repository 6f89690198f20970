"""The same run once more, with what was changed on the way: it comes to the same, to the bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QWidget

from gui.tabs.extra import Extra

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result
    from gui.tabs.extra import Host


class Again(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self.button = QPushButton("Again, to the bit", tab)
        self.button.setToolTip("Run once more what is shown, from its seed, with all that was changed on the way")
        self.button.setEnabled(False)
        self.button.clicked.connect(self._again)
        tab.runner.busy_changed.connect(self._enable)

    def side(self) -> QWidget:
        return self.button

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        self._enable()

    def clear(self) -> None:
        self._enable()

    @Slot()
    def _enable(self) -> None:
        self.button.setEnabled(self.tab.pane.result is not None and not self.tab.runner.busy)

    @Slot()
    def _again(self) -> None:
        result = self.tab.pane.result
        if result is not None:
            self.tab.show_recipe(result.recipe)
