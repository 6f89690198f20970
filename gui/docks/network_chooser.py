"""The list of networks to choose from: what each is, and what it costs to download before anything is downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QDir,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from analysis.protocol.recipe import ModelChoice
from gui import theme
from gui.forms.file_dialogs import ask_file
from gui.views.network_words import RANDOM_ONLY, card_in_words, entry_in_words

if TYPE_CHECKING:
    from analysis.protocol.events import CatalogueEntry

Index = QModelIndex | QPersistentModelIndex
WEIGHT_FILES = "Weights (*.safetensors *.pt *.pth);;All files (*)"


class NetworkChooser(QFrame):
    """A popup. `chosen` carries a ModelChoice; `own_wanted` when the person wants to open a file of theirs."""

    chosen = Signal(object)
    more_wanted = Signal()
    own_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self._rows = _Rows(self)
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search networks")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._filter)
        self._search.installEventFilter(self)
        self._list = QListView()
        self._list.setModel(self._rows)
        self._list.setItemDelegate(_Painter(self._list))
        self._list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setAccessibleName("Networks")
        self._list.selectionModel().currentChanged.connect(self._show_entry)
        self._list.doubleClicked.connect(self._load)
        self._about = QLabel()
        self._about.setWordWrap(True)
        self._about.setProperty("dim", True)
        self._about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._about.setMinimumHeight(self.fontMetrics().lineSpacing() * 3)
        self._weights = QComboBox()
        self._weights.setAccessibleName("Weights")
        self._weights.setToolTip("Which weights the network gets")
        self._weights.currentIndexChanged.connect(self._name_button)
        self._button = QPushButton("Load")
        self._button.setDefault(True)
        self._button.clicked.connect(self._load)
        own = QPushButton("Open your own…")
        own.setToolTip("A state dict, an exported program, a TorchScript archive or a Python file")
        own.clicked.connect(self._own)
        buttons = QHBoxLayout()
        buttons.addWidget(own)
        self.more = QPushButton("Get more…")
        self.more.setToolTip("Download several networks at once")
        self.more.clicked.connect(self._more)
        buttons.addWidget(self.more)
        buttons.addStretch()
        buttons.addWidget(self._weights)
        buttons.addWidget(self._button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self._search)
        column.addWidget(self._list, 1)
        column.addWidget(self._about)
        column.addLayout(buttons)
        self._name_button()

    def sizeHint(self) -> QSize:
        letter = self.fontMetrics().averageCharWidth()
        return QSize(72 * letter, 64 * letter)

    def show_entries(self, entries: Sequence[CatalogueEntry]) -> None:
        self._rows.show_entries(entries)
        self._filter(self._search.text())

    def open_below(self, widget: QWidget, current: str | None) -> None:
        """Unfolds under the widget with the network that is loaded marked."""
        self._search.clear()
        self._rows.filter("")
        self.resize(self.sizeHint())
        corner = widget.mapToGlobal(QPoint(0, widget.height() + 2))
        screen = widget.screen().availableGeometry()
        corner.setX(max(screen.left(), min(corner.x(), screen.right() - self.width())))
        corner.setY(max(screen.top(), min(corner.y(), screen.bottom() - self.height())))
        self.move(corner)
        self.show()
        self._search.setFocus()
        self._mark(self._rows.row_of(current) if current else self._rows.first())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows walk the list while the search field has the focus; Enter loads."""
        if watched is self._search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            if event.key() in steps:
                self._mark(self._rows.stepped(self._list.currentIndex().row(), steps[Qt.Key(event.key())]))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._load()
                return True
        return False

    @Slot(str)
    def _filter(self, text: str) -> None:
        entry = self._entry()
        self._rows.filter(text)
        row = self._rows.row_of(entry.name) if entry is not None else -1
        self._mark(row if row >= 0 else self._rows.first())
        self._show_entry()

    def _mark(self, row: int) -> None:
        index = self._rows.index(row, 0)
        self._list.setCurrentIndex(index)
        if index.isValid():
            self._list.scrollTo(index)

    def _entry(self) -> CatalogueEntry | None:
        return self._rows.entry(self._list.currentIndex())

    @Slot()
    def _show_entry(self) -> None:
        entry = self._entry()
        self._button.setEnabled(entry is not None)
        self._weights.setEnabled(entry is not None)
        self._weights.clear()
        if entry is None:
            nothing = "No network of this name." if self._search.text() else "The list of networks is on its way."
            self._about.setText(nothing)
            return
        card = card_in_words(entry.card) if entry.card else ""
        name = entry.title if entry.title == entry.name else f"{entry.title} ({entry.name})"
        self._about.setText(f"{name} · {entry_in_words(entry)}" + (f"\n{card}" if card else ""))
        if entry.weights != RANDOM_ONLY:
            self._weights.addItem("Trained weights", "default")
        self._weights.addItem("Random weights", "random")
        self._weights.addItem("Weights from a file…", "file")

    @Slot()
    def _name_button(self) -> None:
        entry = self._entry()
        downloads = entry is not None and entry.megabytes and self._weights.currentData() == "default"
        self._button.setText(
            f"Download {entry.megabytes:,.0f} MB" if downloads and entry and entry.megabytes else "Load"
        )

    @Slot()
    def _load(self) -> None:
        entry = self._entry()
        if entry is None:
            return
        weights = str(self._weights.currentData())
        self.hide()
        if weights == "file":
            around = self.parentWidget() or self
            weights = ask_file(around, f"Weights for {entry.title}", QDir.homePath(), WEIGHT_FILES)
            if not weights:
                return
        self.chosen.emit(ModelChoice(entry.name, weights))

    @Slot()
    def _more(self) -> None:
        self.hide()
        self.more_wanted.emit()

    @Slot()
    def _own(self) -> None:
        self.hide()
        self.own_wanted.emit()


