"""A cross where the mouse is in another picture: two lines, so that it shows on any ground."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QColor, QPainter, QPen

from gui.theme import colours

ARM, OPEN = 9.0, 3.0  # pixels from its middle to its ends, and of the middle that is left free


def paint_cross(painter: QPainter, at: QPointF) -> None:
    arms = [
        QLineF(at.x() + x * OPEN, at.y() + y * OPEN, at.x() + x * ARM, at.y() + y * ARM)
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    for colour, width in ((QColor(0, 0, 0, 190), 3.5), (colours().accent, 1.5)):
        painter.setPen(QPen(colour, width))
        painter.drawLines(arms)
