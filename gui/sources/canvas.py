"""A square to draw on with the mouse; what is drawn is the source's business."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class Drawable(Protocol):
    """What a canvas shows, and tells of the mouse; places are shares of the square's side from 0 to 1."""

    @property
    def hint(self) -> str: ...  # said on the empty square; empty when there is something to see
    def image(self) -> QImage: ...
    def press(self, x: float, y: float) -> None: ...
    def drag(self, x: float, y: float) -> None: ...
    def release(self) -> None: ...
    def undo(self) -> None: ...
    def clear(self) -> None: ...


class Canvas(QWidget):
    def __init__(self, drawable: Drawable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawable = drawable
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumSize(112, 112)

    def sizeHint(self) -> QSize:
        return QSize(224, 224)

    def heightForWidth(self, width: int) -> int:
        return width

    def square(self) -> QRectF:
        """Where the picture is: as large as fits, in the middle."""
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        square = self.square()
        painter.drawImage(square, self._drawable.image())
        if self._drawable.hint:
            painter.setPen(QColor(150, 150, 150))  # on black, in every theme
            margin = square.width() / 10
            inside = square.adjusted(margin, margin, -margin, -margin)
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._drawable.hint)
        painter.setPen(self.palette().highlight().color() if self.hasFocus() else self.palette().mid().color())
        painter.drawRect(square.adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.square().contains(event.position()):
            self._drawable.press(*self._share(event.position()))
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drawable.drag(*self._share(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drawable.release()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self._drawable.undo()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._drawable.clear()
        else:
            super().keyPressEvent(event)

    def _share(self, place: QPointF) -> tuple[float, float]:
        square = self.square()
        return (place.x() - square.x()) / square.width(), (place.y() - square.y()) / square.height()
