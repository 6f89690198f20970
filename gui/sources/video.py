"""A video file: play, pause, one frame on or back, round and round, any place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtMultimedia import QMediaMetaData, QMediaPlayer

from analysis.problems import Problem
from gui.sources.qt_pixels import pixels_of
from gui.sources.source import Source
from gui.sources.video_tap import VideoTap

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_USUAL_RATE = 25.0


class VideoSource(Source):
    """`place` and `length` are milliseconds; without sound."""

    moved = Signal()  # the place or the length changed

    def __init__(self, path: str, at: int = 0, playing: bool = True, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = os.path.abspath(path)
        self._shown_at = at / 1000  # seconds, of the frame that was shown last
        self._begin_at = at
        self._playing = playing
        self._looping = True
        self._tap = VideoTap(self)
        self._tap.arrived.connect(self._show)
        self._player: QMediaPlayer | None = None

    @property
    def title(self) -> str:
        return os.path.basename(self._path)

    @property
    def moving(self) -> bool:
        return self.playing

    @property
    def playing(self) -> bool:
        player = self._player
        return player is not None and player.playbackState() == QMediaPlayer.PlaybackState.PlayingState

    @property
    def looping(self) -> bool:
        return self._looping

    @property
    def place(self) -> int:
        return self._player.position() if self._player is not None else 0

    @property
    def length(self) -> int:
        return self._player.duration() if self._player is not None else 0

    @property
    def told(self) -> str:
        return f"{_clock(self.place)} / {_clock(self.length)}"

    def start(self) -> None:
        self.stop()
        try:
            _check(self._path)
        except Problem as problem:
            self.failed.emit(str(problem))
            return
        player = QMediaPlayer(self)
        self._player = player
        player.setVideoSink(self._tap.sink)
        player.errorOccurred.connect(self._broke)
        player.mediaStatusChanged.connect(self._ready)
        player.playbackStateChanged.connect(self._state_changed)
        player.positionChanged.connect(self.moved)
        player.durationChanged.connect(self.moved)
        self.set_looping(self._looping)
        player.setSource(QUrl.fromLocalFile(self._path))

    def stop(self) -> None:
        player, self._player = self._player, None
        if player is None:
            return
        self._playing, self._begin_at = (
            player.playbackState() == QMediaPlayer.PlaybackState.PlayingState,
            player.position(),
        )
        player.disconnect(self)
        player.stop()
        player.setSource(QUrl())
        player.deleteLater()
        self._tap.forget()

    def controls(self, parent: QWidget | None) -> QWidget:
        from gui.sources.controls import PlayerBar

        return PlayerBar(self, parent)

    def play(self) -> None:
        if self._player is not None:
            self._player.play()

    def pause(self) -> None:
        if self._player is not None:
            self._player.pause()

    def set_looping(self, looping: bool) -> None:
        self._looping = looping
        if self._player is not None:
            self._player.setLoops(QMediaPlayer.Loops.Infinite if looping else QMediaPlayer.Loops.Once)
        self.changed.emit()

    def seek(self, place: int) -> None:
        if self._player is not None:
            self._player.setPosition(min(max(place, 0), max(self.length, 0)))

    def step(self, by: int) -> None:
        """Stops, and shows the frame that is `by` frames later."""
        if self._player is None:
            return
        self._player.pause()
        # Half a frame further is in the middle of the frame, wherever rounding puts its beginning.
        wanted = (self._shown_at + (by + 0.5) / self._rate()) * 1000
        self.seek(round(wanted % self.length) if self.length and self._looping else round(wanted))

    def _rate(self) -> float:
        rate = self._player.metaData().value(QMediaMetaData.Key.VideoFrameRate) if self._player is not None else None
        return rate if isinstance(rate, float) and rate > 0 else _USUAL_RATE

    @Slot(object, float)
    def _show(self, image: QImage, seconds: float) -> None:
        if self._player is None:
            return
        self._shown_at = seconds if seconds >= 0 else self._player.position() / 1000
        self.give(pixels_of(image), f"{self._path}#t={self._shown_at:.3f}", moving=self.playing)
        self.moved.emit()

    @Slot(QMediaPlayer.MediaStatus)
    def _ready(self, status: QMediaPlayer.MediaStatus) -> None:
        if self._player is None:
            return
        if status == QMediaPlayer.MediaStatus.LoadedMedia:
            if not self._player.hasVideo():
                self.failed.emit(f"There is no moving picture in “{self.title}”: choose another video.")
                return
            if self._begin_at:
                self._player.setPosition(self._begin_at)
            if self._playing:
                self._player.play()
            else:
                self._player.pause()

    @Slot()
    def _state_changed(self) -> None:
        self.changed.emit()

    @Slot(QMediaPlayer.Error, str)
    def _broke(self, error: QMediaPlayer.Error, reason: str) -> None:
        if error != QMediaPlayer.Error.NoError:
            why = f" ({reason.strip().rstrip('.')})" if reason.strip() else ""
            self.failed.emit(f"“{self.title}” could not be played{why}: choose another video, or convert it to MP4.")


def _check(path: str) -> None:
    """What the player itself would say less clearly."""
    from analysis.decoding import open_regular_file

    open_regular_file(path).close()


def _clock(milliseconds: int) -> str:
    minutes, seconds = divmod(max(milliseconds, 0) // 1000, 60)
    return f"{minutes}:{seconds:02}"
