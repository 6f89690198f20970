"""What a recording is kept on: it takes pictures with their times, and at the end there is a whole file or none."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage


class Reel(QObject):
    """`finished` or `failed` comes after `finish`, or `failed` before it when nothing can be written any more."""

    finished = Signal(str)  # a remark, mostly empty
    failed = Signal(str)
    full = Signal()  # there is no room for more: it should finish now

    every = 100  # milliseconds between two pictures
    widest = 960  # pixels
    longest = 30_000  # milliseconds

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.at_longest = False  # it ended by itself because nothing longer is recorded

    @property
    def kept(self) -> bool:
        """After a failure: whether what was recorded is still there, so that it can be written elsewhere."""
        return False

    def add(self, image: QImage, at: int) -> None:
        """`at` milliseconds after the first; all are of one size with even sides."""
        raise NotImplementedError

    def finish(self, length: int) -> None:
        """Nothing is added any more; the last picture was on show until `length`."""
        raise NotImplementedError

    def write_to(self, path: Path) -> None:
        """Tries once more with another file; without anything `kept` that fails at once."""
        self.failed.emit("Nothing of this recording is kept that could be written.")

    def forget(self) -> None:
        """Lets go of what is still kept."""
