"""What every picture source is: something with a title that is started and stopped, and gives Frames meanwhile."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, ClassVar, Literal

from PySide6.QtCore import QObject, Signal

from analysis.protocol.frame import Frame

if TYPE_CHECKING:
    from analysis.protocol.frame import Picture

BarName = Literal["", "player", "folder", "noise", "sketch", "scenes", "camera", "screen", "planes"]

_numbers = itertools.count(1)


def frame_of(picture: Picture, origin: str, moving: bool = False) -> Frame:
    """A frame with the next number of the process, captured now."""
    return Frame(picture, next(_numbers), origin, time.perf_counter(), moving)


class Source(QObject):
    """Lives on the GUI thread; nothing of it runs before `start` or after `stop`, and it can be started again.

    After a failure the frames given before still hold: a source takes nothing back. One that fails before its first
    frame is given up.
    """

    frame = Signal(object)  # analysis.protocol.frame.Frame
    failed = Signal(str)  # one sentence for the person
    remarked = Signal(str)  # one sentence worth knowing; it goes on by itself
    changed = Signal()  # its title, its state or what there is to choose
    leapt = Signal()  # to another place: what it gave before need not be looked at any more

    bar: ClassVar[BarName] = ""  # what is under the picture while it is in use, by its name in `gui.sources.bars.table`

    @property
    def title(self) -> str:
        """What it shows just now, in a few words."""
        raise NotImplementedError

    @property
    def moving(self) -> bool:
        """Are its pictures a stream just now?"""
        return False

    @property
    def goes_on_moving(self) -> bool:
        """Whether its pictures are moved on by the person's own choice, of which no origin speaks."""
        return False

    def move_on(self) -> None:
        """That choice, made again."""

    @property
    def device(self) -> str:
        """What only one source can hold at a time; empty for everything that may be opened twice."""
        return ""

    @property
    def adjustable(self) -> bool:
        """Whether there is something to choose with which it may work when it does not."""
        return False

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def give(self, picture: Picture, origin: str, moving: bool = False) -> None:
        self.frame.emit(frame_of(picture, origin, moving))
