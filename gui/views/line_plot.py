"""Lines over a common axis with their names beside them; cheap enough to redraw with every step of a job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme
from gui.views.short_numbers import distinct, short

if TYPE_CHECKING:
    from analysis.protocol.events import Floats

INKS = ("#4fb0ff", "#ffb454", "#7fd962", "#d2a6ff", "#f07178", "#95e6cb")  # readable on light and dark ground
STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)  # where there are more lines than inks
TICKS = 5
RIGHT = 12  # pixels right of the lines
NAME_AT = 6  # pixels from the left, of the axis's name
KEY = 32  # of a line’s key beside its name


@dataclass(frozen=True, eq=False)
class Line:
    name: str
    x: Floats
    y: Floats
    dashed: bool = False
    dots: bool = False
    ink: str = ""  # a colour that means something; the plot chooses one otherwise
    low: Floats | None = None  # a band around it
    high: Floats | None = None


class LinePlot(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 100)
        self.setMouseTracking(True)
        self._lines: Sequence[Line] = ()
        self._x_name, self._y_name, self._empty_text = "", "", ""
        self._x_names: Sequence[str] = ()
        self._counted, self._named = False, True
        self.x_span = self.y_span = (0.0, 1.0)  # from where to where the axes go

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    def show_lines(
        self,
        lines: Sequence[Line],
        x_name: str,
        y_name: str,
        x_limits: tuple[float, float] | None = None,
        y_limits: tuple[float, float] | None = None,
        x_names: Sequence[str] = (),
        counted: bool = False,
        named: bool = True,
    ) -> None:
        """Limits hold the axes still while a job draws on; without them they fit what is there.

        `x_names` are those of the whole numbers along the axis, from the first one on. Where the axis is `counted`
        there is nothing between two whole numbers. Lines that are not `named` are told by who asks, and by the cursor.
        """
        self._named = named
        self._counted = counted or bool(x_names)
        self._x_names = x_names
        self._lines = tuple(line for line in lines if len(line.x))
        self._x_name, self._y_name = x_name, y_name
        self.x_span = _of_some_width(x_limits or _span([line.x for line in self._lines]))
        self.y_span = _of_some_width(y_limits or _span([line.y for line in self._lines]))
        self.update()

    @property
    def lines(self) -> Sequence[Line]:
        """Those that are drawn."""
        return self._lines

    @property
    def marks(self) -> tuple[list[str], list[str]]:
        """What stands along the axis, and beside it."""
        return distinct(self._x_places()), _marks(self.y_span)

    def _x_places(self) -> list[float]:
        """Of the marks along the axis."""
        places = _places(self.x_span)
        low, high = self.x_span
        if not self._counted:
            return places
        return sorted({whole for place in places if low <= (whole := float(round(place))) <= high})

    def show_nothing(self, words: str) -> None:
        self._lines, self._empty_text = (), words
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.colours().sunken)
        if not self._lines:
            painter.setPen(theme.colours().dim)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self._empty_text)
            return
        area = self._area()
        self._paint_axes(painter, area, self.x_span, self.y_span)
        for index, line in enumerate(self._lines):
            self._paint_band(painter, area, line, _ink(index, line))
        for index, line in enumerate(self._lines):
            self._paint_line(painter, area, line, index)
        self._paint_names(painter, area)

    def _area(self) -> QRectF:
        metrics = self.fontMetrics()
        left = max(metrics.horizontalAdvance(words) for words in ("−0.000", *_marks(self.y_span))) + 10
        bottom = 2 * metrics.height() + 8
        top = max(len(self._rows_of_names()), 1) * metrics.height() + 10
        return QRectF(self.rect()).adjusted(left, top, -RIGHT, -bottom)

    def _paint_axes(
        self, painter: QPainter, area: QRectF, x_span: tuple[float, float], y_span: tuple[float, float]
    ) -> None:
        colours, metrics = theme.colours(), self.fontMetrics()
        places = self._x_places()
        along = distinct(places)
        ends = max((metrics.horizontalAdvance(words) for words in along), default=0)
        roomy = area.width() > TICKS * (ends + 2 * metrics.averageCharWidth())
        every = 1 if roomy else max(len(along) - 1, 1)  # or only the ends
        for words, place in list(zip(along, places, strict=True))[::every]:
            share = (place - x_span[0]) / (x_span[1] - x_span[0])
            x = area.left() + share * area.width() - metrics.horizontalAdvance(words) * share
            painter.setPen(colours.dim)
            painter.drawText(QPointF(x, area.bottom() + metrics.height()), words)
        low = metrics.height() * TICKS
        beside = 1 if area.height() > low else 2 if area.height() > low / 2 else TICKS - 1  # likewise
        for tick in range(TICKS):
            share = tick / (TICKS - 1)
            y = area.bottom() - share * area.height()
            painter.setPen(QPen(colours.line, 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(colours.dim)
            if tick % beside == 0:
                words = _marks(y_span)[tick]
                painter.drawText(
                    QPointF(area.left() - 6 - metrics.horizontalAdvance(words), y + metrics.ascent() / 2), words
                )
        painter.setPen(colours.dim)
        under = QRectF(area.left(), area.bottom() + metrics.height() + 2, area.width(), metrics.height() + 4)
        under.adjust(-RIGHT, 0, RIGHT, 0)  # of a plot that is narrower than the word, too
        painter.drawText(under, Qt.AlignmentFlag.AlignCenter, self._x_name)
        name = metrics.elidedText(self._y_name, Qt.TextElideMode.ElideRight, self.width() - NAME_AT - 2)
        painter.drawText(QPointF(NAME_AT, metrics.ascent() + 4), name)

    def _paint_band(self, painter: QPainter, area: QRectF, line: Line, ink: QColor) -> None:
        if line.low is None or line.high is None:
            return
        there = [self._at(area, x, y) for x, y in zip(line.x.tolist(), line.high.tolist(), strict=True)]
        back = [self._at(area, x, y) for x, y in zip(line.x.tolist(), line.low.tolist(), strict=True)]
        corners = [point for point in (*there, *reversed(back)) if point is not None]
        veil = QColor(ink)
        veil.setAlpha(45)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(veil)
        painter.drawPolygon(QPolygonF(corners))

    def _paint_line(self, painter: QPainter, area: QRectF, line: Line, index: int) -> None:
        ink = _ink(index, line)
        points = [point for x, y in _as_seen(line, self.x_span, area) if (point := self._at(area, x, y)) is not None]
        pen = QPen(ink, 2, style_of(index))
        if line.dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
            pen.setWidthF(1.3)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        if line.dots:
            painter.setBrush(ink)
            painter.setPen(Qt.PenStyle.NoPen)
            for point in points:
                painter.drawEllipse(point, 3.5, 3.5)

    def _at(self, area: QRectF, x: float, y: float) -> QPointF | None:
        if not abs(y) < float("inf"):  # also what is no number
            return None
        (left, right), (low, high) = self.x_span, self.y_span
        across = (x - left) / (right - left) * area.width()
        up = (min(max(y, low), high) - low) / (high - low) * area.height()
        return QPointF(area.left() + across, area.bottom() - up)

    def _rows_of_names(self) -> list[list[int]]:
        """Which lines are named in which row above: as many as there is room for beside the axis's name."""
        metrics = self.fontMetrics()
        room = self.width() - RIGHT - metrics.horizontalAdvance(self._y_name) - 22
        rows: list[list[int]] = []
        left = 0
        for index, line in enumerate(self._lines):
            if not line.name or not self._named:
                continue
            wide = metrics.horizontalAdvance(line.name) + KEY
            if not rows or left < wide:
                rows.append([])
                left = room
            rows[-1].append(index)
            left -= wide
        return rows

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        """In rows above the lines, from the right."""
        metrics = self.fontMetrics()
        for row, indices in enumerate(self._rows_of_names()):
            x = area.right()
            for index in reversed(indices):
                line = self._lines[index]
                x -= metrics.horizontalAdvance(line.name)
                painter.setPen(theme.colours().text)
                painter.drawText(QPointF(x, row * metrics.height() + metrics.ascent() + 4), line.name)
                pen = QPen(_ink(index, line), 2.5, style_of(index))
                if line.dashed:
                    pen.setStyle(Qt.PenStyle.DotLine)
                painter.setPen(pen)
                y = 4 + (row + 0.5) * metrics.height()
                painter.drawLine(QPointF(x - 20, y), QPointF(x - 5, y))
                x -= KEY

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The value of every line where the cursor is."""
        area = self._area()
        if not self._lines or not area.contains(event.position()):
            QToolTip.hideText()
            return
        left, right = self.x_span
        x = left + (event.position().x() - area.left()) / area.width() * (right - left)
        QToolTip.showText(event.globalPosition().toPoint(), "\n".join(self.told_at(x)), self)

    def told_at(self, x: float) -> list[str]:
        """Of a place along the axis, or of the whole number next to it."""
        if self._counted:
            x = float(round(x))
        place = round(x - float(self._lines[0].x[0]))
        named = self._x_names[place] if 0 <= place < len(self._x_names) else ""
        rows = [named or f"{self._x_name} {short(x)}"]
        for line in self._lines:
            nearest = int(abs(line.x - x).argmin())
            rows.append(f"{line.name or self._y_name}: {short(float(line.y[nearest]))}")
        return rows


def _as_seen(line: Line, span: tuple[float, float], area: QRectF) -> Iterable[tuple[float, float]]:
    """Its points; of many more than there are pixels the lowest and the highest of each column."""
    most = max(int(area.width()), 1)
    if line.dots or len(line.x) <= 4 * most or (line.x[1:] < line.x[:-1]).any():
        return zip(line.x.tolist(), line.y.tolist(), strict=True)
    import numpy as np

    sure = np.isfinite(line.y)
    x, y = line.x[sure], line.y[sure]
    column = np.floor((x - span[0]) / (span[1] - span[0]) * most).astype(np.int64)
    order = np.lexsort((y, column))
    begins = np.flatnonzero(np.diff(column[order], prepend=-(1 << 62)))
    ends = np.append(begins[1:], len(order)) - 1
    kept = np.unique(np.concatenate((order[begins], order[ends])))
    return zip(x[kept].tolist(), y[kept].tolist(), strict=True)


def key_pen(index: int) -> QPen:
    """What one of several lines is told by, elsewhere than in the plot."""
    return QPen(_on_ground(QColor(INKS[index % len(INKS)])), 2.5, style_of(index))


def style_of(index: int) -> Qt.PenStyle:
    return STYLES[index // len(INKS) % len(STYLES)]


def _ink(index: int, line: Line) -> QColor:
    return _on_ground(QColor(line.ink or INKS[index % len(INKS)]))


def _on_ground(ink: QColor) -> QColor:
    return ink.darker(135) if theme.colours() is theme.LIGHT else ink


def _span(arrays: Sequence[Floats]) -> tuple[float, float]:
    values = [value for array in arrays for value in array.tolist() if abs(value) < float("inf")]
    low, high = min(values, default=0.0), max(values, default=1.0)
    return low, high


def _of_some_width(span: tuple[float, float]) -> tuple[float, float]:
    """A single point, or a line that is level, stands in the middle."""
    low, high = span
    half = max(0.5, abs(low) / 1000)  # which is more than the rounding of large numbers
    return (low, high) if high > low else (low - half, high + half)


def _places(span: tuple[float, float]) -> list[float]:
    low, high = span
    places = [low + tick / (TICKS - 1) * (high - low) for tick in range(TICKS)]
    return [0.0 if abs(place) < 1e-9 * (high - low) else place for place in places]


def _marks(span: tuple[float, float]) -> list[str]:
    """What stands at an axis, from its low end on: in so many digits that no two say the same."""
    return distinct(_places(span))
