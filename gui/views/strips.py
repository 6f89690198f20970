"""Small plots that are cheap enough for every frame: a strip chart over time, a histogram, bars of a vector."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import colours
from gui.views.calm import Calm
from gui.views.short_numbers import short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.protocol.events import Floats

GAP = 8  # pixels between words
LOW = 44  # pixels, of a plot that has room for one line of words
MOST_OF_IT = 0.995  # of all values: more is all of them to anybody
SAMPLED = "Of moving pictures a sample of a large layer is counted, at other places every time; of still ones all of it"
SPANS = (30, 100, 300)  # values across a strip chart: a few pictures are seen as well as many frames


class _Plot(QWidget):
    """What the plots share: a frame, a colour, and words where there is nothing yet."""

    def __init__(self, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._empty_text = empty_text
        self._calm = Calm(self)
        self._calm.due.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, 26 + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(96, 24 + self.fontMetrics().height())

    def _begin(self) -> tuple[QPainter, QRectF]:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self.palette().base())
        font = painter.font()
        font.setPointSizeF(max(font.pointSizeF() - 1.5, 6.5))
        painter.setFont(font)
        return painter, QRectF(self.rect()).adjusted(4, 4, -4, -4)

    def _write_under(self, painter: QPainter, area: QRectF, left: str, middle: str, right: str) -> QRectF:
        """One line of words at the foot, and what is left above it; the middle goes where there is no room for it."""
        letters = painter.fontMetrics()
        line = QRectF(area.left(), area.bottom() - letters.height(), area.width(), letters.height())
        painter.setPen(colours().dim)
        for side, words in ((Qt.AlignmentFlag.AlignLeft, left), (Qt.AlignmentFlag.AlignRight, right)):
            painter.drawText(line, side | Qt.AlignmentFlag.AlignVCenter, words)
        widest = max(letters.horizontalAdvance(left), letters.horizontalAdvance(right)) + GAP
        if letters.horizontalAdvance(middle) <= line.width() - 2 * widest:
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, middle)
        return area.adjusted(0, 0, 0, -letters.height() - 2)

    def _say_empty(self, painter: QPainter) -> None:
        painter.setPen(self.palette().placeholderText().color())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty_text)


class StripChart(_Plot):
    """The unit's maximum over the last frames."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Its maximum, while pictures stream", parent)
        self._values: deque[float] = deque(maxlen=SPANS[-1])
        self._line = QPolygonF()  # the same, one step apart; laid over the room when it is painted
        self._steps = 0

    def add(self, value: float) -> None:
        if value == value and abs(value) != float("inf"):
            self._values.append(value)
            self._line.append(QPointF(self._steps, value))
            self._steps += 1
            if self._line.size() > SPANS[-1]:
                self._line.removeFirst()
            self._calm.request()

    def clear(self) -> None:
        self._values.clear()
        self._line.clear()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area = self._begin()
        if len(self._values) < 2:
            self._say_empty(painter)
            return
        low, high = min(0.0, *self._values), max(0.0, *self._values)
        area = self._write_under(painter, area, f"max {short(high)}", "", f"now {short(self._values[-1])}")
        span = high - low or 1.0
        step = area.width() / (next(values for values in SPANS if len(self._values) <= values) - 1)
        up = area.height() / span
        placed = QTransform(step, 0, 0, -up, area.right() - (self._steps - 1) * step, area.bottom() + low * up)
        painter.setPen(colours().accent)
        painter.drawPolyline(placed.map(self._line))


