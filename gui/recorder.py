"""Records what a part of the window shows as an animated WebP or GIF."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from analysis.problems import Problem

EVERY = 100  # milliseconds between two pictures
LONGEST = 300  # pictures; half a minute
WIDEST = 960  # pixels; an animation for slides, not a film


class Recorder(QObject):
    """Stops by itself at the longest length; `stopped` comes either way."""

    stopped = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._widget: QWidget | None = None
        self._images: list[QImage] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._take)

    @property
    def recording(self) -> bool:
        return self._timer.isActive()

    @property
    def seconds(self) -> float:
        return len(self._images) * EVERY / 1000

    def start(self, widget: QWidget) -> None:
        self._widget, self._images = widget, []
        self._take()
        self._timer.start(EVERY)

    def stop(self) -> None:
        if self.recording:
            self._timer.stop()
            self.stopped.emit()

    def taken(self) -> list[QImage]:
        """The pictures that were recorded; they are handed over and forgotten here."""
        images, self._images = self._images, []
        return images

    @Slot()
    def _take(self) -> None:
        assert self._widget is not None
        size = QSize(self._images[0].size()) if self._images else self._widget.size()
        if size.width() > WIDEST:
            size = size.scaled(WIDEST, size.height(), Qt.AspectRatioMode.KeepAspectRatio)
        image = self._widget.grab().toImage()
        if image.size() != size:
            ignore, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            image = image.scaled(size, ignore, smooth)
        self._images.append(image.convertToFormat(QImage.Format.Format_RGB888))
        if len(self._images) >= LONGEST:
            self.stop()


def write_animation(images: list[QImage], path: str) -> str:
    """Writes the pictures as the animation that the file's name asks for, whole or not at all; runs on any thread."""
    from PIL import Image

    suffix = Path(path).suffix.lower()
    if suffix not in (".webp", ".gif"):
        raise Problem(f"An animation is written as .webp or .gif, not as “{suffix or 'a file without suffix'}”.")
    if not images:
        raise Problem("Nothing was recorded.")
    pictures = [
        Image.frombuffer("RGB", (i.width(), i.height()), bytes(i.constBits()), "raw", "RGB", i.bytesPerLine(), 1)
        for i in images
    ]
    unfinished = Path(f"{path}.unfinished")
    kind = {".webp": {"format": "WEBP", "quality": 80, "method": 2}, ".gif": {"format": "GIF"}}[suffix]
    try:
        pictures[0].save(unfinished, save_all=True, append_images=pictures[1:], duration=EVERY, loop=0, **kind)  # type: ignore[arg-type]
        os.replace(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise Problem(f"{path} could not be written: {error.strerror or error}.") from error
    return path
