"""Pictures collected while they stream: kept in memory until they are saved as a folder, which is a data set again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from PIL import Image

from analysis.datasets.data_set import inside
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from analysis.protocol.frame import Frame, Pixels

MOST_BYTES = 2_000_000_000
_UNLABELLED = "unlabelled"


@dataclass(frozen=True, eq=False)
class _Kept:
    frame: Frame
    label: str | None


class Collected:
    """Filled by whoever sees the frames; each keeps the origin that it came with, so a camera's can only be saved.

    Classes are numbered in the order in which they came. All of it is used by one thread.
    """

    kind: ClassVar[str] = "collected pictures"
    labels_at_hand: ClassVar[bool] = True

    def __init__(self, title: str = "collected pictures", most_bytes: int = MOST_BYTES) -> None:
        self._title = title
        self._most = most_bytes
        self._bytes = 0
        self._kept: list[_Kept] = []
        self._classes: dict[str, int] = {}

    @property
    def title(self) -> str:
        return self._title

    @property
    def count(self) -> int:
        return len(self._kept)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self._classes)

    @property
    def notes(self) -> tuple[str, ...]:
        return ("They are in memory only until they are saved as a folder.",) if self._kept else ()

    @property
    def bytes(self) -> int:
        """What keeping them takes."""
        return self._bytes

    def take(self, frame: Frame, label: str | None = None) -> int:
        """Keeps a frame, perhaps as one of a class, and says its index; not when the memory meant for it is full."""
        if label is not None:
            checked_name(label)
        if self._bytes + frame.bytes > self._most:
            raise Problem(
                f"{self.count:,} pictures fill the {self._most / 1e9:.1f} GB that collecting may take: save them as a "
                "folder and begin anew."
            )
        self._bytes += frame.bytes
        if label is not None:
            self._classes.setdefault(label, len(self._classes))
        self._kept.append(_Kept(frame, label))
        return self.count - 1

    def drop_last(self) -> None:
        """Takes the newest back; its class stays."""
        if self._kept:
            self._bytes -= self._kept.pop().frame.bytes

    def picture(self, index: int) -> Pixels:
        return self._kept[inside(index, self.count, self._title)].frame.pixels

    def label(self, index: int) -> int | None:
        label = self._kept[inside(index, self.count, self._title)].label
        return None if label is None else self._classes[label]

    def origin(self, index: int) -> str:
        return self._kept[inside(index, self.count, self._title)].frame.origin

    def save(self, folder: str | os.PathLike[str]) -> Iterator[tuple[int, int]]:
        """Writes a PNG each into a new folder, in a sub-folder for each class, and says after each how many are done.

        The folder has its name when all of it is written, and never without. Those that lack a label where others have
        one are in a class of their own.
        """
        place = Path(folder)
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise Problem(f"“{place.name}” is there already: choose a new folder for the pictures.")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}.") as made:
                whole = Path(made) / "whole"
                for index, kept in enumerate(self._kept):
                    inner = whole / (kept.label or _UNLABELLED) if self._classes else whole
                    inner.mkdir(parents=True, exist_ok=True)
                    Image.fromarray(kept.frame.pixels).save(inner / f"{index:06}.png")
                    yield index + 1, self.count
                whole.mkdir(exist_ok=True)
                if place.exists():
                    place.rmdir()
                whole.rename(place)
        except OSError as error:
            raise Problem(f"The pictures could not be saved in “{place.name}”: {error.strerror or error}.") from error


def checked_name(label: str) -> str:
    """The name of a class, if a folder can be called so."""
    if not label.strip() or label.startswith(".") or any(letter in label for letter in '/\\:*?"<>|\0'):
        raise Problem(f"A class cannot be called “{label}”, because that is to be the name of a folder: use letters.")
    return label
