"""What was answered after every step, one row each; it follows the last one unless somebody looks at another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from gui import theme

Rows = Sequence[tuple[str, str, float, float]]
Index = QModelIndex | QPersistentModelIndex
NAMES = ("step", "answer", "sure", "change")
TIPS = (
    "How many steps were taken; “start” is the random place from which they were",
    "What the network answers then",
    "How sure it is of that",
    "How far the picture is from what it was: ‖x − x̌‖ / ‖x‖",
)


class StepRows(QTableView):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 4)
        self._model = _Steps(self)
        self.setModel(self._model)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.setAccessibleName("The answer after every step")
        self.setMinimumWidth(120)
        self._follows = True
        self.verticalScrollBar().rangeChanged.connect(self._follow)

    def show_steps(self, rows: Rows) -> None:
        """The step, the answer, how sure it is and the change."""
        bar = self.verticalScrollBar()
        self._follows = bar.value() >= bar.maximum()
        self._model.take(rows)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        """Also when there is less room than before."""
        if self._follows:
            self.scrollToBottom()

    def clear(self) -> None:
        self._follows = True
        self._model.take(())


class _Steps(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, ...]] = []
        self._changed: list[bool] = []  # whether the answer is another than before any step

    def take(self, rows: Rows) -> None:
        self.beginResetModel()
        self._rows = [(step, answer, f"{100 * sure:.1f} %", f"{far:.2f} %") for step, answer, sure, far in rows]
        self._changed = [answer != rows[0][1] for _step, answer, _sure, _far in rows]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(NAMES)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 1 and self._changed[index.row()]:
            return theme.colours().good
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() != 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return NAMES[section]
        return TIPS[section] if role == Qt.ItemDataRole.ToolTipRole else None
