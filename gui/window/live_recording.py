"""Recording as the person meets it: where to, a light that tells how long and ends it, and how it went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QObject, Slot
from PySide6.QtWidgets import QToolButton

from analysis.files.whole_file import check_output
from analysis.protocol.problems import Problem
from gui.export import figures
from gui.recording.recorder import Recorder
from gui.recording.reel import Reel

if TYPE_CHECKING:
    from gui.window.session import Session

ANIMATIONS = "WebP animation (*.webp);;GIF animation (*.gif)"
FILMS = "MP4 film (*.mp4)"
NO_FILMS = "This system's Qt cannot code MP4 films, so recordings are kept as WebP or GIF animations."


class LiveRecording(QObject):
    """Asks for the file first, so that nothing of a recording is ever lost; records the tab that is in front."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._window = session.window
        self._reels: set[Reel] = set()  # recording, or being written
        self._unwritten: Reel | None = None  # its file could not be written, and it is still kept
        self._closing: QEventLoop | None = None
        self.recorder = Recorder(self)
        self.recorder.took.connect(self._show_time)
        self.recorder.stopped.connect(self._show_end)
        self._light = QToolButton(self._window)
        self._light.setAutoRaise(True)
        self._light.clicked.connect(self.recorder.stop)
        self._light.hide()
        self._window.statusBar().insertPermanentWidget(0, self._light)
        session.closing.connect(self.close)

    def record(self, on: bool) -> None:
        if not on:
            self.recorder.stop()
            return
        path = figures.ask_path(self._window, "underhood", self._kinds(), "Record to")
        if path is None:
            self._window.actions_["record"].setChecked(False)
        else:
            self.start(path)

    def start(self, path: Path) -> None:
        try:
            reel = made_reel(path, self)
        except Problem as problem:
            self._window.actions_["record"].setChecked(False)
            self._window.notice.show_notice(str(problem))
            return
        self._let_go_of_unwritten()
        self._reels.add(reel)
        reel.finished.connect(self._written)
        reel.failed.connect(self._failed)
        self._light.setToolTip(
            f"Recording the tab to {path}. Press to end it (Ctrl+R); it ends by itself after {clock(reel.longest)}."
        )
        self._light.show()
        self._window.actions_["record"].setChecked(True)
        self.recorder.start(self._window.tabs, reel)

    @Slot()
    def close(self) -> None:
        """The window goes at once; what was recorded is written before the program ends."""
        self.recorder.stop()
        self._let_go_of_unwritten()
        if self._reels:
            self._window.hide()
            self._closing = QEventLoop(self)
            self._closing.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    def _kinds(self) -> str:
        if film_possible():
            return f"{ANIMATIONS};;{FILMS}"
        self._session.note(NO_FILMS)
        return ANIMATIONS

    @Slot(int)
    def _show_time(self, milliseconds: int) -> None:
        words = f"● Recording {clock(milliseconds)}"
        if self._light.text() != words:
            self._light.setText(words)

    @Slot()
    def _show_end(self) -> None:
        self._light.hide()
        self._window.actions_["record"].setChecked(False)
        self._window.statusBar().showMessage("Writing the recording…")

    @Slot(str)
    def _written(self, remark: str) -> None:
        reel = self._ended()
        reel.deleteLater()
        limit = f"a recording of this kind ends after {clock(reel.longest)}" if reel.at_longest else ""
        words = "; ".join(filter(None, [f"Written to {reel.path}", limit, remark]))
        self._window.statusBar().showMessage(f"{words}.", 8000)

    @Slot(str)
    def _failed(self, sentence: str) -> None:
        reel = self._ended()
        self._window.statusBar().clearMessage()
        if reel.kept and self._closing is None:
            self._let_go_of_unwritten()
            self._unwritten = reel
            self._window.notice.show_notice(sentence, ways=[("Write it elsewhere…", self._write_elsewhere)])
        else:
            reel.forget()
            reel.deleteLater()
            self._window.notice.show_notice(sentence)

    def _write_elsewhere(self) -> None:
        reel = self._unwritten
        if reel is None:
            return
        path = figures.ask_path(self._window, reel.path.stem, ANIMATIONS, "Write the recording to")
        if path is None:
            sentence = "The recording is not written yet; the next one takes its place."
            self._window.notice.show_notice(sentence, "warning", [("Write it elsewhere…", self._write_elsewhere)])
            return
        self._unwritten = None
        self._reels.add(reel)
        self._window.statusBar().showMessage("Writing the recording…")
        reel.write_to(path)

    def _let_go_of_unwritten(self) -> None:
        reel, self._unwritten = self._unwritten, None
        if reel is not None:
            reel.forget()
            reel.deleteLater()

    def _ended(self) -> Reel:
        reel = self.sender()
        assert isinstance(reel, Reel)
        self._reels.discard(reel)
        if self.recorder.reel is reel:  # it broke while recording
            self.recorder.stop()
        if self._closing is not None and not self._reels:
            self._closing.quit()
        return reel


def clock(milliseconds: int) -> str:
    """Minutes and seconds: 0:30."""
    seconds = milliseconds // 1000
    return f"{seconds // 60}:{seconds % 60:02}"


def film_possible() -> bool:
    try:
        from gui.recording.film_reel import film_format
    except ImportError:  # a system library that QtMultimedia needs is missing
        return False
    return film_format() is not None


def made_reel(path: Path, parent: QObject) -> Reel:
    """The reel for the file's suffix; a Problem says why there is none."""
    check_output(path, (".webp", ".gif", ".mp4") if film_possible() else (".webp", ".gif"))
    if path.suffix.lower() != ".mp4":
        from gui.recording.animation_reel import AnimationReel

        return AnimationReel(path, parent)
    from gui.recording.film_reel import FilmReel, film_format

    kind = film_format()
    assert kind is not None
    return FilmReel(path, kind, parent)
