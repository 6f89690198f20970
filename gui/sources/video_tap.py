"""Where Qt's multimedia hands out its frames: the newest one as an image, the others are let go.

Importing this imports QtMultimedia, so only sources that need it do, and they themselves are imported late.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtMultimedia import QVideoFrame, QVideoSink


class VideoTap(QObject):
    """`arrived` carries a QImage and the frame's time in seconds, or -1. `shortest` seconds lie between two of them.

    The sink is written to by other threads; what it sends queues up while the GUI thread is busy. Only the newest frame
    is converted, however many are in the queue.
    """

    arrived = Signal(object, float)

    def __init__(self, parent: QObject, shortest: float = 0.0) -> None:
        super().__init__(parent)
        self.sink = QVideoSink(self)
        self.sink.videoFrameChanged.connect(self._take)
        self._shortest = shortest
        self._last = QVideoFrame()
        self._taken = 0.0

    def forget(self) -> None:
        """Lets the last frame go, and whatever is still in the queue with it."""
        self.sink.setVideoFrame(QVideoFrame())

    @Slot()
    def _take(self) -> None:
        frame = self.sink.videoFrame()
        if frame == self._last:
            return
        now = time.perf_counter()
        if not frame.isValid() or now - self._taken < self._shortest:
            self._last = frame
            return
        self._last, self._taken = frame, now
        image: QImage = frame.toImage()
        if not image.isNull():
            begins = frame.startTime()
            self.arrived.emit(image, begins / 1e6 if begins >= 0 else -1.0)
