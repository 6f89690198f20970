"""Arrays to QImages, without copies where that is safe (published arrays are never written to)."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from gui.theme import colours

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.protocol.events import Floats
    from analysis.protocol.frame import Pixels

LARGE = 1_200_000  # pixels
SMALLEST_FRAMED = 96  # pixels, of a picture with a line drawn into it


def rgb_image(pixels: Pixels) -> QImage:
    """An RGB picture as it is; if it is not large, in the format that Qt draws in half the time."""
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGB888)
    return image if width * height > LARGE else image.convertToFormat(QImage.Format.Format_RGB32)


def level_image(levels: NDArray[np.uint8], colours: NDArray[np.uint8]) -> QImage:
    """8-bit levels through a table of 256 RGB colours."""
    height, width = levels.shape
    image = QImage(levels.data, width, height, levels.strides[0], QImage.Format.Format_Indexed8)
    image.setColorTable(_entries(colours.tobytes()))
    # Qt scales true colours three times as fast as a table, but turning a large picture into them costs more
    return image if levels.size > LARGE else image.convertToFormat(QImage.Format.Format_RGB32)


@lru_cache(maxsize=16)
def _entries(colours: bytes) -> list[int]:
    """The table as Qt wants it."""
    return [0xFF000000 | colours[i] << 16 | colours[i + 1] << 8 | colours[i + 2] for i in range(0, 768, 3)]


def levels_of(values: Floats, low: float, high: float) -> NDArray[np.uint8]:
    """Values between low and high as levels 0…255; what is no number is drawn as the zero of the scale."""
    import numpy as np

    zero = min(max(0.0, low), high)
    finite = np.where(np.isfinite(values), values, np.float32(zero))
    scaled = (finite - low) * (255.0 / (high - low if high > low else 1.0))
    return np.ascontiguousarray(np.clip(np.rint(scaled), 0, 255).astype(np.uint8))


def map_range(values: Floats) -> tuple[float, float]:
    """The scale of one map: from zero to its maximum, or symmetrical about zero where it is signed."""
    import numpy as np

    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if low < 0:
        reach = max(-low, high)
        return -reach, reach
    return 0.0, high if high > 0 else 1.0


def rgba_image(rgba: NDArray[np.uint8]) -> QImage:
    """What is laid over a picture; if it is not large, in the format that Qt lays over others as it is."""
    height, width = rgba.shape[:2]
    image = QImage(rgba.data, width, height, rgba.strides[0], QImage.Format.Format_RGBA8888)
    return image if width * height > LARGE else image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def fill_around(painter: QPainter, outer: QRect, inner: QRectF, colour: QColor) -> None:
    """Fills what a picture at `inner`, which is drawn next, leaves of `outer`: filling is half the work of drawing."""
    left, top = ceil(inner.left()), ceil(inner.top())
    covered = QRect(left, top, floor(inner.right()) - left, floor(inner.bottom()) - top).intersected(outer)
    if covered.isEmpty():
        painter.fillRect(outer, colour)
        return
    right, bottom = covered.right() + 1, covered.bottom() + 1
    painter.fillRect(outer.left(), outer.top(), outer.width(), covered.top() - outer.top(), colour)
    painter.fillRect(outer.left(), bottom, outer.width(), outer.bottom() + 1 - bottom, colour)
    painter.fillRect(outer.left(), covered.top(), covered.left() - outer.left(), covered.height(), colour)
    painter.fillRect(right, covered.top(), outer.right() + 1 - right, covered.height(), colour)


def cut_out(image: QImage, box: QRectF) -> QImage:
    """What lies in the box, in whole pixels, and never nothing."""
    inside = box.toAlignedRect().intersected(image.rect())
    return image.copy(inside) if not inside.isEmpty() else image


def framed(image: QImage, box: QRectF) -> QImage:
    """The picture with two lines around the box, so that it shows on any picture; they belong to it, however small."""
    if box == QRectF(image.rect()):
        return image
    larger = image.scaledToWidth(max(image.width(), SMALLEST_FRAMED), Qt.TransformationMode.SmoothTransformation)
    scale = larger.width() / image.width()
    drawn = larger.convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(drawn)
    around = QRectF(box.x() * scale, box.y() * scale, box.width() * scale, box.height() * scale)
    wide = drawn.width() / 40
    for colour, width in ((QColor(0, 0, 0, 160), 2 * wide), (colours().accent, wide)):
        painter.setPen(QPen(colour, width))
        painter.drawRect(around)
    painter.end()
    return drawn
