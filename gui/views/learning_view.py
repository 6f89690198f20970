"""A network that learns: what was found, curves, and ridges of what goes through every layer and flows back."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSplitter, QVBoxLayout, QWidget

from gui import theme
from gui.views.line_plot import INKS, Line, LinePlot
from gui.views.short_numbers import short
from gui.views.words import WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Learning, Plot, Ridge

PLOTTED = 300  # places of a line
MARK = 34  # pixels of a line's mark beside its name
LEAST = 62  # pixels of a layer's ridges
NAME = 15  # pixels of its name
OVER = 1.8  # of the room of one measurement, that a ridge is high
NOTHING_FOUND = "Nothing goes wrong so far."


class LearningView(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: Learning | None = None
        self._beside: tuple[tuple[str, Learning], ...] = ()
        self.words = WrappedWords(parent=self)
        self.words.setProperty("dim", True)
        self.found = QLabel(self)
        self.found.setWordWrap(True)
        self.found.setTextFormat(Qt.TextFormat.PlainText)
        self._found_area = QScrollArea(self)
        self._found_area.setFrameShape(QFrame.Shape.NoFrame)
        self._found_area.setWidget(self.found)
        self._found_area.setWidgetResizable(True)
        self._found_area.setMaximumHeight(5 * self.fontMetrics().lineSpacing())
        self.legend = WrappedWords(parent=self)  # where several runs are drawn
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self._plots = QWidget(self)
        self._plot_row = QHBoxLayout(self._plots)
        self._plot_row.setContentsMargins(0, 0, 0, 0)
        self._plot_row.setSpacing(theme.GRID // 2)
        self.plots: list[LinePlot] = []
        self.ridges = RidgeSheet(self)
        self.area = QScrollArea(self)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidget(self.ridges)
        self.area.setWidgetResizable(True)
        both = QSplitter(Qt.Orientation.Vertical, self)
        both.addWidget(self._plots)
        both.addWidget(self.area)
        both.setSizes([190, 420])
        both.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.words)
        column.addWidget(self._found_area)
        column.addWidget(self.legend)
        column.addWidget(both, 1)
        self.show_nothing("")

    def show_result(self, result: Learning, _picture: Pixels | None = None) -> None:
        if result is self._result:
            return  # the same step, told once more
        self._result = result
        self.words.setText(result.words)
        self.words.show()
        told = [f"⚠ {one.iteration:,}: {one.sentence}" for one in result.findings]
        self.found.setText("\n".join(told) or NOTHING_FOUND)
        ink = theme.colours().warning if told else theme.colours().dim
        self.found.setStyleSheet(f"color: {ink.name()};")
        self._found_area.show()
        self._plots.show()
        self._draw_plots()
        self.ridges.show_learning(result, [learning for _, learning in self._beside])
        self.setAccessibleDescription(" ".join([result.words, *told]))

    def show_beside(self, beside: Sequence[tuple[str, Learning]]) -> None:
        """Other runs, by their names, whose lines are drawn in the same plots."""
        self._beside = tuple(beside)
        if self._result is not None:
            self._draw_plots()
            self.ridges.show_learning(self._result, [learning for _, learning in self._beside])

    def show_nothing(self, words: str) -> None:
        self._result = None
        for part in (self.words, self._found_area, self.legend, self._plots):
            part.hide()
        self.ridges.show_nothing(words)
        self.setAccessibleDescription(words)

    def _draw_plots(self) -> None:
        result = self._result
        assert result is not None
        self._tell_runs()
        while len(self.plots) < len(result.plots):
            plot = LinePlot(self._plots)
            plot.setMinimumWidth(120)
            self._plot_row.addWidget(plot, 1)
            self.plots.append(plot)
        for number, widget in enumerate(self.plots):
            widget.setVisible(number < len(result.plots))
            if number < len(result.plots):
                widget.show_lines(
                    self._lines(number), "iteration", _title(result.plots[number]), (0.0, self._end()), counted=True
                )

    def _tell_runs(self) -> None:
        """Above the plots: in a small one names would lie over each other."""
        self.legend.setVisible(bool(self._beside))
        named = [("this run", INKS[0]), *((name, _ink_beside(at)) for at, (name, _) in enumerate(self._beside))]
        self.legend.setText(
            " &nbsp; ".join(f'<span style="color: {ink}">●</span> {escape(name)}' for name, ink in named)
        )

    def _has_room(self, number: int, names: Sequence[str]) -> bool:
        """For the names of the lines beside that of their plot."""
        assert self._result is not None
        metrics = self.fontMetrics()
        wide = sum(metrics.horizontalAdvance(name) + MARK for name in names if name)
        return wide + metrics.horizontalAdvance(_title(self._result.plots[number])) < self.plots[number].width()

    def _end(self) -> float:
        assert self._result is not None
        return float(max(1, self._result.total, *(learning.total for _, learning in self._beside)))

    def _lines(self, number: int) -> list[Line]:
        assert self._result is not None
        plot = self._result.plots[number]
        own = _thin(plot)
        if self._beside:  # each run has one colour
            own = [Line("", line.x, line.y, line.dashed, False, INKS[0]) for line in own]
        elif not self._has_room(number, [line.name for line in own]):
            own = [Line("", line.x, line.y, line.dashed, False, line.ink) for line in own]
        for at, (_, learning) in enumerate(self._beside):
            for other in learning.plots:
                if other.name == plot.name and not other.logarithms:  # a film of checkpoints has other plots
                    ink = _ink_beside(at)
                    own += [Line("", line.x, line.y, line.dashed, False, ink) for line in _thin(other)]
        return own


def _title(plot: Plot) -> str:
    return f"{plot.name}, tenth powers" if plot.logarithms else plot.name


def _ink_beside(at: int) -> str:
    return INKS[(at + 2) % len(INKS)]


def _thin(plot: Plot) -> list[Line]:
    """As many places as can be told apart; names only where there are few."""
    from analysis.drawing.learning_figure import shown_of

    found = []
    for line, x in zip(plot.lines, plot.x, strict=True):
        values = shown_of(plot, line)
        every = max(len(values) // PLOTTED, 1)
        name = line.name if len(plot.lines) <= 3 else ""
        found.append(Line(name, x[::every], values[::every], dashed=line.name == "tests"))
    return found


class RidgeSheet(QWidget):
    """A row for each layer, a column for each kind of numbers; painted once for every result."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._learning: Learning | None = None
        self._runs: Sequence[tuple[str, Learning]] = ()  # with the colours that they have in the plots
        self._empty = ""
        self._painted: QPixmap | None = None
        self.setAccessibleName("How the numbers of each layer lie, over the iterations")

    def sizeHint(self) -> QSize:
        return QSize(420, self.minimumHeight())

    def show_learning(self, learning: Learning, beside: Sequence[Learning]) -> None:
        inks = [INKS[0], *(_ink_beside(at) for at in range(len(beside)))]
        self._runs = list(zip(inks, (learning, *beside), strict=True))
        self._learning, self._painted = learning, None
        rows = max((len(ridges.of_layers) for ridges in learning.ridges), default=0)
        self.setMinimumHeight(rows * LEAST + 2 * NAME)
        self.update()

    def show_nothing(self, words: str) -> None:
        self._learning, self._empty, self._painted = None, words, None
        self.setMinimumHeight(80)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._painted = None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.colours()
        if self._learning is None:
            painter.fillRect(self.rect(), colours.sunken)
            painter.setPen(colours.dim)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 16, -16, -16), flags, self._empty)
            return
        if self._painted is None or self._painted.size() != self.size():
            self._painted = QPixmap(self.size())
            self._painted.fill(colours.sunken)
            within = QPainter(self._painted)
            within.setFont(self.font())
            within.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint(within)
            within.end()
        painter.drawPixmap(0, 0, self._painted)

    def _paint(self, painter: QPainter) -> None:
        assert self._learning is not None
        columns = [(ink, ridges) for ink, run in self._runs for ridges in run.ridges]
        if not columns:
            return
        wide = self.width() / len(columns)
        rows = max(len(ridges.of_layers) for _, ridges in columns)
        high = (self.height() - NAME) / max(rows, 1)
        metrics, colours = self.fontMetrics(), theme.colours()
        dot = metrics.horizontalAdvance("● ") if len(self._runs) > 1 else 0
        for column, (ink, ridges) in enumerate(columns):
            left = column * wide
            if dot:
                painter.setPen(QColor(ink))
                painter.drawText(QPointF(left + 4, NAME - 3), "●")
            painter.setPen(colours.text)
            name = metrics.elidedText(ridges.name, Qt.TextElideMode.ElideRight, int(wide) - 8 - dot)
            painter.drawText(QPointF(left + 4 + dot, NAME - 3), name)
            for row, ridge in enumerate(ridges.of_layers):
                room = QRectF(left + 4, NAME + row * high, wide - 12, high - 3)
                self._paint_ridge(painter, room, ridge, ridges.logarithms)

    def _paint_ridge(self, painter: QPainter, room: QRectF, ridge: Ridge, logarithms: bool) -> None:
        from analysis.drawing.learning_figure import outline

        colours, metrics, count = theme.colours(), self.fontMetrics(), len(ridge.counts)
        low, high = (float(ridge.low.min()), float(ridge.high.max())) if count else (0.0, 1.0)
        span = high - low if high > low else 1.0
        body = room.adjusted(0, NAME, 0, 0)
        step = body.height() / max(count + OVER, 1)
        for number in range(count):
            x, y = outline(ridge.counts[number], float(ridge.low[number]), float(ridge.high[number]))
            base = body.top() + (number + 1 + OVER) * step - step * 0.5
            points = [QPointF(body.left(), base)]
            scale = OVER * max(step, 3.0)
            points += [
                QPointF(body.left() + (float(one) - low) / span * body.width(), base - float(top) * scale)
                for one, top in zip(x, y, strict=True)
            ]
            points = [QPointF(points[1].x(), base), *points[1:], QPointF(points[-1].x(), base)]
            share = number / max(count - 1, 1)
            fill = theme.blend(colours.sunken, colours.accent, 0.25 + 0.35 * share)
            painter.setPen(QPen(theme.blend(colours.sunken, colours.text, 0.35 + 0.5 * share), 0.8))
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF(points))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(colours.dim)
        ends = f"{short(low)} … {short(high)}"
        wide = metrics.horizontalAdvance(ends)
        if metrics.horizontalAdvance(ridge.layer) + wide + NAME > room.width():
            wide = 0  # the layer's name is more than between which numbers it lies
        layer = metrics.elidedText(ridge.layer, Qt.TextElideMode.ElideMiddle, int(room.width() - wide))
        painter.drawText(QPointF(room.left(), room.top() + NAME - 4), layer)
        if wide:
            painter.drawText(QPointF(room.right() - wide, room.top() + NAME - 4), ends)
