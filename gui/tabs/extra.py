"""What is special about one tab that is made of methods: a small object with hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from gui.tabs.panel import TabPanel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from analysis.methods.method import Method
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.protocol.reins import Reins
    from analysis.results.kinds import Result
    from gui.lane.method_runner import MethodRunner
    from gui.tabs.around import Around
    from gui.tabs.asked import Asked
    from gui.tabs.result_pane import ResultPane


class Host(TabPanel):
    """What an extra knows of its tab."""

    around: Around
    runner: MethodRunner
    pane: ResultPane
    asked: Asked
    technique: type[Method] | None  # that is chosen

    def plain_recipe(self) -> Recipe | None:
        """What the controls say."""
        raise NotImplementedError

    def go_on(self, recipe: Recipe, reins: Reins) -> None:
        """Runs this in place of what runs, and what is on the screen stays until it comes."""
        raise NotImplementedError


class Extra(QObject):
    """Whatever is not overridden does nothing."""

    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self.tab = tab

    def side(self) -> QWidget | None:
        """Stands below the settings."""
        return None

    def below(self) -> QWidget | None:
        """Stands below the result."""
        return None

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        """It has been drawn."""

    def asked(self, recipe: Recipe) -> Recipe:
        """With what this asks besides; it is run like that."""
        return recipe

    def into_recipe(self, recipe: Recipe) -> Recipe:
        """With what this adds to what is seen."""
        return recipe

    def take_over(self, recipe: Recipe) -> None:
        """It is opened, and not run yet: from now on this asks what it says."""

    def from_recipe(self, recipe: Recipe) -> None:
        """It is opened, and run after this."""

    def clear(self) -> None:
        """Nothing is shown any more."""
