"""The pictures of a folder one after another: only names are listed, and only the next picture is read ahead."""

from __future__ import annotations

import os
import re
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from analysis.problems import Problem
from gui.sources.reader import Reading, read
from gui.sources.source import Source

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from analysis.frame import Pixels

_BROKEN_IN_A_ROW = 30


def picture_names(folder: str) -> list[str]:
    """The names of a folder's pictures as a person would sort them: 2.png before 10.png."""
    from analysis.decoding import PICTURE_SUFFIXES

    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name for entry in entries if entry.name.lower().endswith(PICTURE_SUFFIXES) and entry.is_file()
            ]
    except OSError as error:
        name = os.path.basename(folder) or folder
        raise Problem(f"The folder “{name}” could not be listed: {error.strerror or error}.") from error
    return sorted((name for name in names if not name.startswith(".")), key=_natural)


def _natural(name: str) -> tuple[list[tuple[int, int | str]], str]:
    # Figures are compared as numbers and letters as text, never one with the other; the whole name breaks ties.
    parts = re.split(r"([0-9]+)", os.path.splitext(name)[0].casefold())
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts if part], name


class FolderSource(Source):
    """Walks through the pictures of one folder, round and round; broken ones are skipped with a sentence."""

    def __init__(self, folder: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = os.path.abspath(folder)
        self._names: list[str] = []
        self._index = 0
        self._direction = 1
        self._broken = 0
        self._wanted: str | None = None
        self._listing: Reading | None = None
        self._readings: dict[str, Reading] = {}
        self._ready: dict[str, Pixels | str] = {}  # the pixels, or the sentence on why there are none

    @property
    def title(self) -> str:
        folder = os.path.basename(self._folder) or self._folder
        if not self._names:
            return folder
        return f"{self._names[self._index]} in {folder}"

    @property
    def count(self) -> int:
        return len(self._names)

    @property
    def index(self) -> int:
        return self._index

    def start(self) -> None:
        self.stop()
        self._listing = read(partial(picture_names, self._folder))
        self._listing.done.connect(self._listed)
        self._listing.failed.connect(self.failed)

    def stop(self) -> None:
        for reading in (self._listing, *self._readings.values()):
            if reading is not None:
                reading.drop()
        self._listing, self._wanted = None, None
        self._readings, self._ready = {}, {}

    def controls(self, parent: QWidget | None) -> QWidget:
        from gui.sources.controls import FolderBar

        return FolderBar(self, parent)

    def step(self, by: int) -> None:
        """To the next picture, or by -1 to the one before."""
        if self._names:
            self._direction = 1 if by >= 0 else -1
            self.go_to(self._index + by)

    def go_to(self, index: int) -> None:
        if self._names:
            self._broken = 0
            self._want(index)

    @Slot(object)
    def _listed(self, names: list[str]) -> None:
        self._listing = None
        before = self._names[self._index] if self._names else None
        self._names = names
        if not names:
            self._index = 0
            self.failed.emit(f"There is no picture in the folder “{self.title}”: choose another one.")
            return
        self._broken = 0
        self._want(names.index(before) if before in names else 0)

    def _want(self, index: int) -> None:
        self._index = index % len(self._names)
        self._wanted = self._names[self._index]
        self.changed.emit()
        if self._wanted in self._ready:
            self._show(self._wanted)
        else:
            self._begin(self._wanted, urgent=True)

    def _begin(self, name: str, urgent: bool) -> None:
        if name in self._readings or name in self._ready:
            return
        # What was waited for before is of no interest any more.
        for other, reading in list(self._readings.items()):
            if other != self._wanted:
                reading.drop()
                del self._readings[other]
        reading = read(partial(_decoded, self._folder, name), urgent)
        self._readings[name] = reading
        reading.done.connect(self._read)

    @Slot(object)
    def _read(self, result: tuple[str, Pixels | str]) -> None:
        name, picture = result
        self._readings.pop(name, None)
        self._ready[name] = picture
        if name == self._wanted:
            self._show(name)

    def _show(self, name: str) -> None:
        picture = self._ready[name]
        self._wanted = None
        after = self._names[(self._index + self._direction) % len(self._names)]
        self._ready = {name: picture for name, picture in self._ready.items() if name == after}
        if isinstance(picture, str):
            self._skip(picture)
            return
        self._broken = 0
        self.give(picture, os.path.join(self._folder, name))
        if len(self._names) > 1:
            self._begin(after, urgent=False)

    def _skip(self, sentence: str) -> None:
        self._broken += 1
        if self._broken >= min(len(self._names), _BROKEN_IN_A_ROW):
            folder = os.path.basename(self._folder) or self._folder
            self.failed.emit(f"{self._broken} pictures in a row in “{folder}” could not be read. {sentence}")
            return
        self.remarked.emit(f"Skipped: {sentence}")
        self._want(self._index + self._direction)


def _decoded(folder: str, name: str) -> tuple[str, Pixels | str]:
    from analysis.decoding import decode

    try:
        return name, decode(os.path.join(folder, name))
    except Problem as problem:
        return name, str(problem)
