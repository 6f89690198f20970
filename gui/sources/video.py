"""A video file: play, pause, one frame on or back, round and round, any place."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, QTimer, QUrl, Signal, Slot
from PySide6.QtMultimedia import QMediaPlayer

from analysis.protocol.origin import origin_of_moment
from analysis.protocol.problems import Problem
from gui.sources.decoder_threads import one_more_on_two_cores, step_back
from gui.sources.source import BarName, Source, frame_of
from gui.sources.video_tap import VideoTap, unplug

if TYPE_CHECKING:
    from analysis.protocol.frame import Frame, Picture

_LONGEST_GAP = 0.04  # seconds between two frames, until some were seen; what the file says of its rate may be wrong
_MOST_TRIES = 25
_LOOKS = 40  # milliseconds that a place that was sought stands, so that decoding what follows does not delay its answer
_PATIENCE = 1000  # until a place that gives no picture is left


class VideoSource(Source):
    """`place` and `length` are milliseconds; without sound."""

    bar: ClassVar[BarName] = "player"

    moved = Signal()  # the place or the length changed

    def __init__(self, path: str, at: int = 0, playing: bool = True, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = os.path.abspath(path)
        self._shown_at = at / 1000  # seconds, of the frame that was shown last
        self._begin_at = at
        self._playing = playing
        self._begun = False
        self._behind = False  # its decoder has stepped back behind the window
        self._shown: Frame | None = None
        self._gap = _LONGEST_GAP
        self._stepping = 0  # how often a step may still try to find the next frame
        self._looping = True
        self._standing = QTimer(self)  # runs while a playing video stands at the place that was sought
        self._standing.setSingleShot(True)
        self._standing.timeout.connect(self._go_on)
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
        if player is None:
            return False
        return self._standing.isActive() or player.playbackState() == QMediaPlayer.PlaybackState.PlayingState

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
        self._player, self._begun, self._behind = player, False, False
        one_more_on_two_cores()
        player.setVideoSink(self._tap.begin())
        player.errorOccurred.connect(self._broke)
        player.mediaStatusChanged.connect(self._ready)
        player.playbackStateChanged.connect(self._state_changed)
        player.positionChanged.connect(self.moved)
        player.durationChanged.connect(self.moved)
        self.set_looping(self._looping)
        player.setSource(QUrl.fromLocalFile(self._path))

    def stop(self) -> None:
        playing, player = self.playing, self._player
        self._standing.stop()
        self._player = None
        if player is None:
            return
        self._playing, self._begin_at = playing, player.position()
        player.disconnect(self)
        player.stop()
        unplug(player)
        player.setSource(QUrl())
        player.deleteLater()
        self._tap.forget()

    def play(self) -> None:
        if self._player is not None and not self._standing.isActive():
            self._player.play()

    def pause(self) -> None:
        if self._player is None:
            return
        if self._standing.isActive():
            self._standing.stop()
            self._state_changed()
        self._player.pause()

    def set_looping(self, looping: bool) -> None:
        self._looping = looping
        if self._player is not None:
            self._player.setLoops(QMediaPlayer.Loops.Infinite if looping else QMediaPlayer.Loops.Once)
        self.changed.emit()

    def seek(self, place: int) -> None:
        """A playing video stands there for a moment and plays on."""
        player = self._player
        if player is None:
            return
        if self.playing:
            self._standing.start(_PATIENCE)
            player.pause()
            self._tap.pass_over()
            self.leapt.emit()
        player.setPosition(min(max(place, 0), max(self.length, 0)))

    @Slot()
    def _go_on(self) -> None:
        if self._player is not None:
            self._player.play()

    def step(self, by: int) -> None:
        """Stops, and shows the next frame, or by -1 the one before."""
        if self._player is None:
            return
        self.pause()
        self._stepping = _MOST_TRIES if by > 0 else 0
        self._seek_beyond(1.5 * self._gap if by > 0 else -0.5 * self._gap)

    def _seek_beyond(self, seconds: float) -> None:
        """To where a neighbour of the frame on show must lie, whatever rounding did to its beginning."""
        place = round((self._shown_at + seconds) * 1000)
        self.seek(place % self.length if self._looping and self.length else place)

    @Slot(object, float)
    def _show(self, picture: Picture, seconds: float) -> None:
        if self._player is None:
            return
        if not self._behind:
            self._behind = True
            step_back()
        before, self._shown_at = self._shown_at, seconds if seconds >= 0 else self._player.position() / 1000
        if self.playing and 0 < self._shown_at - before < self._gap:
            self._gap = self._shown_at - before
        if self._stepping and not self.playing and self._shown_at == before:
            # The frame on show lasts longer than most.
            self._stepping -= 1
            self._seek_beyond((_MOST_TRIES + 1.5 - self._stepping) * self._gap)
            return
        self._stepping = 0
        if self._standing.isActive():
            self._standing.start(_LOOKS)
        self._shown = frame_of(picture, origin_of_moment(self._path, self._shown_at), moving=self.playing)
        self.frame.emit(self._shown)
        self.moved.emit()

    @Slot(QMediaPlayer.MediaStatus)
    def _ready(self, status: QMediaPlayer.MediaStatus) -> None:
        if self._player is None or self._begun or status != QMediaPlayer.MediaStatus.LoadedMedia:
            return
        self._begun = True  # it is also “loaded” each time it pauses
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
        if self._standing.isActive():
            return
        shown = self._shown
        if shown is not None and shown.moving and not self.playing:
            self._shown = replace(shown, moving=False)
            self.frame.emit(self._shown)  # the same one, which now stands
        self.changed.emit()

    @Slot(QMediaPlayer.Error, str)
    def _broke(self, error: QMediaPlayer.Error, reason: str) -> None:
        if error != QMediaPlayer.Error.NoError:
            why = f" ({reason.strip().rstrip('.')})" if reason.strip() else ""
            self.failed.emit(f"“{self.title}” could not be played{why}: choose another video, or convert it to MP4.")


def _check(path: str) -> None:
    """What the player itself would say less clearly."""
    from analysis.pictures.decoding import open_regular_file

    open_regular_file(path).close()


def _clock(milliseconds: int) -> str:
    minutes, seconds = divmod(max(milliseconds, 0) // 1000, 60)
    return f"{minutes}:{seconds:02}"
