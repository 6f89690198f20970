"""A sheet that is drawn on at four times its size and then scaled down, for smooth edges."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Pixels: TypeAlias = NDArray[np.uint8]
Colour: TypeAlias = tuple[int, int, int]
Points: TypeAlias = Sequence[tuple[float, float]]

FINE = 4


class Canvas:
    """Coordinates are in pixels of the finished picture."""

    def __init__(self, width: int, height: int, top: Colour, bottom: Colour | None = None) -> None:
        self.width, self.height = width, height
        share = np.linspace(0, 1, height * FINE)[:, None, None]
        shades = np.array(top) * (1 - share) + np.array(bottom or top) * share
        shades = np.broadcast_to(shades.round().astype(np.uint8), (height * FINE, width * FINE, 3))
        self._image = Image.fromarray(np.ascontiguousarray(shades))
        self._pen = ImageDraw.Draw(self._image)

    def polygon(self, points: Points, colour: Colour) -> None:
        self._pen.polygon([(x * FINE, y * FINE) for x, y in points], fill=colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        self._pen.ellipse(_scaled(x - rx, y - ry, x + rx, y + ry), fill=colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, round_: float = 0) -> None:
        self._pen.rounded_rectangle(_scaled(left, top, right, bottom), round_ * FINE, fill=colour)

    def line(self, points: Points, width: float, colour: Colour) -> None:
        """With round ends and corners."""
        self._pen.line([(x * FINE, y * FINE) for x, y in points], colour, round(width * FINE))
        for x, y in points:
            self.ellipse(x, y, width / 2, width / 2, colour)

    def blur(self, radius: float) -> None:
        """Everything so far goes out of focus."""
        self._image = self._image.filter(ImageFilter.GaussianBlur(radius * FINE))
        self._pen = ImageDraw.Draw(self._image)

    def finished(self, grain: float = 0.0, seed: int = 0) -> Pixels:
        """The picture, with the noise of a camera of that standard deviation."""
        small = self._image.resize((self.width, self.height), Image.Resampling.LANCZOS)
        levels = np.asarray(small, dtype=np.float64)
        noise = np.random.default_rng(seed).normal(0, 1, levels.shape) * grain
        return np.clip(levels + noise, 0, 255).round().astype(np.uint8)


def curve(points: Points, steps: int = 12) -> list[tuple[float, float]]:
    """A smooth way through the points (Catmull-Rom)."""
    corners = np.array([points[0], *points, points[-1]], dtype=float)
    way = []
    for a, b, c, d in zip(corners, corners[1:], corners[2:], corners[3:], strict=False):
        for t in np.linspace(0, 1, steps, endpoint=False):
            x, y = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            way.append((float(x), float(y)))
    return [*way, (float(corners[-1][0]), float(corners[-1][1]))]


def _scaled(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    return left * FINE, top * FINE, right * FINE, bottom * FINE
