"""An animated picture (GIF, WebP, APNG) played like a video; each frame is decoded while the one before is shown."""

from __future__ import annotations

import os
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from analysis.protocol.origin import origin_of_frame
from gui.lane.background import Reading, read
from gui.sources.source import BarName, Source

if TYPE_CHECKING:
    from analysis.pictures.animation import Animation, AnimationFrame


class AnimationSource(Source):
    """`place` and `length` are frames."""

    bar: ClassVar[BarName] = "player"

    moved = Signal()  # the place or the length changed

    def __init__(self, path: str, at: int = 0, playing: bool = True, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = os.path.abspath(path)
        self._playing = playing
        self._looping = True
        self._place = at
        self._length = 0
        self._reel: _Reel | None = None
        self._reading: Reading | None = None
        self._next: tuple[int, AnimationFrame] | None = None  # decoded and not shown yet
        self._asked: int | None = None  # a place to be shown as soon as it is decoded
        self._due = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)

    @property
    def title(self) -> str:
        return os.path.basename(self._path)

    @property
    def moving(self) -> bool:
        return self.playing

    @property
    def playing(self) -> bool:
        return self._playing and self._reel is not None

    @property
    def looping(self) -> bool:
        return self._looping

    @property
    def place(self) -> int:
        return self._place

    @property
    def length(self) -> int:
        """The last place there is."""
        return max(self._length - 1, 0)

    @property
    def told(self) -> str:
        return f"{self._place + 1} / {self._length}" if self._length else ""

    def start(self) -> None:
        self.stop()
        self._reel = _Reel(self._path)
        self._ask(self._place)

    def stop(self) -> None:
        self._timer.stop()
        if self._reading is not None:
            self._reading.drop()
        self._reading, self._next, self._asked = None, None, None
        if self._reel is not None:
            read(self._reel.close, urgent=False)
            self._reel = None

    def play(self) -> None:
        if not self._playing:
            self._playing = True
            self.changed.emit()
            if self._reel is not None and self._asked is None:
                at_end = not self._looping and self._place >= self.length
                self._ask(0 if at_end else self._place + 1)

    def pause(self) -> None:
        self._timer.stop()
        if self._playing:
            self._playing = False
            self.changed.emit()

    def set_looping(self, looping: bool) -> None:
        self._looping = looping
        self.changed.emit()

    def seek(self, place: int) -> None:
        if self._reel is not None:
            self._ask(place)

    def step(self, by: int) -> None:
        """Stops, and shows the frame that is `by` frames later."""
        self.pause()
        self.seek((self._asked if self._asked is not None else self._place) + by)

    def _ask(self, place: int) -> None:
        """This place is to be shown as soon as it can be."""
        if self._length:
            place = place % self._length if self._looping else min(max(place, 0), self.length)
        self._timer.stop()
        self._asked = place
        if self._next is not None and self._next[0] == place:
            self._show(*self._next)
        else:
            self._read(place)

    def _read(self, place: int) -> None:
        """One at a time: what was begun for another place is awaited, and thrown away in `_decoded`."""
        if self._reading is None and self._reel is not None:
            self._reading = read(partial(self._reel.frame, place))
            self._reading.done.connect(self._decoded)
            self._reading.failed.connect(self._broke)

    @Slot(object)
    def _decoded(self, result: tuple[int, int, AnimationFrame]) -> None:
        self._reading = None
        self._length, place, frame = result
        self._next = (place, frame)
        if self._asked is not None:
            if place == self._asked % self._length:
                self._show(place, frame)
            else:
                self._read(self._asked)

    @Slot(str)
    def _broke(self, sentence: str) -> None:
        self._reading, self._asked = None, None
        self._timer.stop()
        self._playing = False
        self.failed.emit(sentence)
        self.changed.emit()

    @Slot()
    def _turn(self) -> None:
        """The frame on show has been there long enough."""
        if self._place >= self.length and not self._looping:
            self.pause()
        else:
            self._ask(self._place + 1)

    def _show(self, place: int, frame: AnimationFrame) -> None:
        self._place, self._asked, self._next = place, None, None
        self.give(frame.pixels, origin_of_frame(self._path, place), moving=self.playing and self._length > 1)
        self.moved.emit()
        if self._playing and self._length > 1:
            # Counted from when the frame was due and not from now, so that small delays do not add up.
            now = time.perf_counter()
            begun = self._due if 0 <= now - self._due < frame.seconds else now
            self._due = begun + frame.seconds
            self._timer.start(max(round((self._due - now) * 1000), 0))
        if self._length > 1:
            self._read((place + 1) % self._length)


class _Reel:
    """The open file. Its methods run on the reader's threads; the lock keeps closing behind decoding."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._animation: Animation | None = None
        self._closed = False

    def frame(self, place: int) -> tuple[int, int, AnimationFrame] | None:
        """The number of frames, the place within them, and the frame."""
        from analysis.pictures.animation import Animation

        with self._lock:
            if self._closed:
                return None
            if self._animation is None:
                self._animation = Animation(self._path)
            place %= self._animation.count
            return self._animation.count, place, self._animation.frame(place)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._animation is not None:
                self._animation.close()
                self._animation = None
