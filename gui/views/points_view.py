"""A result of points in a plane: each in the colour of its group; the one under the cursor says its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme
from gui.views.line_plot import INKS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Points

MARGIN = 12
NEAR = 8.0  # pixels from a point that still mean it
DOT = 5.0


class PointsView(QWidget):
    point_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)
        self.setMouseTracking(True)
        self._points: Points | None = None
        self._empty_text = ""

    def sizeHint(self) -> QSize:
        return QSize(400, 400)

    def show_result(self, result: Points, _picture: Pixels | None = None) -> None:
        self._points = result
        self.update()

    def show_nothing(self, words: str) -> None:
        self._points, self._empty_text = None, words
        self.update()

    def point_at(self, place: QPointF) -> int:
        """The number of the nearest point; −1 where none is near."""
        import numpy as np

        if self._points is None or not len(self._points.places):
            return -1
        distances = np.hypot(*(self._on_screen() - (place.x(), place.y())).T)
        nearest = int(distances.argmin())
        return nearest if float(distances[nearest]) <= NEAR else -1

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.colours()
        painter.fillRect(self.rect(), colours.sunken)
        points = self._points
        if points is None or not len(points.places):
            painter.setPen(colours.dim)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self._empty_text)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = self._on_screen()
        for group in sorted({int(one) for one in points.groups}):
            ink = QColor(INKS[group % len(INKS)]) if group >= 0 else colours.dim
            painter.setPen(QPen(ink, DOT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints([QPointF(float(x), float(y)) for x, y in places[points.groups == group]])
        self._paint_names(painter, points)

    def _paint_names(self, painter: QPainter, points: Points) -> None:
        line = self.fontMetrics().lineSpacing()
        for number, name in enumerate(points.group_names):
            top = MARGIN + number * line
            if top + line > self.height():
                break
            painter.setPen(QColor(INKS[number % len(INKS)]))
            painter.drawText(QRectF(MARGIN, top, self.width() - 2 * MARGIN, line), Qt.AlignmentFlag.AlignRight, name)

    def _on_screen(self) -> NDArray[np.float64]:
        """The points' places in pixels of the view; one scale for both axes."""
        import numpy as np

        assert self._points is not None
        places = np.asarray(self._points.places, np.float64)
        least, greatest = places.min(0), places.max(0)
        room = np.array([self.width() - 2 * MARGIN, self.height() - 2 * MARGIN], float)
        scale = float(min(room / np.maximum(greatest - least, 1e-12)))
        middle = (least + greatest) / 2
        shown: NDArray[np.float64] = (places - middle) * scale + np.array([self.width(), self.height()]) / 2
        return shown

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self.point_at(event.position())
        if found < 0 or self._points is None or found >= len(self._points.names):
            QToolTip.hideText()
            return
        QToolTip.showText(event.globalPosition().toPoint(), self._points.names[found], self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.point_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and found >= 0:
            self.point_clicked.emit(found)
