"""Repaints a dozen or two times a second: nobody reads words faster, and the network wants the time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

WORDS = 80  # milliseconds between two repaints of words and small plots
PICTURES = 40  # and of the pictures beside the mosaic


class Calm(QObject):
    """The first request after a pause repaints at once, those that follow soon are painted together."""

    def __init__(self, parent: QObject, repaint: Callable[[], None], interval: int = WORDS) -> None:
        super().__init__(parent)
        self._repaint = repaint
        self._again = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval)
        self._timer.timeout.connect(self._go_on)

    def request(self) -> None:
        if self._timer.isActive():
            self._again = True
        else:
            self._repaint()
            self._timer.start()

    def at_once(self) -> None:
        """What the person did is not to be waited for."""
        self._again = False
        self._repaint()

    @Slot()
    def _go_on(self) -> None:
        if self._again:
            self._again = False
            self._repaint()
            self._timer.start()
