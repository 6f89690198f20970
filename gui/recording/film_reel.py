"""A recording kept as an MP4 film, by whatever coder this system's QtMultimedia has.

Importing this imports QtMultimedia, so it is imported when a recording is asked for.
"""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, QStorageInfo, QTimer, QUrl, Slot
from PySide6.QtGui import QImage
from PySide6.QtMultimedia import (
    QMediaCaptureSession,
    QMediaFormat,
    QMediaRecorder,
    QVideoFrame,
    QVideoFrameFormat,
    QVideoFrameInput,
)

from gui.recording.reel import Reel

MOST_WAITING = 20  # pictures that the coder has not taken yet; newer ones are left out
RESERVE = 8 << 20  # bytes; below this much free space the film ends while it still can be closed
PATIENCE = 10_000  # milliseconds that the coder may take to close the film

# H.264 plays everywhere, but free builds of FFmpeg code it only where the hardware does.
_CODECS = (QMediaFormat.VideoCodec.H264, QMediaFormat.VideoCodec.MPEG4)


def film_format() -> QMediaFormat | None:
    """None where nothing here can code an MP4 film."""
    kind = QMediaFormat(QMediaFormat.FileFormat.MPEG4)
    there = kind.supportedVideoCodecs(QMediaFormat.ConversionMode.Encode)
    for codec in _CODECS:
        if codec in there:
            kind.setVideoCodec(codec)
            return kind
    return None


class FilmReel(Reel):
    """Writes beside the file's own name while recording, and gives it that name when it is whole."""

    every = 50
    widest = 1920
    longest = 3_600_000

    def __init__(self, path: Path, kind: QMediaFormat, parent: QObject | None = None) -> None:
        super().__init__(path, parent)
        target = path.resolve()
        self._part = target.with_name(f".{target.name[:100]}.{os.getpid()}.part.mp4")
        self._kind = kind
        self._waiting: deque[QVideoFrame] = deque()
        self._ending = False
        self._ended = False
        self._problem = ""
        self._remark = ""
        self._session = QMediaCaptureSession(self)
        self._recorder = QMediaRecorder(self)
        self._input: QVideoFrameInput | None = None
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self._gave_up)

    def add(self, image: QImage, at: int) -> None:
        if self._ending or self._ended:
            return
        if self._input is None:
            self._begin(image)
        if len(self._waiting) < MOST_WAITING:
            frame = QVideoFrame(image)
            frame.setStartTime(at * 1000)
            frame.setEndTime((at + self.every) * 1000)
            self._waiting.append(frame)
        self._send()
        if at % 1000 < self.every and QStorageInfo(str(self._part.parent)).bytesAvailable() < RESERVE:
            self._remark = "it ended early because the disk is nearly full"
            self.full.emit()

    def finish(self, length: int) -> None:
        if self._ended:
            return
        self._ending = True
        self._limit.start(PATIENCE)
        self._send()

    def _begin(self, image: QImage) -> None:
        form = QVideoFrameFormat(image.size(), QVideoFrameFormat.PixelFormat.Format_BGRX8888)
        form.setStreamFrameRate(1000 / self.every)
        self._input = QVideoFrameInput(form, self)
        self._input.readyToSendVideoFrame.connect(self._send)
        self._session.setVideoFrameInput(self._input)
        self._session.setRecorder(self._recorder)
        self._recorder.setMediaFormat(self._kind)
        self._recorder.setQuality(QMediaRecorder.Quality.VeryHighQuality)
        self._recorder.setOutputLocation(QUrl.fromLocalFile(str(self._part)))
        self._recorder.setAutoStop(True)  # at the empty frame that ends the film
        self._recorder.errorOccurred.connect(self._broke)
        self._recorder.recorderStateChanged.connect(self._state_changed)
        self._recorder.record()

    @Slot()
    def _send(self) -> None:
        if self._input is None or self._ended:
            return
        while self._waiting:
            if not self._input.sendVideoFrame(self._waiting[0]):
                return
            self._waiting.popleft()
        if self._ending:
            self._input.sendVideoFrame(QVideoFrame())

    @Slot(QMediaRecorder.Error, str)
    def _broke(self, error: QMediaRecorder.Error, reason: str) -> None:
        if error != QMediaRecorder.Error.NoError:
            self._problem = reason.strip().rstrip(".") or "the film coder gave up"
            if self._recorder.recorderState() == QMediaRecorder.RecorderState.StoppedState:
                self._end()

    @Slot(QMediaRecorder.RecorderState)
    def _state_changed(self, state: QMediaRecorder.RecorderState) -> None:
        if state == QMediaRecorder.RecorderState.StoppedState:
            self._end()

    @Slot()
    def _gave_up(self) -> None:
        self._problem = self._problem or "the film coder did not come to an end"
        self._recorder.stop()
        self._end()

    def _end(self) -> None:
        """The file is closed: it takes its name, or goes."""
        if self._ended:
            return
        self._ended = True
        self._limit.stop()
        self._waiting.clear()
        if not self._problem:
            try:
                self._part.replace(self.path.resolve())
            except OSError as error:
                self._problem = error.strerror or str(error)
        if self._problem:
            with suppress(OSError):
                self._part.unlink()
            self.failed.emit(f"The recording could not be written to {self.path}: {self._problem}.")
        else:
            self.finished.emit(self._remark)
