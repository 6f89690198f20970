"""Repaints of words and small plots, a dozen a second: nobody reads faster, and the network wants the time."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

INTERVAL = 80  # milliseconds


class CalmUpdates(QObject):
    """The first request after a pause repaints at once, those that follow soon are painted together."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._again = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)

    def request(self) -> None:
        if self._timer.isActive():
            self._again = True
        else:
            self._widget.update()
            self._timer.start(INTERVAL)

    @Slot()
    def _go_on(self) -> None:
        if self._again:
            self._again = False
            self._widget.update()
            self._timer.start(INTERVAL)
