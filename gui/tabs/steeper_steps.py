"""Where plain steps stall because the network is so sure, signed ones are a click away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QWidget

from analysis.results.kinds import Adversary
from gui.tabs.extra import Extra, Host

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result


class SteeperSteps(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._recipe: Recipe | None = None
        self.button = QPushButton("Take signed steps", tab)
        self.button.setToolTip("Run again with steps that move every value by one level, however flat the loss is")
        self.button.clicked.connect(self._take)
        self.button.hide()

    def side(self) -> QWidget:
        return self.button

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        stalls = isinstance(result, Adversary) and any(one.lit and one.name == "gradient" for one in result.lights)
        plain = recipe.settings.get("form") == "plain"
        self._recipe = recipe
        self.button.setVisible(done and stalls and plain)

    def clear(self) -> None:
        self.button.hide()

    @Slot()
    def _take(self) -> None:
        if self._recipe is not None:
            settings = {**self._recipe.settings, "form": "signed"}
            self.tab.show_recipe(replace(self._recipe, settings=settings))
