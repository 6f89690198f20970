"""An atlas is written as a site: how far that is, the time left, and a way to stop it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QObject, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from gui.forms.file_dialogs import ask_folder
from gui.lane.background import Reading, read
from gui.views.progress_strip import TimeLeft
from gui.views.shown_outside import show_outside
from gui.views.words import ElidedWords

if TYPE_CHECKING:
    from analysis.sweeps.atlas import Atlas
    from gui.views.notice_bar import NoticeBar

EVERY = 200  # milliseconds
GOING_ON = "A site is being written: stop it, or wait for it."


@dataclass
class _Way:
    """What the thread that writes and the window know of each other."""

    done: int = 0
    total: int = 1
    note: str = ""
    stopped: bool = False


class PublishRun(QObject):
    def __init__(self, notice: NoticeBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._notice, self._parent = notice, parent
        self._way: _Way | None = None
        self._reading: Reading | None = None
        self._folder = ""
        self._left = TimeLeft()
        self.strip = QWidget(parent)
        self.told = ElidedWords(self.strip)
        self.stop_button = QToolButton(self.strip)
        self.stop_button.setText("Stop")
        self.stop_button.setToolTip("What is written stays; publish into the same folder again for the rest")
        row = QHBoxLayout(self.strip)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.told, 1)
        row.addWidget(self.stop_button)
        self.strip.hide()
        self._look = QTimer(self)
        self._look.setInterval(EVERY)
        self._look.timeout.connect(self._tell)
        self.stop_button.clicked.connect(self.stop)

    @property
    def running(self) -> bool:
        return self._way is not None

    def ask(self, atlas: Atlas) -> None:
        """Where to."""
        if self.running:
            self._notice.show_notice(GOING_ON, "hint")
            return
        folder = ask_folder(self._parent, "An empty folder for the site", QDir.homePath())
        if folder:
            self.begin(atlas, folder)

    def begin(self, atlas: Atlas, folder: str) -> None:
        self._notice.clear()
        self._way, self._left, self._folder = _Way(), TimeLeft(), folder
        self.told.setText("The site is being written")
        self.strip.show()
        self._reading = read(
            partial(_written, atlas, Path(folder), self._way), urgent=False, tried="The site could not be written"
        )
        self._reading.done.connect(self._tell_written)
        self._reading.failed.connect(self._tell_unwritten)
        self._look.start()

    @Slot()
    def stop(self) -> None:
        if self._way is not None:
            self._way.stopped = True

    @Slot()
    def _tell(self) -> None:
        way = self._way
        if way is None or not way.note:
            return
        self._left.update(way.done, way.total)
        told = (f"Site: {100 * way.done // way.total} %", way.note, self._left.in_words())
        self.told.setText(" · ".join(one for one in told if one))

    @Slot(object)
    def _tell_written(self, _nothing: object) -> None:
        way = self._way
        self._end()
        if way is not None and way.stopped:
            share = f"{100 * way.done // way.total} %"
            self._notice.show_notice(f"Stopped after {share}: publish into {self._folder} again for the rest.", "hint")
            return
        show = partial(show_outside, str(Path(self._folder) / "index.html"), self._notice)
        self._notice.show_notice(f"The site is in {self._folder}.", "hint", [("Open it", show)])

    @Slot(str, str)
    def _tell_unwritten(self, sentence: str, _details: str) -> None:
        self._end()
        self._notice.show_notice(sentence, "error")

    def _end(self) -> None:
        self._look.stop()
        self._way = self._reading = None
        self.strip.hide()

    def end(self) -> None:
        """The window closes, and does not wait for thousands of pages."""
        self.stop()
        self._look.stop()


def _written(atlas: Atlas, folder: Path, way: _Way) -> None:
    from analysis.publishing.site import publish_atlas

    steps = publish_atlas(atlas, folder)
    for way.done, way.total, way.note in steps:
        if way.stopped:
            return
