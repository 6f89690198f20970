"""All keys on one sheet over the window. Esc, any click and the key that opened it close it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from gui import theme
from gui.commands.actions import Actions

SMALLEST = 0.55  # of the type, before rows are lost
COLUMNS = (3, 2, 4, 1)  # in the order in which they are tried


@dataclass(frozen=True)
class _Row:
    """A heading has no keys."""

    text: str
    keys: tuple[str, ...] = ()


class HelpOverlay(QWidget):
    def __init__(self, window: QWidget, actions: Actions) -> None:
        super().__init__(window)
        self._window = window
        self.setObjectName("help")
        self.setAccessibleName("Keys and mouse")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._actions = actions
        self._before: QWidget | None = None
        window.installEventFilter(self)
        self.hide()

    @Slot()
    def toggle(self) -> None:
        if self.isVisible():
            self.close_sheet()
        else:
            self._before = QApplication.focusWidget()
            self.setGeometry(self._window.rect())
            self.raise_()
            self.show()
            self.setFocus()

    def close_sheet(self) -> None:
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()
        self._before = None

    def sections(self) -> dict[str, list[tuple[tuple[str, ...], str]]]:
        """What the sheet says: under each heading the keys and what they do."""
        found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for command in self._actions.commands():
            if command.sheet and command.keys:
                keys = tuple(_native(key) for key in command.keys)
                found.setdefault(command.section, []).append((keys, self._actions[command.id].text().rstrip("…")))
        for note in self._actions.notes():
            found.setdefault(note.section, []).append(((note.keys,), note.help))
        return found

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._window:
            self.setGeometry(self._window.rect())
        return False

    def event(self, event: QEvent) -> bool:
        """Esc belongs to the sheet while it is open, not to the command that has the same key."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.close_sheet()

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(colours.window)
        veil.setAlphaF(0.82)
        painter.fillRect(self.rect(), veil)
        sheet = QRectF(self.rect()).adjusted(*(s * 3 * theme.GRID for s in (1, 1, -1, -1)))
        font, columns = self._fitting(sheet.width() - 6 * theme.GRID, sheet.height() - 10 * theme.GRID)
        letters = QFontMetricsF(font)
        gaps = (4 * (len(columns) - 1) + 6) * theme.GRID
        width = min(sheet.width(), sum(_width(column, letters) for column in columns) + gaps)
        height = max(sum(_height(row, letters) for row in column) for column in columns) + 10 * theme.GRID
        sheet = QRectF(0, 0, width, min(height, sheet.height()))
        sheet.moveCenter(QRectF(self.rect()).center())
        painter.setPen(colours.line)
        painter.setBrush(colours.panel)
        painter.drawRoundedRect(sheet, 8, 8)
        title = QFont(font)
        title.setPointSizeF(font.pointSizeF() * 1.3)
        title.setWeight(QFont.Weight.DemiBold)
        painter.setFont(title)
        painter.setPen(colours.text)
        inside = sheet.adjusted(3 * theme.GRID, 2 * theme.GRID, -3 * theme.GRID, -theme.GRID)
        painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, "Keys and mouse")
        painter.setFont(font)
        painter.setPen(colours.dim)
        painter.drawText(inside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, "Esc or a click closes this")
        left = inside.left()
        for column in columns:
            _paint_column(painter, font, QPointF(left, inside.top() + 4.5 * theme.GRID), column)
            left += _width(column, letters) + 4 * theme.GRID

    def _fitting(self, width: float, height: float) -> tuple[QFont, list[list[_Row]]]:
        """The largest type, and with it the columns, with which everything fits."""
        blocks = [[_Row(title), *(_Row(text, keys) for keys, text in rows)] for title, rows in self.sections().items()]
        font = QFont(self.font())
        scale = 1.0
        while True:
            font.setPointSizeF(self.font().pointSizeF() * scale)
            letters = QFontMetricsF(font)
            for count in COLUMNS:
                columns = _columns(blocks, count, letters)
                tall = max(sum(_height(row, letters) for row in column) for column in columns)
                wide = sum(_width(column, letters) + 4 * theme.GRID for column in columns)
                if (tall <= height and wide <= width) or (scale <= SMALLEST and count == COLUMNS[-1]):
                    return font, columns
            scale -= 0.05


def _columns(blocks: list[list[_Row]], count: int, letters: QFontMetricsF) -> list[list[_Row]]:
    """Whole blocks, in their order, in columns of about the same height."""
    total = sum(_height(row, letters) for block in blocks for row in block)
    columns: list[list[_Row]] = [[]]
    filled = 0.0
    for block in blocks:
        tall = sum(_height(row, letters) for row in block)
        if columns[-1] and len(columns) < count and filled + tall / 2 > total * len(columns) / count:
            columns.append([])
        columns[-1].extend(block)
        filled += tall
    return columns


def _height(row: _Row, letters: QFontMetricsF) -> float:
    return letters.lineSpacing() + (8 if row.keys else 16)


def _caps(row: _Row, letters: QFontMetricsF) -> float:
    return sum(letters.horizontalAdvance(key) + 2 * theme.GRID for key in row.keys)


def _width(column: list[_Row], letters: QFontMetricsF) -> float:
    texts = max((letters.horizontalAdvance(row.text) for row in column), default=0.0)
    return _caps_width(column, letters) + texts


def _caps_width(column: list[_Row], letters: QFontMetricsF) -> float:
    return max((_caps(row, letters) for row in column), default=0.0) + theme.GRID


def _paint_column(painter: QPainter, font: QFont, top_left: QPointF, column: list[_Row]) -> None:
    colours, letters = theme.colours(), QFontMetricsF(font)
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    caps, x, y = _caps_width(column, letters), top_left.x(), top_left.y()
    for row in column:
        tall = _height(row, letters)
        if not row.keys:
            painter.setFont(bold)
            painter.setPen(colours.accent)
            painter.drawText(QPointF(x, y + tall - 6 - letters.descent()), row.text)
        else:
            painter.setFont(font)
            left = x
            for key in row.keys:
                cap = QRectF(left, y + 2, letters.horizontalAdvance(key) + theme.GRID + 2, tall - 4)
                painter.setPen(colours.line)
                painter.setBrush(colours.raised)
                painter.drawRoundedRect(cap, 4, 4)
                painter.setPen(colours.text)
                painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)
                left = cap.right() + theme.GRID - 2
            painter.setPen(colours.text)
            line = QRectF(x + caps, y, letters.horizontalAdvance(row.text) + theme.GRID, tall)
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, row.text)
        y += tall


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
