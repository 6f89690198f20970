"""The command palette: type a few letters of anything and go there. Layers, units, classes, commands, networks, …"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui import theme

Kind = Literal["command", "tab", "method", "layer", "unit", "bookmark", "class", "network", "picture", "gallery"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Index = QModelIndex | QPersistentModelIndex

SHOWN = 60  # rows; nobody reads further, they type another letter


@dataclass(frozen=True)
class PaletteEntry:
    """`activate` does it; `keys` is its shortcut, `names` what else it is called, if there is any."""

    kind: Kind
    text: str
    detail: str
    activate: Callable[[], object]
    keys: str = ""
    names: tuple[str, ...] = ()


Provider = Callable[[], Iterable[PaletteEntry]]
Answerer = Callable[[str], Iterable[PaletteEntry]]


class Search:
    """Fuzzy search that keeps up with typing in tens of thousands of entries: it only filters, it never scores."""

    def __init__(self, entries: Iterable[PaletteEntry] = ()) -> None:
        listed = list(entries)
        self._entries = listed
        rows = [(f" {_plain(entry.text)} {entry.kind} ", entry) for entry in listed]
        self._rows = sorted(rows, key=lambda row: (KINDS.index(row[1].kind), len(row[0])))
        self._called: dict[str, list[PaletteEntry]] = {}
        for _, entry in self._rows:
            for name in dict.fromkeys(map(_plain, (entry.text, *entry.names))):
                self._called.setdefault(name, []).append(entry)
        self._query = ""
        self._holding = self._rows  # the rows that hold every word of the query before

    def called(self, query: str) -> list[PaletteEntry]:
        """Those of which the query is the whole name: first to the letter, then but for the signs between words."""
        typed = query.strip().lower()
        found = self._called.get(_plain(query), []) if typed else []
        return sorted(found, key=lambda entry: typed not in (name.lower() for name in (entry.text, *entry.names)))

    def find(self, query: str, most: int = SHOWN) -> list[PaletteEntry]:
        """The best first: whole words before beginnings, those before middles, those before scattered letters."""
        query = _plain(query)
        words = query.split()
        if not words:
            return self._entries[:most]
        holding = self._holding if self._query and query.startswith(self._query) else self._rows
        for word in words:
            holding = [row for row in holding if word in row[0]]
        self._query, self._holding = query, holding
        found: dict[int, PaletteEntry] = {}
        for before, after in ((" ", " "), (" ", ""), ("", "")):
            matching = holding
            for word in words:
                piece = before + word + after
                matching = [row for row in matching if piece in row[0]]
            first = f" {words[0]}"
            begins = [row for row in matching if row[0].startswith(first)]
            for _, entry in itertools.chain(begins[:most], matching[:most]):
                found.setdefault(id(entry), entry)
            if len(found) >= most:
                break
        else:
            for _, entry in _scattered(self._rows, words)[: 2 * most]:
                found.setdefault(id(entry), entry)
        return list(found.values())[:most]


Row = tuple[str, PaletteEntry]


def _scattered(rows: list[Row], words: list[str]) -> list[Row]:
    """Rows with words that begin like these and have their letters in this order, such as `cnv` in conv."""
    for word in sorted(words, key=_may_scatter):
        if _may_scatter(word):
            pattern = re.compile(" " + "[^ ]*?".join(map(re.escape, word)))
            rows = [row for row in rows if pattern.search(row[0])]
        else:
            rows = [row for row in rows if word in row[0]]
    return rows


def _may_scatter(word: str) -> bool:
    return len(word) > 1 and not word.isdigit()


def _plain(text: str) -> str:
    """Small letters and digits, and one space for everything between them."""
    return _BETWEEN.sub(" ", text.lower()).strip()


_BETWEEN = re.compile(r"[\W_]+")


class Palette(QFrame):
    """A popup over the window. Providers are asked each time it opens, answerers at each letter typed.

    What is called just so comes first, then what the query means, then what holds its letters.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self._window = window
        self._providers: list[Provider] = []
        self._answerers: list[Answerer] = []
        self._search = Search()
        self._found = _Found(self)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search layers, units, classes, commands, networks …")
        self.field.setAccessibleName("Search everything")
        self.field.textChanged.connect(self._show_found)
        self.field.installEventFilter(self)
        self.list = QListView()
        self.list.setModel(self._found)
        self.list.setItemDelegate(_EntryPainter(self))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.clicked.connect(self._activate)
        self.nothing = QLabel("There is nothing of this name.")
        self.nothing.setProperty("dim", True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.field)
        column.addWidget(self.nothing)
        column.addWidget(self.list, 1)

    def add_provider(self, provider: Provider) -> None:
        """What there is to find, listed anew each time the palette opens."""
        self._providers.append(provider)

    def add_answerer(self, answerer: Answerer) -> None:
        """What a query itself means, such as `conv2 17`: too many things to list."""
        self._answerers.append(answerer)

    @property
    def query(self) -> str:
        return self.field.text()

    @property
    def found(self) -> Sequence[PaletteEntry]:
        return self._found.entries

    @Slot()
    def open(self) -> None:
        self._search = Search(entry for provider in self._providers for entry in provider())
        self.field.clear()
        self._show_found()
        room = self._window.rect()
        letter = self.fontMetrics().averageCharWidth()
        width = min(96 * letter, room.width() - 4 * theme.GRID)
        height = min(64 * letter, room.height() - 8 * theme.GRID)
        self.resize(width, height)
        self.move(self._window.mapToGlobal(room.topLeft()).x() + (room.width() - width) // 2, self._top(room))
        self.show()
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10, Qt.Key.Key_PageUp: -10}
            if event.key() in steps:
                self._step(steps[Qt.Key(event.key())])
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._activate(self.list.currentIndex())
                return True
        return False

    def _top(self, room: QRect) -> int:
        return self._window.mapToGlobal(room.topLeft()).y() + min(room.height() // 8, 12 * theme.GRID)

    @Slot()
    def _show_found(self) -> None:
        query = self.field.text()
        answers = [entry for answerer in self._answerers for entry in answerer(query)] if query.strip() else []
        called = self._search.called(query)
        others = [entry for entry in self._search.find(query) if not any(entry is one for one in called)]
        self._found.show_entries([*called, *answers, *others][:SHOWN])
        self.nothing.setVisible(not self.found)
        self.list.setCurrentIndex(self._found.index(0, 0))
        self.list.scrollToTop()

    def _step(self, step: int) -> None:
        row = min(max(self.list.currentIndex().row() + step, 0), len(self.found) - 1)
        self.list.setCurrentIndex(self._found.index(row, 0))

    @Slot(QModelIndex)
    def _activate(self, index: QModelIndex) -> None:
        if index.isValid():
            entry = self.found[index.row()]
            self.hide()
            entry.activate()


class _Found(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: Sequence[PaletteEntry] = ()

    def show_entries(self, entries: Sequence[PaletteEntry]) -> None:
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return entry.detail
        return entry if role == Qt.ItemDataRole.UserRole else None


class _EntryPainter(QStyledItemDelegate):
    """Kind, text with the letters that matched, detail, and the shortcut at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(10, option.fontMetrics.lineSpacing() + 12)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry, colours, letters = index.data(Qt.ItemDataRole.UserRole), theme.colours(), option.fontMetrics
        palette = self.parent()
        words = _plain(palette.query).split() if isinstance(palette, Palette) else []
        painter.save()
        painter.setFont(option.font)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, theme.blend(colours.panel, colours.accent, 0.28))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, colours.raised)
        rect: QRect = option.rect.adjusted(theme.GRID, 0, -theme.GRID, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(colours.dim)
        kinds = letters.horizontalAdvance("command") + 2 * theme.GRID
        painter.drawText(rect, middle | Qt.AlignmentFlag.AlignLeft, entry.kind)
        painter.drawText(rect, middle | Qt.AlignmentFlag.AlignRight, entry.keys)
        rest = rect.adjusted(kinds, 0, -letters.horizontalAdvance(entry.keys) - theme.GRID, 0)
        text = letters.elidedText(entry.text, Qt.TextElideMode.ElideRight, rest.width())
        painter.setPen(colours.text)
        _draw_matched(painter, option, rest, text, words)
        used = letters.horizontalAdvance(text) + 2 * theme.GRID
        painter.setPen(colours.dim)
        detail = letters.elidedText(entry.detail, Qt.TextElideMode.ElideRight, max(rest.width() - used, 0))
        painter.drawText(rest.adjusted(used, 0, 0, 0), middle | Qt.AlignmentFlag.AlignLeft, detail)
        painter.restore()


def _draw_matched(
    painter: QPainter, option: QStyleOptionViewItem, rect: QRect, text: str, words: Sequence[str]
) -> None:
    """The text in one line, with what was typed in the accent colour."""
    layout = QTextLayout(text, option.font)
    wrap = QTextOption()
    wrap.setWrapMode(QTextOption.WrapMode.NoWrap)
    layout.setTextOption(wrap)
    marked = QTextCharFormat()
    marked.setForeground(theme.colours().accent)
    ranges = []
    for word in words:
        at = text.lower().find(word)
        if at >= 0:
            part = QTextLayout.FormatRange()
            part.start, part.length, part.format = at, len(word), marked
            ranges.append(part)
    layout.setFormats(ranges)
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    layout.draw(painter, QPointF(rect.left(), rect.top() + (rect.height() - line.height()) / 2))
