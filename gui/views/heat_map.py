"""A table of numbers as a picture, a cell for each; what lies under the cursor is said in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import colours
from gui.views.pixels import level_image, levels_of
from gui.views.short_numbers import short

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from analysis.protocol.events import Floats

NAMES = 150  # pixels that the names of rows may take
LEAST_NAMED = 11  # pixels of a row that has room for its name
LEAST_WIDE = 48  # likewise of a column
SCALE = 120  # pixels of the scale above it


class HeatMap(QWidget):
    chosen = Signal(int, int)  # row and column that were clicked
    hovered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._values: Floats | None = None
        self._image: QImage | None = None
        self._scale: QImage | None = None
        self.span = (0.0, 1.0)  # what the ends of the scale are
        self._rows: Sequence[str] = ()
        self._columns: Sequence[str] = ()
        self._empty = ""

    def sizeHint(self) -> QSize:
        return QSize(480, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 120)

    def show_values(self, values: Floats, rows: Sequence[str], columns: Sequence[str], signed: bool = False) -> None:
        import numpy as np

        from analysis.drawing.colours import table

        low, high = float(values.min()), float(values.max())
        if signed:
            high = max(abs(low), abs(high))
            low = -high
        scale = table("diverging" if signed else "inferno", 1.0, signed)
        self._values, self._rows, self._columns = values, rows, columns
        self._image = level_image(levels_of(values, low, high), scale)
        ramp = np.linspace(0, 1, SCALE, dtype=np.float32)[None]
        self.span, self._scale = (low, high), level_image(levels_of(ramp, 0.0, 1.0), scale)
        self.update()

    def show_nothing(self, words: str) -> None:
        self._values = self._image = None
        self._empty = words
        self.update()

    def words_at(self, row: int, column: int) -> str:
        assert self._values is not None
        return f"{self._rows[row]} · {self._columns[column]}: {float(self._values[row, column]):.3g}"

    def _area(self) -> QRectF:
        under = self.fontMetrics().height() + 4
        return QRectF(self.rect()).adjusted(self._named, under, -4, -under)

    @property
    def _named(self) -> float:
        letters = self.fontMetrics()
        widest = max((letters.horizontalAdvance(name) for name in self._rows[:200]), default=0)
        return float(min(widest + 8, NAMES))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().base())
        if self._image is None:
            painter.setPen(self.palette().placeholderText().color())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty)
            return
        area = self._area()
        painter.drawImage(area, self._image)
        step = area.height() / max(len(self._rows), 1)
        every = max(int(-(-LEAST_NAMED // max(step, 0.01))), 1)
        painter.setPen(colours().dim)
        letters = painter.fontMetrics()
        wide = area.width() / max(len(self._columns), 1)
        every_column = max(int(-(-LEAST_WIDE // max(wide, 0.01))), 1)
        for column in range(0, len(self._columns), every_column):
            room = QRectF(area.left() + column * wide, area.bottom() + 2, wide * every_column - 4, letters.height())
            words = letters.elidedText(self._columns[column], Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        for row in range(0, len(self._rows), every):
            line = QRectF(0, area.top() + row * step, area.left() - 6, max(step, LEAST_NAMED))
            words = letters.elidedText(self._rows[row], Qt.TextElideMode.ElideLeft, int(line.width()))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)

        self._paint_scale(painter, area)

    def _paint_scale(self, painter: QPainter, area: QRectF) -> None:
        """What its colours mean, above it at the right."""
        if self._scale is None:
            return
        letters = painter.fontMetrics()
        low, high = (short(end) for end in self.span)
        x = area.right() - letters.horizontalAdvance(high)
        painter.drawText(QPointF(x, letters.ascent() + 1), high)
        x -= SCALE + 6
        painter.drawImage(QRectF(x, 3, SCALE, letters.height() - 4), self._scale)
        painter.drawText(QPointF(x - 6 - letters.horizontalAdvance(low), letters.ascent() + 1), low)

    def _cell(self, point: QPointF) -> tuple[int, int] | None:
        area = self._area()
        if self._values is None or not area.contains(point):
            return None
        rows, columns = self._values.shape
        row = int((point.y() - area.top()) / area.height() * rows)
        column = int((point.x() - area.left()) / area.width() * columns)
        return min(row, rows - 1), min(column, columns - 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._cell(event.position())
        self.hovered.emit(self.words_at(*cell) if cell is not None else "")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._cell(event.position())
        if cell is not None:
            self.chosen.emit(*cell)

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit("")
