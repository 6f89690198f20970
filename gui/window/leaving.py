"""Before the window closes: a word where something that takes long would be lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMessageBox

if TYPE_CHECKING:
    from gui.window.main_window import MainWindow


class Leaving(QObject):
    def __init__(self, window: MainWindow, unfinished: Callable[[], Sequence[str]]) -> None:
        """`unfinished` gives sentences on what goes on and is kept nowhere."""
        super().__init__(window)
        self._window = window
        self._unfinished = unfinished
        window.may_close = self._may_close

    def _may_close(self) -> bool:
        """The question stands beside the window, and not in its way: who ends the program from outside can."""
        words = " ".join(self._unfinished())
        if not words:
            return True
        box = QMessageBox(QMessageBox.Icon.Question, "Close Underhood", words, parent=self._window)
        box.setInformativeText("It is kept nowhere. To keep it, stay, stop it and export what came of it.")
        close = box.addButton("Close all the same", QMessageBox.ButtonRole.AcceptRole)
        stay = box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        close.clicked.connect(self._close)
        box.finished.connect(box.deleteLater)
        box.open()
        return False

    @Slot()
    def _close(self) -> None:
        self._window.may_close = lambda: True
        self._window.close()
