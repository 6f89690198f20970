"""A result of rows and columns; a click on a heading sorts by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QStackedLayout, QTableView, QWidget

from gui.views.words import WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Table

Index = QModelIndex | QPersistentModelIndex


class TableView(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = QTableView(self)
        self.table.setSortingEnabled(True)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().setVisible(False)
        self.words = WrappedWords("", self)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self.table.setModel(self._sorted)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.words)
        self._stack.addWidget(self.table)

    def show_result(self, result: Table, _picture: Pixels | None = None) -> None:
        self._sorted.setSourceModel(_Rows(result, self))
        self.table.resizeColumnsToContents()
        self._stack.setCurrentWidget(self.table)

    def show_nothing(self, words: str) -> None:
        self.words.setText(words)
        self._stack.setCurrentWidget(self.words)


class _Rows(QAbstractTableModel):
    def __init__(self, table: Table, parent: QWidget) -> None:
        super().__init__(parent)
        self._names = list(table.columns)
        self._columns = list(table.columns.values())

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() or not self._columns else len(self._columns[0])

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value = self._columns[index.column()][index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            from analysis.results.words import cell_words

            return cell_words(value)
        if role == Qt.ItemDataRole.UserRole:
            return value.item() if hasattr(value, "item") else value
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._names[section]
        return None
