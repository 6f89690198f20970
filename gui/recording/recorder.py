"""Takes pictures of a part of the window at even times, all of one size whatever becomes of the window."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from gui import theme
from gui.recording.reel import Reel


class Recorder(QObject):
    """Stops by itself at the reel's longest time; `stopped` comes either way, after the reel was told to finish."""

    stopped = Signal()
    took = Signal(int)  # milliseconds since the first picture

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._widget: QWidget | None = None
        self._reel: Reel | None = None
        self._size = QSize()
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._take)

    @property
    def reel(self) -> Reel | None:
        """What is being recorded on, if anything is."""
        return self._reel

    def start(self, widget: QWidget, reel: Reel) -> None:
        self.stop()
        self._widget, self._reel = widget, reel
        self._size = picture_size(widget.size() * widget.devicePixelRatio(), reel.widest)
        reel.full.connect(self.stop)
        self._clock.start()
        self._timer.start(reel.every)
        self._keep(reel, widget, 0)

    @Slot()
    def stop(self) -> None:
        reel, self._reel, self._widget = self._reel, None, None
        if reel is not None:
            self._timer.stop()
            reel.finish(self._clock.elapsed())
            self.stopped.emit()

    @Slot()
    def _take(self) -> None:
        reel, widget, at = self._reel, self._widget, self._clock.elapsed()
        if reel is None or widget is None:
            return
        if at >= reel.longest:
            reel.at_longest = True
            self.stop()
        else:
            self._keep(reel, widget, at)

    def _keep(self, reel: Reel, widget: QWidget, at: int) -> None:
        reel.add(fitted(widget.grab().toImage(), self._size), at)
        self.took.emit(at)


def picture_size(size: QSize, widest: int) -> QSize:
    """No wider than that, and with even sides: film coders halve the resolution of colours."""
    if size.width() > widest:
        size = size.scaled(widest, size.height(), Qt.AspectRatioMode.KeepAspectRatio)
    return QSize(max(size.width() // 2 * 2, 2), max(size.height() // 2 * 2, 2))


def fitted(image: QImage, size: QSize) -> QImage:
    """All of the picture in its own proportions, on a ground of this size."""
    image.setDevicePixelRatio(1)
    if abs(image.width() - size.width()) <= 1 and abs(image.height() - size.height()) <= 1:
        return image.copy(QRect(0, 0, size.width(), size.height())).convertToFormat(QImage.Format.Format_RGB32)
    page = QImage(size, QImage.Format.Format_RGB32)
    page.fill(theme.colours().window)
    smooth = image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    painter = QPainter(page)
    painter.drawImage((size.width() - smooth.width()) // 2, (size.height() - smooth.height()) // 2, smooth)
    painter.end()
    return page
