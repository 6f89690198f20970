"""Walking through pictures one after another: of a folder, or of several files and folders that came together.

Only names are listed, and only the next picture is read ahead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, Slot

from analysis.protocol.origin import TENSOR_SUFFIXES, Origin
from analysis.protocol.problems import Problem
from gui.lane.background import Reading, read
from gui.sources.source import BarName, Source

if TYPE_CHECKING:
    from analysis.protocol.frame import Picture, Pixels

_BROKEN_IN_A_ROW = 30


def picture_names(folder: str) -> list[str]:
    """The names of a folder's pictures as a person would sort them: 2.png before 10.png."""
    from analysis.pictures.decoding import PICTURE_SUFFIXES
    from analysis.pictures.tensors import is_tensor

    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name
                for entry in entries
                if (entry.name.lower().endswith(PICTURE_SUFFIXES) and entry.is_file()) or is_tensor(entry.path)
            ]
    except OSError as error:
        name = os.path.basename(folder) or folder
        raise Problem(f"The folder “{name}” could not be listed: {error.strerror or error}.") from error
    return sorted((name for name in names if not name.startswith(".")), key=_natural)


def in_order(paths: Sequence[str]) -> list[str]:
    """Each once, folder by folder, and in each as `picture_names` sorts.

    A file manager hands over what is selected in an order of its own – of clicks, or from the file that was grabbed –
    which nobody sees. What people see, and expect again, is the sorted list that they selected from.
    """
    return sorted(set(paths), key=lambda path: [_natural(part) for part in os.path.split(path)])


def _natural(name: str) -> tuple[list[tuple[int, int | str]], str]:
    # Figures are compared as numbers and letters as text, never one with the other; the whole name breaks ties.
    parts = re.split(r"([0-9]+)", os.path.splitext(name)[0].casefold())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts if part], name


@dataclass(frozen=True)
class _Listed:
    pictures: list[str]
    problems: list[str]  # the sentences on folders that could not be listed


def _listed(places: Sequence[str]) -> _Listed:
    pictures, problems = [], []
    for place in places:
        if not os.path.isdir(place):
            pictures.append(place)
            continue
        try:
            pictures += [os.path.join(place, name) for name in picture_names(place)]
        except Problem as problem:
            problems.append(str(problem))
    return _Listed(in_order(pictures), problems)


