"""A recording kept as an animated WebP or GIF, which every browser and slide shows in a loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QImage

from analysis.whole_file import check_output, write_whole
from gui.recording.reel import Reel
from gui.sources.reader import Reading, read

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".webp", ".gif")


class AnimationReel(Reel):
    """Keeps the pictures in memory, those that differ from the one before; another thread writes them at the end."""

    _images: list[QImage]
    _times: list[int]
    _reading: Reading | None = None

    def add(self, image: QImage, at: int) -> None:
        if not hasattr(self, "_images"):
            self._images, self._times = [], []
        if not self._images or self._images[-1] != image:
            self._images.append(image)
            self._times.append(at)

    def finish(self, length: int) -> None:
        ends = [*self._times[1:], max(length, self._times[-1] + 1)]
        shown = [end - begin for begin, end in zip(self._times, ends, strict=True)]
        self._reading = read(partial(write_animation, self._images, shown, self.path))
        self._images = []
        self._reading.done.connect(self._written)
        self._reading.failed.connect(self.failed)

    @Slot(object)
    def _written(self, _result: object) -> None:
        self.finished.emit("")


def write_animation(images: Sequence[QImage], milliseconds: Sequence[int], path: Path) -> None:
    """Each picture as long as told, round and round; runs on any thread."""
    check_output(path, SUFFIXES)
    content = BytesIO()
    pictures = _pictures(images)
    first = next(pictures)
    kind = {".webp": {"format": "WEBP", "quality": 85, "method": 2}, ".gif": {"format": "GIF"}}[path.suffix.lower()]
    first.save(content, save_all=True, append_images=pictures, duration=list(milliseconds), loop=0, **kind)  # type: ignore[arg-type]
    write_whole(path, content.getvalue())


def _pictures(images: Sequence[QImage]) -> Iterator[Image]:
    """One after the other, so that they are not in memory twice."""
    from PIL import Image

    for image in images:
        size = (image.width(), image.height())
        yield Image.frombuffer("RGB", size, bytes(image.constBits()), "raw", "BGRX", image.bytesPerLine(), 1)
