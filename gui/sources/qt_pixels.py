"""From Qt's images to pixels, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter

if TYPE_CHECKING:
    from analysis.protocol.frame import Picture, Pixels


def pixels_of(image: QImage) -> Pixels:
    """A copy of the picture's RGB levels; what is transparent is white, as in `analysis.pictures.decoding`."""
    import numpy as np

    if image.hasAlphaChannel():
        image = _on_white(image)
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    height, width = image.height(), image.width()
    # Rows are padded to a multiple of four bytes.
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, : width * 3].reshape(height, width, 3).copy()


def image_of(pixels: Pixels) -> QImage:
    """A view of the pixels, which the image keeps alive."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, width * 3, QImage.Format.Format_RGB888)


def mirrored(picture: Picture) -> Picture:
    """Left and right exchanged; of pixels Qt does it four times as fast as NumPy."""
    from analysis.protocol.raw_picture import RawPicture

    if isinstance(picture, RawPicture):
        return picture.turned_round()
    return pixels_of(image_of(picture).flipped(Qt.Orientation.Horizontal))


def _on_white(image: QImage) -> QImage:
    ground = QImage(image.size(), QImage.Format.Format_RGB32)
    ground.fill(QColor("white"))
    painter = QPainter(ground)
    painter.drawImage(0, 0, image)
    painter.end()
    return ground