class PictureWalk(Source):
    """Round and round through picture files and the pictures of folders; broken ones are skipped with a sentence."""

    bar: ClassVar[BarName] = "folder"

    def __init__(self, *places: str, beside: str = "", by: int = 0, parent: QObject | None = None) -> None:
        """Begins with the first picture, or `by` so many after the one `beside` which it is to stand."""
        super().__init__(parent)
        self._places = [os.path.abspath(place) for place in places]
        self._beside, self._by = os.path.abspath(beside) if beside else None, by
        self._paths: list[str] = []
        self._index = 0
        self._direction = 1
        self._broken: list[str] = []  # the sentences on those that were skipped since the last step
        self._given = False  # a picture since the start; until then all of a folder is tried before it is given up
        self._wanted: str | None = None
        self._listing: Reading | None = None
        self._readings: dict[str, Reading] = {}
        self._ready: dict[str, Picture | str] = {}  # the picture, or the sentence on why there are none

    @property
    def title(self) -> str:
        if self._paths:
            folder, name = os.path.split(self._paths[self._index])
            return f"{name} in {_last_part(folder)}"
        return _last_part(self._places[0]) if len(self._places) == 1 else f"{len(self._places)} files"

    @property
    def count(self) -> int:
        return len(self._paths)

    @property
    def index(self) -> int:
        return self._index

    def name_of(self, index: int) -> str:
        return os.path.basename(self._paths[index])

    def opener_of(self, index: int) -> Callable[[], Pixels]:
        return partial(_opened, self._paths[index])

    def start(self) -> None:
        self.stop()
        self._given = False
        self._listing = read(partial(_listed, self._places))
        self._listing.done.connect(self._listed)
        self._listing.failed.connect(self.failed)

    def stop(self) -> None:
        for reading in (self._listing, *self._readings.values()):
            if reading is not None:
                reading.drop()
        self._listing, self._wanted = None, None
        self._readings, self._ready = {}, {}

    def step(self, by: int) -> None:
        """To the next picture, or by -1 to the one before."""
        if self._paths:
            self._direction = 1 if by >= 0 else -1
            self.go_to(self._index + by)

    def go_to(self, index: int) -> None:
        if self._paths:
            self._broken = []
            self._want(index)

    @Slot(object)
    def _listed(self, listed: _Listed) -> None:
        self._listing = None
        before, by = (self._paths[self._index], 0) if self._paths else (self._beside, self._by)
        self._paths = listed.pictures
        if not self._paths:
            self._index = 0
            self.failed.emit(" ".join(listed.problems) or self._bare())
            return
        for problem in listed.problems:
            self.remarked.emit(problem)
        if by and before in self._paths and len(self._paths) == 1:
            self.remarked.emit(f"There is no other picture in the folder “{_last_part(self._places[0])}”.")
        self._broken = []
        self._direction = -1 if by < 0 else 1
        self._want(self._paths.index(before) + by if before in self._paths else 0)

    def _bare(self) -> str:
        if len(self._places) == 1:
            return f"There is no picture in the folder “{_last_part(self._places[0])}”: choose another one."
        return f"There is no picture in the {len(self._places)} folders: choose another one."

    def _want(self, index: int) -> None:
        self._index = index % len(self._paths)
        self._wanted = self._paths[self._index]
        self.changed.emit()
        if self._wanted in self._ready:
            self._show(self._wanted)
        else:
            self._begin(self._wanted, urgent=True)

    def _begin(self, path: str, urgent: bool) -> None:
        if path in self._readings or path in self._ready:
            return
        # What was waited for before is of no interest any more.
        for other, reading in list(self._readings.items()):
            if other != self._wanted:
                reading.drop()
                del self._readings[other]
        reading = read(partial(_decoded, path), urgent)
        self._readings[path] = reading
        reading.done.connect(self._read)

    @Slot(object)
    def _read(self, result: tuple[str, Picture | str]) -> None:
        path, picture = result
        self._readings.pop(path, None)
        self._ready[path] = picture
        if path == self._wanted:
            self._show(path)

    def _show(self, path: str) -> None:
        picture = self._ready[path]
        self._wanted = None
        after = self._paths[(self._index + self._direction) % len(self._paths)]
        self._ready = {other: ready for other, ready in self._ready.items() if other == after}
        if isinstance(picture, str):
            self._skip(picture)
            return
        broken, self._broken, self._given = self._broken, [], True
        self.give(picture, path)
        if len(broken) == 1:
            self.remarked.emit(f"Skipped: {broken[0]}")
        elif broken:
            self.remarked.emit(f"Skipped {len(broken)} pictures that could not be read. {broken[-1]}")
        if len(self._paths) > 1:
            self._begin(after, urgent=False)

    def _skip(self, sentence: str) -> None:
        self._broken.append(sentence)
        many = len(self._broken)
        if many < len(self._paths) and not (self._given and many >= _BROKEN_IN_A_ROW):
            self._want(self._index + self._direction)
            return
        where = f" in “{_last_part(self._places[0])}”" if len(self._places) == 1 else ""
        self.failed.emit(sentence if many == 1 else f"{many} pictures in a row{where} could not be read. {sentence}")


def _opened(path: str) -> Pixels:
    from analysis.protocol.raw_picture import RawPicture

    picture = _picture_in(path)
    return picture.pixels if isinstance(picture, RawPicture) else picture


def _decoded(path: str) -> tuple[str, Picture | str]:
    try:
        return path, _picture_in(path)
    except Problem as problem:
        return path, str(problem)


def _picture_in(path: str) -> Picture:
    from analysis.pictures.decoding import decode

    if not path.lower().endswith(TENSOR_SUFFIXES):
        return decode(path)
    from analysis.pictures.tensors import open_tensor

    return open_tensor(Origin(path, "file", path))


def _last_part(path: str) -> str:
    return os.path.basename(path) or path
