"""Choosing a part of a screen: the screen as it is, dimmed; drag over what the network is to see."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QScreen
from PySide6.QtWidgets import QWidget

_LEAST = 8  # a smaller region is a slip of the hand
_WORDS = "Drag over the part of the screen to be watched · Enter takes all of it · Esc leaves it as it was"


class RegionPicker(QWidget):
    """Covers the screen until the person has chosen; deletes itself then. The region is in the screen's coordinates."""

    chosen = Signal(QRect)

    def __init__(self, screen: QScreen, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setWindowTitle("Choose a part of the screen")
        self._picture: QPixmap = screen.grabWindow(0)
        self._from: QPoint | None = None
        self._region = QRect()
        self.setScreen(screen)
        self.setGeometry(screen.geometry())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.position().toPoint()
        self._region = QRect()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            self._region = _between(self._from, event.position().toPoint()) & self.rect()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._from = None
        if min(self._region.width(), self._region.height()) >= _LEAST:
            self._take(self._region)
        else:
            self._region = QRect()
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.rect())
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(self.rect(), self._picture)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 130))
        if self._region.isEmpty():
            painter.setPen(QColor("white"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, _WORDS)
        else:
            painter.save()
            painter.setClipRect(self._region)
            painter.drawPixmap(self.rect(), self._picture)
            painter.restore()
            painter.setPen(QColor("white"))
            painter.drawRect(self._region.adjusted(0, 0, -1, -1))
            words = f"{self._region.width()}×{self._region.height()}"
            painter.drawText(self._region.topLeft() + QPoint(4, -6), words)
        painter.end()

    def _take(self, region: QRect) -> None:
        self.chosen.emit(region)
        self.close()


def _between(one: QPoint, other: QPoint) -> QRect:
    """QRect's own way counts the last pixel of one direction only."""
    corner = QPoint(min(one.x(), other.x()), min(one.y(), other.y()))
    return QRect(corner, QSize(abs(one.x() - other.x()), abs(one.y() - other.y())))
