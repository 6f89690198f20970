"""Repaints ten or two dozen times a second: nobody reads words faster, and the network wants the time."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

WORDS = 100  # milliseconds between two repaints of words and small plots
PICTURES = 40  # and of the pictures beside the mosaic


class Calm(QObject):
    """The first request after a pause is `due` at once, those that follow soon are due together.

    A signal and no callable, because a callable of the widget would keep it alive in a cycle: widgets that die whenever
    garbage is collected, perhaps while another one is painted, crash.
    """

    due = Signal()

    def __init__(self, parent: QObject, interval: int = WORDS) -> None:
        super().__init__(parent)
        self._again = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval)
        self._timer.timeout.connect(self._go_on)

    def request(self) -> None:
        if self._timer.isActive():
            self._again = True
        else:
            self.due.emit()
            self._timer.start()

    def at_once(self) -> None:
        """What the person did is not to be waited for."""
        self._again = False
        self.due.emit()

    def stop(self) -> None:
        """What was requested is not due any more."""
        self._again = False
        self._timer.stop()

    @Slot()
    def _go_on(self) -> None:
        if self._again:
            self._again = False
            self.due.emit()
            self._timer.start()