class Histogram(_Plot):
    """How often which value occurred on the pictures so far; the height is the square root of the count."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Its values, while pictures come", parent)
        self._counts: NDArray[np.int64] | None = None
        self._range = (0.0, 1.0)
        self._zeros = 0.0
        self._share = 1.0

    def show_counts(
        self, counts: NDArray[np.int64], limits: tuple[float, float], zeros: float, share: float = 1.0
    ) -> None:
        """`share` of all values were counted, where only a sample of each picture is."""
        self._counts, self._range, self._zeros, self._share = counts, limits, zeros, share
        self._calm.request()

    def clear(self) -> None:
        self._counts = None
        self.setToolTip("")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area = self._begin()
        if self._counts is None or not self._counts.any():
            self._say_empty(painter)
            return
        counts, low, high = self._occupied(self._counts)
        zeros = f"{self._zeros:.0%} of them zero; " if self._zeros else ""
        told = f"{counts.sum():,} values from {low:.3g} to {high:.3g}; {zeros}heights by square root"
        self.setToolTip("\n".join(filter(None, (told, SAMPLED if self.sample_in_words() else ""))))
        heights = (counts / counts.max()) ** 0.5
        sampled, zeros_told = self.sample_in_words(), f"{self._zeros:.0%} zeros"
        low_plot = area.height() < LOW
        middle = sampled if sampled and low_plot else zeros_told
        area = self._write_under(painter, area, short(low), middle, short(high))
        area = self._say_sampled(painter, area, "" if low_plot else sampled)
        width = area.width() / len(heights)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for index, height in enumerate(heights.tolist()):
            if height > 0:
                tall = max(height * area.height(), 1.0)
                painter.fillRect(
                    QRectF(area.x() + index * width, area.bottom() - tall, max(width - 1, 1), tall), colours().accent
                )

    def sample_in_words(self) -> str:
        """How much of what the unit answered is counted; nothing where all of it is."""
        if self._counts is None or self._share > MOST_OF_IT:
            return ""
        return f"1 in {1 / self._share:.2g} counted" if self._share < 0.5 else f"{self._share:.0%} counted"

    def _say_sampled(self, painter: QPainter, area: QRectF, words: str) -> QRectF:
        """A line above the bars, so that no bar is under it; what is left for these."""
        if not words:
            return area
        letters = painter.fontMetrics()
        line = QRectF(area.left(), area.top() - 2, area.width(), letters.height())
        painter.setPen(colours().dim)
        fitting = letters.elidedText(words, Qt.TextElideMode.ElideRight, int(line.width()))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, fitting)
        return area.adjusted(0, letters.height() - 2, 0, 0)

    def _occupied(self, counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], float, float]:
        """The bins between the lowest and the highest value, and their limits: the given ones may be far wider."""
        low, width = self._range[0], (self._range[1] - self._range[0]) / len(counts)
        occupied = counts.nonzero()[0]
        first, last = int(occupied[0]), int(occupied[-1]) + 1
        return counts[first:last], low + first * width, low + last * width


class VectorBars(_Plot):
    """A layer that is a vector, one bar a unit, from the zero line up or down."""

    unit_chosen = Signal(int)
    menu_wanted = Signal(int, QPoint)
    unit_hovered = Signal(float, float, str)  # the scale of all bars, and the one under the cursor in words
    unit_left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setMouseTracking(True)
        self._values: Floats | None = None
        self._selected: int | None = None

    def show_values(self, values: Floats) -> None:
        self._values = values
        self._calm.request()

    def clear(self) -> None:
        self._values = None
        self.update()

    def select(self, unit: int | None) -> None:
        self._selected = unit
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area = self._begin()
        if self._values is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        values = [v if v == v and abs(v) != float("inf") else 0.0 for v in self._values.tolist()]
        low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
        span = high - low or 1.0
        zero = area.bottom() + low / span * area.height()
        width = area.width() / len(values)
        gap = 1.0 if width >= 4 else 0.0
        colour = colours().bar
        for unit, value in enumerate(values):
            tall = abs(value) / span * area.height()
            top = zero - tall if value > 0 else zero
            chosen = unit == self._selected
            bar = QRectF(area.x() + unit * width, top, max(width - gap, 1.0), max(tall, 2.0 if chosen else 0.0))
            painter.fillRect(bar, colours().accent if chosen else colour)
        painter.setPen(self.palette().placeholderText().color())
        painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero))
        for corner, words in (
            (Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, short(high)),
            (Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, short(low) if low < 0 else ""),
            (Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight, f"{len(values)} units"),
        ):
            painter.drawText(area, corner, words)

    def _unit_at(self, x: float) -> int | None:
        if self._values is None or len(self._values) == 0:
            return None
        unit = int((x - 4) / max(self.width() - 8, 1) * len(self._values))
        return unit if 0 <= unit < len(self._values) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        unit = self._unit_at(event.position().x())
        if unit is not None:
            self.unit_chosen.emit(unit)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        unit = self._unit_at(event.position().x())
        if unit is not None and self._values is not None:
            low, high = min(float(self._values.min()), 0.0), max(float(self._values.max()), 0.0)
            self.unit_hovered.emit(low, high, f"unit {unit}: {short(float(self._values[unit]))}")

    def leaveEvent(self, event: object) -> None:
        self.unit_left.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        unit = self._unit_at(event.pos().x())
        if unit is not None:
            self.unit_chosen.emit(unit)
            self.menu_wanted.emit(unit, event.globalPos())
