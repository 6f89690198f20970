"""What comes often is given out so many times a second; of what came between, the newest."""

from __future__ import annotations

from time import perf_counter
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal, Slot

Item = TypeVar("Item")


class Newest(QObject, Generic[Item]):
    given = Signal(object)

    def __init__(self, parent: QObject, interval: float) -> None:
        super().__init__(parent)
        self._interval = interval  # seconds
        self._due = 0.0
        self.held: Item | None = None  # and not given out yet
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.give)

    def offer(self, item: Item) -> None:
        self.held = item
        wait = self._due - perf_counter()
        if wait <= 0:
            self.give()
        elif not self._timer.isActive():
            self._timer.start(max(1, int(wait * 1000)))

    @Slot()
    def give(self) -> None:
        """What is held, if anything, now."""
        item, self.held = self.held, None
        self._timer.stop()
        if item is not None:
            # One that came late does not make the next ones late: the rate is right on average.
            now = perf_counter()
            self._due = min(max(self._due, now - self._interval), now) + self._interval
            self.given.emit(item)

    def drop(self) -> None:
        """What is held is for nobody."""
        self.held = None
        self._timer.stop()
