"""The pictures that a layer's units answered most, each kept once however many units want it, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.protocol.frame import Frame, Pixels, stream_of
from analysis.protocol.planes import Planes
from analysis.running.likeness import MOVING, SIDE, STILL, Sketch, alike

PLACES = 1024  # pictures
KEPT = 48_000_000  # bytes
SAME_MOMENT = 1.0  # seconds: of frames of a stream this close together only the best one is kept


@dataclass(frozen=True, eq=False)
class Kept:
    """The picture as the network saw it, and the frame that it came from as long as there is room for that."""

    frame: Frame
    picture: Pixels

    @property
    def bytes(self) -> int:
        return self.picture.nbytes + (self.frame.bytes if self.frame.given is not self.picture else 0)

    @property
    def in_full(self) -> bool:
        """Whether there is more of it than the network saw, which can be done without: numbers cannot."""
        return self.frame.given is not self.picture and not isinstance(self.frame.given, Planes)

    def as_seen(self) -> Kept:
        """Without what the network did not see of it."""
        return replace(self, frame=replace(self.frame, given=self.picture))


class KeptPictures:
    """Pictures by the number of their place; who asks for one that was let go gets None."""

    def __init__(self) -> None:
        self._kept: dict[int, Kept] = {}
        self._free = list(range(PLACES - 1, -1, -1))
        self._sketches = np.zeros((0, SIDE * SIDE * 3), np.int16)
        self._moving = np.zeros(PLACES, np.bool_)
        self._captured = np.full(PLACES, -np.inf)
        self._stream = np.zeros(PLACES, np.int64)
        self._streams: dict[str, int] = {}
        self._bytes = 0

    def __getitem__(self, place: int) -> Kept | None:
        return self._kept.get(place)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """What keeping them takes, the sketches included."""
        return self._bytes + self._sketches.nbytes

    def like(self, frame: Frame, sketch: Sketch) -> NDArray[np.bool_]:
        """Which places have as good as the same picture, or another one of the same moment of a stream."""
        found = np.zeros(PLACES, np.bool_)
        if not self._kept:
            return found
        places = np.fromiter(self._kept, np.int64, len(self._kept))
        beside = np.zeros(len(places), np.bool_)
        if frame.moving:
            beside = self._moving[places] & (self._stream[places] == self._number_of(frame))
        sketches = self._sketches[places]
        near = alike(sketches, sketch, STILL)
        if beside.any():
            near |= beside & alike(sketches, sketch, MOVING)
            near |= beside & (np.abs(self._captured[places] - frame.captured) < SAME_MOMENT)
        found[places] = near
        return found

    def take(self, frame: Frame, picture: Pixels, sketch: Sketch) -> int:
        """The place where it is now; letting go of those that are `unwanted` leaves one free."""
        place = self._free.pop()
        kept = Kept(frame, picture)
        self._kept[place] = kept
        self._bytes += kept.bytes
        if len(self._sketches) <= place:
            grown = np.zeros((min(max(2 * place, 64), PLACES), len(sketch)), np.int16)
            grown[: len(self._sketches)] = self._sketches[:, : len(sketch)]
            self._sketches = grown
        self._sketches[place] = sketch
        self._moving[place], self._captured[place] = frame.moving, frame.captured
        self._stream[place] = self._number_of(frame)
        return place

    def let_go(self, place: int) -> None:
        self._bytes -= self._kept.pop(place).bytes
        self._free.append(place)

    def unwanted(self, wanted: NDArray[np.float64]) -> list[int]:
        """Which to let go so that there is room, and a place is free: those that nobody wants, and the least wanted.

        Before any picture that is wanted goes, those that were much larger than the network saw them become as it saw
        them.
        """
        gone = [place for place in self._kept if wanted[place] <= 0]
        rest = sorted((place for place in self._kept if wanted[place] > 0), key=wanted.__getitem__)
        left = self._bytes - sum(self._kept[place].bytes for place in gone)
        for place in rest:
            if left <= KEPT:
                break
            kept = self._kept[place]
            if kept.in_full:
                self._kept[place] = kept.as_seen()
                saved = kept.bytes - self._kept[place].bytes
                self._bytes, left = self._bytes - saved, left - saved
        for place in rest:
            if left <= KEPT and len(self._free) + len(gone) > 0:
                break
            gone.append(place)
            left -= self._kept[place].bytes
        return gone

    def _number_of(self, frame: Frame) -> int:
        return self._streams.setdefault(stream_of(frame.origin), len(self._streams))
