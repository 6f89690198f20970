"""Classes as bars: name, number, and for pinned ones their last values as a line. Click, keys and a menu for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import theme
from gui.views.calm import Calm


@dataclass(frozen=True)
class ClassRow:
    """`start` and `end` of its bar as shares of the width; `history` as shares of the height, oldest first."""

    index: int
    label: str
    words: str  # its number
    start: float
    end: float
    tip: str
    explained: bool = False
    pinned: bool = False
    history: tuple[float, ...] = ()
    colour: tuple[int, int, int] | None = None  # in which the class is drawn elsewhere


class ClassBars(QWidget):
    class_chosen = Signal(int)
    pin_toggled = Signal(int)
    menu_wanted = Signal(int, QPoint)
    retyped = Signal()  # another font: the rows have another height

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[ClassRow] = ()
        self._split = 0  # how many rows are the strongest; the pinned ones follow
        self._empty_text = ""
        self._under_cursor = -1
        self._current = 0
        self._calm = Calm(self)
        self._calm.due.connect(self.update)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def show_rows(self, strongest: Sequence[ClassRow], pinned: Sequence[ClassRow]) -> None:
        before = len(self._rows)
        self._rows, self._split = (*strongest, *pinned), len(strongest)
        self._current = min(self._current, max(len(self._rows) - 1, 0))
        if len(self._rows) != before:
            self.updateGeometry()
        self._calm.request()

    def show_nothing(self, text: str) -> None:
        self._empty_text = text
        self.show_rows((), ())

    @property
    def rows(self) -> Sequence[ClassRow]:
        return self._rows

    @property
    def empty_text(self) -> str:
        """What is said while there is no row."""
        return "" if self._rows else self._empty_text

    def sizeHint(self) -> QSize:
        return QSize(40 * self.fontMetrics().averageCharWidth(), self.height_of(max(len(self._rows), 5)))

    def minimumSizeHint(self) -> QSize:
        return QSize(16 * self.fontMetrics().averageCharWidth(), self.height_of(len(self._rows)))

    # where things are

    def _row_height(self) -> int:
        return self.fontMetrics().lineSpacing() + 14

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
            self.retyped.emit()

    def height_of(self, rows: int) -> int:
        """What so many rows need."""
        return rows * self._row_height() + (theme.GRID if self._split < len(self._rows) else 0)

    def rect_of(self, row: int) -> QRectF:
        gap = theme.GRID if row >= self._split else 0
        return QRectF(0, row * self._row_height() + gap, self.width(), self._row_height())

    def pin_rect(self, row: int) -> QRectF:
        rect = self.rect_of(row)
        side = self.fontMetrics().lineSpacing()
        return QRectF(rect.right() - side - 2, rect.top() + 2, side + 2, side + 4)

    def _row_at(self, place: QPointF) -> int:
        return next((row for row in range(len(self._rows)) if self.rect_of(row).contains(place)), -1)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._rows:
            painter.setPen(theme.colours().dim)
            words = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(theme.GRID, 0, -theme.GRID, 0), words, self._empty_text)
            return
        for number in range(len(self._rows)):
            self._paint_row(painter, number)
        if 0 < self._split < len(self._rows):
            y = self._split * self._row_height() + theme.GRID / 2
            painter.setPen(theme.colours().line)
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))

    def _paint_row(self, painter: QPainter, number: int) -> None:
        row, rect, colours, letters = self._rows[number], self.rect_of(number), theme.colours(), self.fontMetrics()
        if number == self._under_cursor or (self.hasFocus() and number == self._current):
            painter.fillRect(rect, colours.raised)
        pin = self.pin_rect(number)
        figure = letters.horizontalAdvance("100.0 %") + theme.GRID
        text = QRectF(rect.left(), rect.top() + 3, pin.left() - rect.left(), letters.lineSpacing())
        name = text.adjusted(4, 0, -figure, 0)
        if row.history:
            name.setWidth(name.width() * 0.66)
            _paint_history(
                painter,
                QRectF(name.right() + 4, text.top() + 1, text.right() - figure - name.right() - 8, text.height() - 3),
                row.history,
            )
        painter.setPen(colours.accent if row.explained else colours.text)
        label = letters.elidedText(row.label, Qt.TextElideMode.ElideRight, int(name.width()))
        painter.drawText(name, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, label)
        painter.setPen(colours.text)
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.words)
        if row.pinned or number == self._under_cursor:
            painter.setPen(colours.accent if row.pinned else colours.dim)
            painter.drawText(pin, Qt.AlignmentFlag.AlignCenter, "★" if row.pinned else "☆")
        track = QRectF(rect.left() + 4, rect.bottom() - 8, rect.width() - 8, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.track)
        painter.drawRoundedRect(track, 2, 2)
        left, right = track.left() + track.width() * row.start, track.left() + track.width() * row.end
        own = QColor(*row.colour) if row.colour is not None else colours.bar
        painter.setBrush(colours.accent if row.explained and row.colour is None else own)
        painter.drawRoundedRect(QRectF(min(left, right), track.top(), abs(right - left), track.height()), 2, 2)

    # mouse and keys

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self._row_at(QPointF(event.pos()))
            if row < 0:
                QToolTip.hideText()
            elif self.pin_rect(row).contains(QPointF(event.pos())):
                QToolTip.showText(
                    event.globalPos(), "Unpin" if self._rows[row].pinned else "Pin: keep this class shown"
                )
            else:
                QToolTip.showText(event.globalPos(), self._rows[row].tip)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position())
        if row != self._under_cursor:
            self._under_cursor = row
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._under_cursor = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position())
        if row < 0 or event.button() != Qt.MouseButton.LeftButton:
            return
        self._current = row
        if self.pin_rect(row).contains(event.position()):
            self.pin_toggled.emit(self._rows[row].index)
        else:
            self.class_chosen.emit(self._rows[row].index)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        row = self._current if keyboard else self._row_at(QPointF(event.pos()))
        if 0 <= row < len(self._rows):
            place = self.rect_of(row).center().toPoint() if keyboard else event.pos()
            self.menu_wanted.emit(self._rows[row].index, self.mapToGlobal(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() in steps and self._rows:
            self._current = min(max(self._current + steps[Qt.Key(event.key())], 0), len(self._rows) - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._rows:
            self.class_chosen.emit(self._rows[self._current].index)
        elif event.key() == Qt.Key.Key_Asterisk and self._rows:
            self.pin_toggled.emit(self._rows[self._current].index)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: object) -> None:
        self.update()

    def focusOutEvent(self, event: object) -> None:
        self.update()


def _paint_history(painter: QPainter, rect: QRectF, history: Sequence[float]) -> None:
    step = rect.width() / max(len(history) - 1, 1)
    line = QPolygonF(
        [QPointF(rect.left() + i * step, rect.bottom() - y * rect.height()) for i, y in enumerate(history)]
    )
    painter.setPen(QPen(theme.colours().dim, 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(line)
