"""A tensor in a file as one picture that stays: which picture of it, and which planes are looked at, can be chosen."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, Slot

from analysis.protocol.origin import TENSOR_SUFFIXES, Origin, origin_of_tensor
from gui.lane.background import Reading, read
from gui.sources.source import BarName, Source

if TYPE_CHECKING:
    from analysis.protocol.planes import Planes


def is_tensor(path: str) -> bool:
    """What is in a file is looked at only where its name says that it may be one."""
    if not path.lower().endswith(TENSOR_SUFFIXES):
        return False
    from analysis.pictures.tensors import is_tensor as found

    return found(path)


class TensorSource(Source):
    """The file is read once for all planes; another picture of it is read anew."""

    bar: ClassVar[BarName] = "planes"

    def __init__(self, origin: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        found = Origin.found(origin)
        self._path = os.path.abspath(found.path)
        self._array, self._item, self._planes = found.array, int(found.place or 0), found.planes
        self._picture: Planes | None = None
        self._reading: Reading | None = None

    @property
    def title(self) -> str:
        name = os.path.basename(self._path)
        if self._picture is None:
            return name
        return f"{name} · {self._picture.width}×{self._picture.height}×{self._picture.count}"

    @property
    def file(self) -> str:
        """Its path, beside which there may be others."""
        return self._path

    @property
    def picture(self) -> Planes | None:
        """What is shown, once it is read."""
        return self._picture

    @property
    def item(self) -> int:
        return self._item

    @property
    def words(self) -> str:
        """What it is made of, without its name."""
        return self._picture.notes[0].partition("” is ")[2] if self._picture is not None else ""

    def start(self) -> None:
        self.stop()
        self._reading = read(partial(_open, self._origin()))
        self._reading.done.connect(self._show)
        self._reading.failed.connect(self.failed)

    def stop(self) -> None:
        if self._reading is not None:
            self._reading.drop()
            self._reading = None

    def show_planes(self, planes: tuple[int, ...]) -> None:
        """Looks at this one in grey, or at these three in colours."""
        if self._picture is None or planes == self._picture.shown:
            return
        from analysis.pictures.tensors import in_words

        self._planes = planes
        shown = replace(self._picture, shown=planes, chosen=True)
        self._show(replace(shown, notes=(in_words(shown), *self._picture.notes[1:])))

    def show_item(self, item: int) -> None:
        if item != self._item:
            self._item = item
            self.start()

    @Slot(object)
    def _show(self, picture: Planes) -> None:
        self._reading = None
        self._picture = picture
        self.changed.emit()
        # What it is made of stands under it already.
        self.give(replace(picture, notes=picture.notes[1:]), self._origin())

    def _origin(self) -> str:
        return origin_of_tensor(self._path, self._array, self._item, self._planes)


def _open(origin: str) -> Planes:
    from analysis.pictures.tensors import open_tensor

    return open_tensor(Origin.parse(origin))
