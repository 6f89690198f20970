"""The frames of an animated picture as a data set; a still one is a set of one picture.

Videos are played by the window, whose decoders `analysis` does not have.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from analysis.datasets.data_set import inside
from analysis.pictures.animation import Animation
from analysis.protocol.origin import origin_of_frame
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels


@dataclass(frozen=True, eq=False)
class MovingPicture:
    """Every frame, or of each `every` ones the first. It is held open, for one reader at a time."""

    kind: ClassVar[str] = "animated picture"
    labels_at_hand: ClassVar[bool] = True
    notes: ClassVar[tuple[str, ...]] = ()
    classes: ClassVar[tuple[str, ...]] = ()

    path: str
    frames: int
    every: int = 1
    _opened: list[Animation] = field(default_factory=list, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def title(self) -> str:
        return os.path.basename(self.path)

    @property
    def count(self) -> int:
        return -(-self.frames // self.every)

    def picture(self, index: int) -> Pixels:
        place = inside(index, self.count, self.title) * self.every
        with self._lock:
            if not self._opened:
                self._opened.append(Animation(self.path))
            return self._opened[0].frame(place).pixels

    def label(self, index: int) -> int | None:
        inside(index, self.count, self.title)
        return None

    def origin(self, index: int) -> str:
        return origin_of_frame(self.path, inside(index, self.count, self.title) * self.every)

    def __del__(self) -> None:
        for animation in self._opened:
            animation.close()


def moving_picture(path: str, every: int = 1) -> MovingPicture:
    if every < 1:
        raise Problem(f"Every {every}th frame cannot be taken: give 1 or more.")
    path = os.path.abspath(path)
    with Animation(path) as animation:
        return MovingPicture(path, animation.count, every)


def no_video(path: str) -> MovingPicture:
    """Says what to do instead."""
    raise Problem(
        f"“{os.path.basename(path)}” is a video, which only the window can play: save its frames as pictures in a "
        "folder (ffmpeg -i VIDEO FOLDER/%05d.png), or as an animated WebP or GIF."
    )
