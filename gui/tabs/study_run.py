"""A comparison, or a grid of any size, asked into a folder: closed or stopped at any moment, it goes on from there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QObject, Slot
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from analysis.protocol.events import StudyEnded
from analysis.protocol.origin import Origin
from analysis.protocol.requests import StudyRequest
from gui.forms.file_dialogs import ask_folder
from gui.lane.jobs import Job
from gui.views.shown_outside import show_outside

if TYPE_CHECKING:
    from analysis.protocol.events import Failure
    from analysis.protocol.recipe import Recipe
    from gui.tabs.around import Around
    from gui.views.notice_bar import NoticeBar

GOING_ON = "A study is running: stop it in the strip below, or wait for it."
NOT_KEPT = "A study asks for its picture by its file: open a picture, or save this one, and ask again."


class StudyRun(QObject):
    """The button beside *Export figure…*, and what comes of it."""

    def __init__(self, around: Around, notice: NoticeBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._around = around
        self._notice = notice
        self._job = 0
        self.button = QToolButton(parent)
        self.button.setText("Study…")
        self.button.setToolTip("Ask it into a folder: a page, a table, a figure and the numbers of every cell")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.button)
        menu.setToolTipsVisible(True)
        self.into = menu.addAction("Run into a folder…")
        self.into.setToolTip("What is compared here, into a new folder")
        self.again = menu.addAction("Go on with a study…", self.go_on)
        self.again.setToolTip("One that was stopped, also one of the command line: choose its folder")
        self.button.setMenu(menu)

    @property
    def running(self) -> bool:
        return self._job != 0

    def begin(self, grid: Recipe) -> None:
        """Asks for an empty folder, and runs the grid into it."""
        picture = grid.picture
        if picture is not None and not Origin.parse(picture.origin).can_be_found_again:
            self._notice.show_notice(NOT_KEPT, "hint")
            return
        self._choose("An empty folder for the study", grid)

    @Slot()
    def go_on(self) -> None:
        self._choose("The folder of a study that goes on", None)

    def _choose(self, title: str, grid: Recipe | None) -> None:
        if self.running:
            self._notice.show_notice(GOING_ON, "hint")
            return
        folder = ask_folder(self.button, title, QDir.homePath())
        if folder:
            self.run(folder, grid)

    def run(self, folder: str, grid: Recipe | None) -> None:
        around = self._around
        lane = around.lanes["study"]
        self._notice.clear()
        self._job = lane.next_id()
        request = StudyRequest(self._job, grid, folder, around.device, around.agreed)
        title = f"Study in {Path(folder).name}"
        around.jobs.start(
            Job(self._job, title, lane, on_done=self._done, on_failure=self._failed, on_end=self._ended), request
        )
        self.button.setEnabled(False)

    def _done(self, ended: StudyEnded) -> None:
        self._free()
        failed = f", {ended.failed:,} of them without a result" if ended.failed else ""
        sentence = f"All {ended.cells:,} cells of the study are in {ended.folder}{failed}."
        show = partial(show_outside, ended.page, self._notice)
        self._notice.show_notice(sentence, "hint", [("Show the page", show)])

    def _failed(self, failure: Failure) -> None:
        self._notice.show_notice(failure.summary, "error")

    def _ended(self, cancelled: bool) -> None:
        self._free()
        if cancelled:
            self._notice.show_notice("The study was stopped; what it has is kept, and “Go on” takes it up.", "hint")

    def _free(self) -> None:
        self._job = 0
        self.button.setEnabled(True)
