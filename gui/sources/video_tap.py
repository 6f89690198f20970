"""Where Qt's multimedia hands out its frames: the newest one, when the window has time for it; the others are let go.

Importing this imports QtMultimedia, so only sources that need it do, and they themselves are imported late.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, QTimer, Signal, Slot
from PySide6.QtMultimedia import QMediaCaptureSession, QMediaPlayer, QVideoFrame, QVideoSink

from gui.sources.decoded import picture_of

_AT_MOST = 0.3  # of the window's time goes into taking frames
_THREADS: set[QThread] = set()  # Qt aborts the program if a running one is destroyed, whoever forgot it


class VideoTap(QObject):
    """`arrived` carries the picture and the frame's time in seconds, or -1. `shortest` seconds lie between two of them.

    Frames are sent by other threads, and a queued call keeps its frame until the window's thread comes to it, 8 MB each
    for a screen. So the sink is the box, in which the newest frame takes the place of the one before, and its signal
    is connected for a single shot: one wake is under way at most, and the next is asked for when a frame was taken. No
    Python runs on the threads that send. What a screen or a camera records Qt itself queues to the thread of the
    sink, which is therefore one that never has anything else to do.
    """

    arrived = Signal(object, float)

    def __init__(self, parent: QObject, shortest: float = 0.0) -> None:
        super().__init__(parent)
        self._shortest = shortest
        self._sink: QVideoSink | None = None
        self._thread: QThread | None = None
        self._last = QVideoFrame()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setTimerType(Qt.TimerType.PreciseTimer)
        self._pause.timeout.connect(self._look)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.forget)

    def begin(self) -> QVideoSink:
        """A new sink, so that nothing of what was sent before can come out of it."""
        self.forget()
        self._thread = QThread()
        self._thread.setObjectName("frames")
        self.destroyed.connect(self._thread.quit)
        _THREADS.add(self._thread)
        self._sink = QVideoSink()
        self._sink.moveToThread(self._thread)
        self._thread.start()
        self._ask()
        return self._sink

    def pass_over(self) -> None:
        """What waits to be taken is not wanted any more; what comes after it is."""
        if self._sink is not None:
            self._last = self._sink.videoFrame()

    @Slot()
    def forget(self) -> None:
        """Nothing comes any more. Whoever sends has been told to stop; what is still under way goes nowhere."""
        self._pause.stop()
        sink, self._sink = self._sink, None
        thread, self._thread = self._thread, None
        self._last = QVideoFrame()
        if sink is None or thread is None:
            return
        sink.disconnect(self)
        thread.quit()
        thread.wait()
        _THREADS.discard(thread)  # the sink goes with the last one who knows it

    def _ask(self) -> None:
        """To be woken by the next frame; by a second one only if this is called again."""
        if self._sink is not None:
            self._sink.videoFrameChanged.connect(self._look, Qt.ConnectionType.SingleShotConnection)

    @Slot()
    def _look(self) -> None:
        sink = self._sink
        if sink is None:
            return
        began = time.perf_counter()
        frame = sink.videoFrame()
        if frame == self._last or not frame.isValid():
            self._last = frame
            self._ask()
            if sink.videoFrame() != frame:  # it came before there was somebody to wake
                self._pause.start(0)
            return
        self._last = frame
        picture = picture_of(frame)
        begins = frame.startTime()
        if picture is not None:
            self.arrived.emit(picture, begins / 1e6 if begins >= 0 else -1.0)
        took = time.perf_counter() - began
        self._pause.start(round(1000 * max(self._shortest - took, took * (1 / _AT_MOST - 1))))


def unplug(sender: QMediaPlayer | QMediaCaptureSession) -> None:
    """It sends to no sink any more."""
    sender.setVideoSink(None)  # type: ignore[arg-type] # which Qt allows and PySide's declaration does not know
