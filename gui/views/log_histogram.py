"""How often which value occurred, in bins that double every four, with a mark where the picture of this moment is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import colours
from gui.views.short_numbers import short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class LogHistogram(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._edges: NDArray[np.float64] | None = None
        self._counts: NDArray[np.int64] | None = None
        self._live: float | None = None

    def sizeHint(self) -> QSize:
        return QSize(200, 58 + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(96, self.sizeHint().height())

    @property
    def mark(self) -> float | None:
        """Where the mark stands, as a share of the width."""
        if self._live is None or self._edges is None or len(self._edges) < 2:
            return None
        import numpy as np

        edges = self._edges
        at = int(np.clip(np.searchsorted(edges, self._live, "right") - 1, 0, len(edges) - 2))
        low, high = float(edges[at]), float(edges[at + 1])
        inside = min(max((self._live - low) / (high - low), 0.0), 1.0) if high > low else 0.5
        return (at + inside) / (len(edges) - 1)

    def show_counts(self, edges: NDArray[np.float64], counts: NDArray[np.int64], share: float) -> None:
        self._edges, self._counts = edges, counts
        part = "" if share >= 1 else f"; of each picture {share:.0%} of the places are counted"
        self.setToolTip(f"{counts.sum():,} values; bins double every four, heights by square root{part}")
        self.update()

    def show_live(self, value: float | None) -> None:
        """The largest value of the unit on the picture that is shown now."""
        if value != self._live:
            self._live = value
            self.update()

    def clear(self) -> None:
        self._edges = self._counts = self._live = None
        self.setToolTip("")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().base())
        if self._counts is None or self._edges is None or not self._counts.any():
            return
        font = painter.font()
        font.setPointSizeF(max(font.pointSizeF() - 1.5, 6.5))
        painter.setFont(font)
        letters = painter.fontMetrics()
        area = QRectF(self.rect()).adjusted(4, 4, -4, -letters.height() - 6)
        heights = (self._counts / self._counts.max()) ** 0.5
        width = area.width() / len(heights)
        for index, height in enumerate(heights.tolist()):
            if height > 0:
                tall = max(height * area.height(), 1.0)
                bar = QRectF(area.x() + index * width, area.bottom() - tall, max(width - 1, 1), tall)
                painter.fillRect(bar, colours().accent)
        painter.setPen(colours().dim)
        line = QRectF(area.left(), area.bottom() + 2, area.width(), letters.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, short(float(self._edges[0])))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, short(float(self._edges[-1])))
        mark = self.mark
        if mark is not None and self._live is not None:
            x = area.x() + mark * area.width()
            painter.setPen(self.palette().text().color())
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setBrush(self.palette().text())
            tip = QPolygonF([QPointF(x - 4, area.top()), QPointF(x + 4, area.top()), QPointF(x, area.top() + 6)])
            painter.drawPolygon(tip)
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, f"now {short(self._live)}")
