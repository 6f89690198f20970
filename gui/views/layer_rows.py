"""How much every layer changes from one picture to another, a row each; a click leads to the layer, or to a unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from gui import theme

if TYPE_CHECKING:
    from analysis.results.kinds import LayerChange

Index = QModelIndex | QPersistentModelIndex
NAMES = ("layer", "changes by", "unit", "2nd", "3rd", "4th")
TIPS = (
    "Click a layer to look at it",
    "How far its output is from what it was, in % of its length",
    "The units whose maps change most: click one to look at it",
)
LAYER, CHANGE, FIRST_UNIT = range(3)


class LayerRows(QTableView):
    chosen = Signal(str, object)  # the layer, and its unit or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 4)
        self._model = _Changes(self)
        self.setModel(self._model)
        self.setItemDelegateForColumn(CHANGE, _Bar(self))
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(LAYER, QHeaderView.ResizeMode.Stretch)
        self.setAccessibleName("How much every layer changes")
        self.setMinimumWidth(120)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def show_layers(self, layers: Sequence[LayerChange]) -> None:
        if self._model.take(layers):
            self.scrollToTop()

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        one = self._model.layers[index.row()]
        place = index.column() - FIRST_UNIT
        self.chosen.emit(one.layer, one.units[place] if 0 <= place < len(one.units) else None)


class _Changes(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.layers: tuple[LayerChange, ...] = ()

    def take(self, layers: Sequence[LayerChange]) -> bool:
        """Whether they are others than before."""
        if self.layers == tuple(layers):
            return False
        self.beginResetModel()
        self.layers = tuple(layers)
        self.endResetModel()
        return True

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.layers)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(NAMES)

    def share(self, row: int) -> float:
        """Of the largest change that is one."""
        largest = max((one.change for one in self.layers if one.change < float("inf")), default=0.0)
        return min(self.layers[row].change / largest, 1.0) if largest > 0 else 0.0

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        one, column = self.layers[index.row()], index.column()
        place = column - FIRST_UNIT
        if role == Qt.ItemDataRole.DisplayRole:
            if column == LAYER:
                return one.layer
            if column == CHANGE:
                return change_words(one.change)
            return f"{one.units[place]}" if place < len(one.units) else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            if place < 0 or place >= len(one.units):
                return f"{one.layer}: its output changes by {change_words(one.change)} of its length"
            moved = change_words(one.unit_changes[place])
            return f"Unit {one.units[place]} of {one.layer}: its map moves by {moved} of the layer's length"
        if role == Qt.ItemDataRole.TextAlignmentRole and column != LAYER:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and place >= 0:
            return theme.colours().accent
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return NAMES[section]
        return TIPS[min(section, FIRST_UNIT)] if role == Qt.ItemDataRole.ToolTipRole else None


class _Bar(QStyledItemDelegate):
    """The number over a bar of its size."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if isinstance(model, _Changes):
            room: QRect = option.rect
            colour = QColor(theme.colours().accent)
            colour.setAlpha(70)
            wide = round((room.width() - 2) * model.share(index.row()))
            painter.fillRect(QRect(room.x() + 1, room.y() + 2, wide, room.height() - 4), colour)
        super().paint(painter, option, index)


def change_words(change: float) -> str:
    """Such as `12 %`; of a layer that was silent before, that it is not any more."""
    return f"{change:.3g} %" if change < float("inf") else "from nothing"
