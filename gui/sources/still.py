"""One picture that stays: a file, a sample, or what was pasted or dropped."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QImage

from gui.lane.background import Reading, read
from gui.sources.qt_pixels import pixels_of
from gui.sources.source import Source

if TYPE_CHECKING:
    from analysis.protocol.frame import Picture


def still_of_file(path: str, parent: QObject | None = None) -> StillSource:
    absolute = os.path.abspath(path)
    return StillSource(absolute, os.path.basename(absolute), partial(_open, absolute), parent)


def still_of_image(image: QImage, title: str, parent: QObject | None = None) -> StillSource:
    """What came through the clipboard or by dragging, and is in no file."""
    pixels = pixels_of(image)
    return StillSource("clipboard", title, lambda: pixels, parent)


class StillSource(Source):
    """Gives its picture once at every start; `open_pixels` is called on another thread."""

    def __init__(
        self, origin: str, title: str, open_pixels: Callable[[], Picture], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._origin = origin
        self._title = title
        self._open_pixels = open_pixels
        self._reading: Reading | None = None

    @property
    def title(self) -> str:
        return self._title

    @property
    def file(self) -> str:
        """Its path; empty where it is in no file."""
        return self._origin if os.path.isabs(self._origin) else ""

    def start(self) -> None:
        self.stop()
        self._reading = read(self._open_pixels)
        self._reading.done.connect(self._show)
        self._reading.failed.connect(self.failed)

    def stop(self) -> None:
        if self._reading is not None:
            self._reading.drop()
            self._reading = None

    @Slot(object)
    def _show(self, picture: Picture) -> None:
        from analysis.protocol.raw_picture import size_of

        self._reading = None
        height, width = size_of(picture)
        self._title = f"{self._title.split(' · ')[0]} · {width}×{height}"
        self.changed.emit()
        self.give(picture, self._origin)


def _open(origin: str) -> Picture:
    from analysis.pictures.images import open_origin

    return open_origin(origin)
