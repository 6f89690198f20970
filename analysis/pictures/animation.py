"""Animated pictures (GIF, WebP, APNG, AVIF) one frame at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from analysis.pictures.decoding import PIXELS_KEPT, PictureFile, faults_in_words, open_picture, rgb_pixels
from analysis.protocol.frame import Pixels

if TYPE_CHECKING:
    from PIL import Image

# Browsers show a frame without a sensible duration this long, and so do makers of animations expect it.
_USUAL_SECONDS = 0.1
_ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")


@dataclass(frozen=True, eq=False)
class AnimationFrame:
    """One picture of an animation, and how long it stays."""

    pixels: Pixels
    seconds: float


def is_animated(file: PictureFile) -> bool:
    """Does this picture file hold more than one frame to be played? Reads little more than the header.

    What is too large to be decoded quickly is shown as the picture that it begins with.
    """
    with faults_in_words(file), open_picture(file) as image:
        plays = image.format in _ANIMATED and image.width * image.height <= PIXELS_KEPT
        return plays and bool(getattr(image, "is_animated", False))


def frames(file: PictureFile) -> Iterator[AnimationFrame]:
    """Every frame once, from first to last; a file that breaks off ends in a Problem."""
    with Animation(file) as animation:
        for index in range(animation.count):
            yield animation.frame(index)


class Animation:
    """An animated picture held open; it is used by one thread at a time and closed by whoever made it."""

    def __init__(self, file: PictureFile) -> None:
        self._file = file
        self._open = contextlib.ExitStack()
        with faults_in_words(file), contextlib.ExitStack() as opening:
            self._image: Image.Image = opening.enter_context(open_picture(file))
            self.count = int(getattr(self._image, "n_frames", 1)) if self._image.format in _ANIMATED else 1
            self._open = opening.pop_all()

    def frame(self, index: int) -> AnimationFrame:
        with faults_in_words(self._file):
            self._image.seek(index)
            pixels = rgb_pixels(self._image)
            duration = self._image.info.get("duration", 0)
        seconds = duration / 1000 if isinstance(duration, (int, float)) else 0.0
        return AnimationFrame(pixels, seconds if seconds > 0.015 else _USUAL_SECONDS)

    def close(self) -> None:
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()
