"""The keyboard comes back to the window when a dialog that had it is gone.

That is the window manager's part. But where the machine is busy and two dialogs go one right after the other (a file's
name, and whether to replace it), a manager may give it to one that is no more, and keys then go nowhere until somebody
clicks. Whoever went to another program while the dialog stood is left alone.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

AFTER = 300  # milliseconds that the manager has for it
TIMES = 5  # that it is asked for


class KeyboardBack(QObject):
    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._before: QWidget | None = None
        self._left = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AFTER)
        self._timer.timeout.connect(self._ask)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow)

    @Slot(QWidget, QWidget)
    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is not None:
            self._timer.stop()
        elif before is not None:
            self._before, self._left = before, TIMES
            self._timer.start()

    @Slot()
    def _ask(self) -> None:
        """Where what had the keyboard is still in sight, the person has gone to another program."""
        before, wanted = self._before, QApplication.activeModalWidget() or self._window
        if QGuiApplication.focusWindow() is not None or (before and isValid(before) and before.isVisible()):
            return
        if wanted.isVisible() and not wanted.isMinimized():
            wanted.activateWindow()
        self._left -= 1
        if self._left > 0:
            self._timer.start()
