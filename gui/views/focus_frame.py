"""A thin frame in the accent's colour shows which of the painted views takes the keys."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from gui.theme import colours


def paint_focus(painter: QPainter, widget: QWidget) -> None:
    if widget.hasFocus():
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colours().accent, 1))
        painter.drawRect(widget.rect().adjusted(0, 0, -1, -1))
