"""Sweeps as jobs of the window: begun, watched, stopped and gone on with; and the atlas of your room."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QObject, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from analysis.protocol.requests import SweepRequest
from gui.forms.file_dialogs import ask_folder
from gui.lane.jobs import Job
from gui.tabs.room import Room
from gui.views.words import ElidedWords

if TYPE_CHECKING:
    from analysis.protocol.events import Failure, JobProgress, SweepEnded
    from gui.forms.sweep_form import SweepChoice
    from gui.tabs.around import Around
    from gui.views.notice_bar import NoticeBar

GOING_ON = "A sweep is running: stop it, or wait for it."
NO_NETWORK = "There is no network yet: open one, then sweep it over a folder of pictures."


class SweepRun(QObject):
    def __init__(self, around: Around, notice: NoticeBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._around, self._notice, self._parent = around, notice, parent
        self._job = 0
        self._request: SweepRequest | None = None
        self._stopped: SweepRequest | None = None
        self._come_of_it: SweepEnded | None = None  # that is still to be told
        self.button = QToolButton(parent)
        self.button.setText("Sweep…")
        self.button.setToolTip("All pictures of a folder through the opened network, into an atlas of its units")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.button)
        menu.addAction("Sweep a folder…", self.ask)
        menu.addAction("Go on with a sweep…", self.ask_which)
        self.button.setMenu(menu)
        self.strip = QWidget(parent)
        self.told = ElidedWords(self.strip)
        self.stop_button = QToolButton(self.strip)
        self.stop_button.setText("Stop")
        self.stop_button.setToolTip("What is done is kept, and the sweep can go on")
        self.again_button = QToolButton(self.strip)
        self.again_button.setText("Go on")
        row = QHBoxLayout(self.strip)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.told, 1)
        row.addWidget(self.stop_button)
        row.addWidget(self.again_button)
        self.strip.hide()
        self.stop_button.clicked.connect(self.stop)
        self.again_button.clicked.connect(self.go_on)
        self.room = Room(around, notice, self, parent)
        self.room_button = self.room.button

    @property
    def running(self) -> bool:
        return self._job != 0

    @Slot()
    def ask(self) -> None:
        """Which pictures, which layers, and where to."""
        from analysis.datasets.names import OWN
        from gui.forms.sweep_form import SweepForm

        network = self._around.state.network
        if network is None or self.running:
            self._notice.show_notice(GOING_ON if self.running else NO_NETWORK, "hint")
            return
        form = SweepForm(network.title, self._around.state.layer, OWN, self._parent)
        if form.exec():
            self.run(form.choice)
        form.deleteLater()

    @Slot()
    def ask_which(self) -> None:
        if self.running:
            self._notice.show_notice(GOING_ON, "hint")
            return
        folder = ask_folder(self._parent, "The folder of a sweep that goes on", QDir.homePath())
        network = self._around.state.network
        if folder and network is not None:
            self._begin(folder, "", ())

    def run(self, choice: SweepChoice) -> None:
        self._begin(choice.folder, choice.data, choice.layers)

    def sweep(self, data: str, folder: str) -> None:
        """For the room."""
        self._begin(folder, data, ())

    def _begin(self, folder: str, data: str, layers: tuple[str, ...]) -> None:
        around = self._around
        if around.state.network is None:
            self._notice.show_notice(NO_NETWORK, "hint")
            return
        lane = around.lanes["study"]
        request = SweepRequest(
            lane.next_id(), around.state.network.choice, folder, data, layers, around.device, around.agreed
        )
        self._start(request)

    def _start(self, request: SweepRequest) -> None:
        self._notice.clear()
        self._job, self._request, self._stopped, self._come_of_it = request.id, request, None, None
        job = Job(
            request.id,
            f"Sweep into {Path(request.folder).name}",
            self._around.lanes["study"],
            on_progress=self._show,
            on_done=self._done,
            on_failure=self._failed,
            on_end=self._ended,
        )
        self._around.jobs.start(job, request)
        self.told.setText("The sweep begins")
        self.strip.show()
        self.stop_button.show()
        self.again_button.hide()

    @Slot()
    def stop(self) -> None:
        if self._job:
            self._around.jobs.cancel(self._job)

    @Slot()
    def go_on(self) -> None:
        request = self._stopped
        if request is not None and not self.running:
            from dataclasses import replace

            self._start(replace(request, id=self._around.lanes["study"].next_id()))

    def _show(self, progress: JobProgress) -> None:
        self.told.setText(progress.note)

    def _done(self, ended: SweepEnded) -> None:
        if ended.left:
            self._show_so_far(ended)
            return
        self._come_of_it = ended
        self._around.atlas.open(ended.folder)

    def tell_what_came_of_it(self) -> None:
        """Once the atlas of the sweep is what is looked at, so that nothing wipes away what is said of it."""
        ended, atlas = self._come_of_it, self._around.atlas.atlas
        if ended is None or atlas is None or atlas.folder.resolve() != Path(ended.folder).resolve():
            return
        self._come_of_it = None
        are = "1 picture is" if ended.pictures == 1 else f"{ended.pictures:,} pictures are"
        bad = f", {ended.bad:,} {'was' if ended.bad == 1 else 'were'} left out" if ended.bad else ""
        before = self._notice.sentence
        said = " ".join(filter(None, (f"{are} in the atlas{bad}.", *ended.remarks, before)))
        self._notice.show_notice(said, "hint", passing=not ended.remarks and not before)

    def _show_so_far(self, ended: SweepEnded) -> None:
        """What the shards that are done give; who looks at another atlas goes on looking at that."""
        opened = self._around.atlas
        if opened.atlas is None or opened.atlas.folder.resolve() == Path(ended.folder).resolve():
            opened.open(ended.folder)
            return
        sentence = f"{ended.pictures:,} pictures are in the new atlas so far, and the sweep goes on."
        self._notice.show_notice(sentence, "hint", [("Look at it", partial(opened.open, ended.folder))])

    def _failed(self, failure: Failure) -> None:
        self._notice.show_notice(failure.summary, "error")
        self._stopped = self._request

    def _ended(self, cancelled: bool) -> None:
        request, self._request, self._job = self._request, None, 0
        self._stopped = request if cancelled else self._stopped
        self.stop_button.hide()
        self.again_button.setVisible(self._stopped is not None)
        self.strip.setVisible(self._stopped is not None)
        if self._stopped is not None:
            self.told.setText("The sweep was stopped; what is done is kept" if cancelled else "The sweep did not go on")
        self.room.sweep_ended()

    def end(self) -> None:
        """The window closes; jobs end with their lane."""
