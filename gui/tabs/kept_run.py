"""A run that is kept in a folder as a study: stopped at any moment, it goes on from there another day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, Slot
from PySide6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget

from analysis.protocol.problems import Problem
from gui.forms.file_dialogs import ask_folder
from gui.tabs.extra import Extra, Host
from gui.tabs.study_of_one import recipe_in
from gui.views.words import WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result


class KeptRun(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._is_kept = False  # whether something has come of a run in the folder
        self._whole = QWidget(tab)
        self.button = QToolButton(self._whole)
        self.button.setText("Keep…")
        self.button.setToolTip("Keep what is bred in a folder, as a study, or go on with one")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.button)
        menu.setToolTipsVisible(True)
        self.into = menu.addAction("Keep in a folder…", self._choose_new)
        self.into.setToolTip("What there is and whatever comes, in an empty folder; what runs goes on")
        self.again = menu.addAction("Go on with a study…", self._choose_old)
        self.again.setToolTip("One that was stopped, also one of the command line: choose its folder")
        self.no_more = menu.addAction("Keep it no more", self.let_go)
        self.button.setMenu(menu)
        self.words = WrappedWords("", self._whole)
        self.words.setProperty("dim", True)
        column = QVBoxLayout(self._whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.button)
        column.addWidget(self.words)
        tab.around.state.network_changed.connect(self.let_go)
        tab.runner.busy_changed.connect(self._busy_changed)
        self.let_go()

    def side(self) -> QWidget:
        return self._whole

    @Slot()
    def let_go(self) -> None:
        """What is in the folder stays there; what comes from now on does not go into it."""
        self._take("")

    @Slot()
    def _choose_new(self) -> None:
        folder = ask_folder(self.button, "An empty folder for what is bred", QDir.homePath())
        if folder:
            self.keep_in(folder)

    @Slot()
    def _choose_old(self) -> None:
        folder = ask_folder(self.button, "The folder of a study that goes on", QDir.homePath())
        if folder:
            self.go_on(folder)

    def keep_in(self, folder: str) -> None:
        """A run with the same settings goes on with what it came to."""
        recipe = self.tab.recipe()
        if recipe is not None:
            self._begin(folder, recipe)

    def go_on(self, folder: str) -> None:
        try:
            recipe = recipe_in(folder, self.tab)
        except Problem as problem:
            self.tab.pane.tell(str(problem))
            return
        self._begin(folder, recipe)

    def _begin(self, folder: str, recipe: Recipe) -> None:
        self.tab.runner.stop()
        self._take(folder)
        self.tab.show_recipe(recipe)

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        """From now on it is really kept there."""
        folder = self.tab.runner.folder
        if folder and not self._is_kept:
            self._is_kept = True
            self.words.setText(f"Kept in {Path(folder).name}.")
            self.words.setToolTip(folder)
            self.words.show()

    @Slot(bool)
    def _busy_changed(self, busy: bool) -> None:
        """A folder that could not be used is told of, and not tried again."""
        if not busy and not self._is_kept:
            self._take("")

    def _take(self, folder: str) -> None:
        self.tab.runner.folder = folder
        self.no_more.setEnabled(bool(folder))
        self._is_kept = False
        self.words.hide()
