"""A recording kept as an animated WebP or GIF, which every browser and slide shows in a loop."""

from __future__ import annotations

from collections import deque
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QImage

from gui.lane.background import Reading, read
from gui.recording.reel import Reel
from gui.recording.spool import PictureSpool

MOST_WAITING = 10  # pictures that are not spooled yet; newer ones are left out


class AnimationReel(Reel):
    """Spools the pictures that differ from the one before; another thread packs them, and writes the file at the end.

    When the file cannot be written they are still there, and may be written elsewhere.
    """

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(path, parent)
        self._spool = PictureSpool()
        self._last = QImage()
        self._waiting: deque[tuple[QImage, int]] = deque()
        self._times: list[int] = []  # of those in the spool
        self._length: int | None = None
        self._problem = ""
        self._reading: Reading | None = None

    @property
    def kept(self) -> bool:
        return len(self._spool) > 0

    def add(self, image: QImage, at: int) -> None:
        if not self._problem and image != self._last and len(self._waiting) < MOST_WAITING:
            self._last = image
            self._waiting.append((image, at))
            self._go_on()

    def finish(self, length: int) -> None:
        self._length, self._last = length, QImage()
        self._go_on()

    def write_to(self, path: Path) -> None:
        self.path = path
        self._go_on()

    def forget(self) -> None:
        self._spool.close()

    def _go_on(self) -> None:
        """The spool is for one thread at a time."""
        if self._reading is not None:
            return
        if self._waiting:
            add = partial(self._spool.add, self._waiting[0][0])
            self._reading = read(add, tried="a picture of it could not be kept")
            self._reading.done.connect(self._spooled)
            self._reading.failed.connect(self._no_room)
        elif self._length is not None and not self._times:
            self.failed.emit(f"The recording could not be kept: {self._problem}.")
        elif self._length is not None:
            from gui.recording.animation_file import write_animation

            ends = [*self._times[1:], max(self._length, self._times[-1] + 1)]
            shown = [end - begin for begin, end in zip(self._times, ends, strict=True)]
            write = partial(write_animation, self._spool, shown, self.path)
            self._reading = read(write, tried="The recording could not be written")
            self._reading.done.connect(self._written)
            self._reading.failed.connect(self._unwritten)

    @Slot(object)
    def _spooled(self, _result: object) -> None:
        self._reading = None
        self._times.append(self._waiting.popleft()[1])
        self._go_on()

    @Slot(str)
    def _no_room(self, reason: str) -> None:
        self._reading, self._problem = None, reason.rstrip(".")
        self._waiting.clear()
        if self._length is None:
            self.full.emit()
        else:
            self._go_on()

    @Slot(object)
    def _written(self, _result: object) -> None:
        self._reading = None
        self._spool.close()
        self.finished.emit(f"it ended early because {self._problem}" if self._problem else "")

    @Slot(str)
    def _unwritten(self, sentence: str) -> None:
        self._reading = None
        self.failed.emit(sentence)