class _Rows(QAbstractListModel):
    """Headings and networks, filtered by words of name, title and provider."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._entries: list[CatalogueEntry] = []
        self._rows: list[str | CatalogueEntry] = []

    def show_entries(self, entries: Sequence[CatalogueEntry]) -> None:
        self._entries = list(entries)

    def filter(self, text: str) -> None:
        words = text.lower().split()
        groups: dict[str, list[CatalogueEntry]] = {}
        for entry in self._entries:
            searched = f"{entry.name} {entry.title} {entry.provider}".lower()
            if all(word in searched for word in words):
                groups.setdefault(entry.provider, []).append(entry)
        self.beginResetModel()
        self._rows = []
        for provider, found in groups.items():
            self._rows += [provider, *sorted(found, key=lambda entry: bool(entry.megabytes))]  # here already, first
        self.endResetModel()

    def entry(self, index: Index) -> CatalogueEntry | None:
        row = self._rows[index.row()] if 0 <= index.row() < len(self._rows) else ""
        return None if isinstance(row, str) else row

    def row_of(self, name: str) -> int:
        return next((i for i, row in enumerate(self._rows) if not isinstance(row, str) and row.name == name), -1)

    def first(self) -> int:
        return 1 if self._rows else -1

    def stepped(self, row: int, step: int) -> int:
        """The network `step` further on, past headings."""
        networks = [i for i, kept in enumerate(self._rows) if not isinstance(kept, str)]
        if not networks:
            return -1
        at = networks.index(row) if row in networks else 0
        return networks[min(max(at + step, 0), len(networks) - 1)]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.entry(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row if isinstance(row, str) else row.title
        if role == Qt.ItemDataRole.UserRole and not isinstance(row, str):
            return entry_in_words(row)
        return None


class _Painter(QStyledItemDelegate):
    """Headings in capitals; networks on two lines."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = option.fontMetrics.lineSpacing()
        heading = index.data(Qt.ItemDataRole.UserRole) is None
        return QSize(10, line + 2 * theme.GRID if heading else 2 * line + theme.GRID + 4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = theme.colours()
        rect: QRect = option.rect.adjusted(theme.GRID, 0, -theme.GRID, 0)
        title, detail = str(index.data()), index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        painter.setFont(option.font)
        if detail is None:
            bold = QFont(option.font)
            bold.setWeight(QFont.Weight.DemiBold)
            painter.setFont(bold)
            painter.setPen(colours.accent)
            painter.drawText(
                rect.adjusted(0, 0, 0, -2), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, title
            )
        else:
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(option.rect, theme.blend(colours.panel, colours.accent, 0.28))
            elif option.state & QStyle.StateFlag.State_MouseOver:
                painter.fillRect(option.rect, colours.raised)
            line = option.fontMetrics.lineSpacing()
            top = rect.adjusted(theme.GRID, 6, 0, 0)
            elided = option.fontMetrics.elidedText(title, Qt.TextElideMode.ElideRight, top.width())
            painter.setPen(option.palette.color(QPalette.ColorRole.Text))
            painter.drawText(top, Qt.AlignmentFlag.AlignTop, elided)
            painter.setPen(colours.dim)
            elided = option.fontMetrics.elidedText(str(detail), Qt.TextElideMode.ElideRight, top.width())
            painter.drawText(top.adjusted(0, line, 0, 0), Qt.AlignmentFlag.AlignTop, elided)
        painter.restore()
