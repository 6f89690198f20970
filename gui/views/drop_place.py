"""Where files go that are dragged over the window: a frame around the pane that takes them, and what comes of it."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui import theme


class DropPlace(QWidget):
    """Lies over the whole window and lets everything through; hidden while nothing is dragged."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._places: list[tuple[QRect, str]] = []
        self.hide()

    @property
    def told(self) -> list[str]:
        """What is said, place by place; empty while nothing is dragged."""
        return [words for _, words in self._places] if self.isVisible() else []

    def show_places(self, places: list[tuple[QWidget, str]]) -> None:
        """Each pane with what becomes there of what is dragged."""
        window = self._window
        self._places = [(QRect(one.mapTo(window, one.rect().topLeft()), one.size()), words) for one, words in places]
        self.setGeometry(window.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(colours.window)
        veil.setAlphaF(0.72)
        for place, words in self._places:
            area = QRectF(place).adjusted(3, 3, -3, -3)
            painter.setBrush(veil)
            painter.setPen(QPen(colours.accent, 2, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(area, 6, 6)
            painter.setPen(colours.text)
            inside = area.adjusted(theme.GRID, theme.GRID, -theme.GRID, -theme.GRID)
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
        painter.end()
