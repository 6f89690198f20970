"""The units that a query found, as rows of a table and as cuttings in a grid; only what is seen is read."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QIcon, QPixmap

from gui.views.atlas_unit import image_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.sweeps.atlas import Atlas

Index = QModelIndex | QPersistentModelIndex
FIRST = (
    *("layer", "unit", "fav", "ap", "ap_lift", "pearson", "auroc", "p", "null", "max", "mean", "std", "zeros", "rate"),
    *("dead", "always", "duplicate", "twin", "twin_r", "selectivity", "sparseness", "column", "row", "extent"),
    *("scatter", "orientation", "coherence", "frequency", "red", "green", "blue", "bound", "before_relu"),
    *("min", "count", "odd"),
)
MOST_CUTTINGS = 3000
SIDE = 88


class UnitsTable(QAbstractTableModel):
    order_wanted = Signal(str, bool)  # a column, and whether the largest comes first

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._atlas: Atlas | None = None
        self._units: NDArray[np.int64] | None = None

    def show_units(self, atlas: Atlas | None, units: NDArray[np.int64] | None) -> None:
        self.beginResetModel()
        self._atlas, self._units = atlas, units
        self.endResetModel()

    def identity(self, row: int) -> int | None:
        return int(self._units[row]) if self._units is not None and 0 <= row < len(self._units) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() or self._units is None else len(self._units)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(FIRST)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._atlas is None or self._units is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(FIRST[index.column()], int(self._units[index.row()]))
        if role == Qt.ItemDataRole.TextAlignmentRole and FIRST[index.column()] not in ("layer", "fav"):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        from analysis.sweeps.units_table import TABLE

        if way != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return FIRST[section]
        return TABLE[FIRST[section]].help if role == Qt.ItemDataRole.ToolTipRole else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By asking again, which takes milliseconds also for a million units."""
        if 0 <= column < len(FIRST):
            self.order_wanted.emit(FIRST[column], order == Qt.SortOrder.DescendingOrder)

    def _words(self, name: str, identity: int) -> str:
        from analysis.sweeps.units_table import told

        atlas = self._atlas
        assert atlas is not None
        value = told(atlas.columns, name, identity, [one.path for one in atlas.layers], atlas.classes)
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else ""
        return f"{value:.4g}" if isinstance(value, float) else str(value)


class Cuttings(QAbstractListModel):
    """Of each unit what its best picture showed it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._atlas: Atlas | None = None
        self._units: NDArray[np.int64] | None = None
        self._icon = lru_cache(maxsize=2000)(self._made)

    def show_units(self, atlas: Atlas | None, units: NDArray[np.int64] | None) -> None:
        self.beginResetModel()
        self._atlas, self._units = atlas, None if units is None else units[:MOST_CUTTINGS]
        self._icon.cache_clear()
        self.endResetModel()

    def identity(self, row: int) -> int | None:
        return int(self._units[row]) if self._units is not None and 0 <= row < len(self._units) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() or self._units is None else len(self._units)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._atlas is None or self._units is None:
            return None
        identity = int(self._units[index.row()])
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon(identity)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            layer, unit = self._atlas.where(identity)
            favourite = int(self._atlas.columns["fav"][identity])
            sure = bool(self._atlas.columns["sure"][identity])
            label = f" · {self._atlas.classes[favourite]}" if favourite >= 0 and sure else ""
            return f"{unit}{label}" if role == Qt.ItemDataRole.DisplayRole else f"unit {unit} · {layer.path}{label}"
        return None

    def _made(self, identity: int) -> QIcon:
        assert self._atlas is not None
        image = image_of(self._atlas.crop(identity, 0))
        way = (
            Qt.TransformationMode.FastTransformation
            if image.width() < 24
            else Qt.TransformationMode.SmoothTransformation
        )
        return QIcon(QPixmap.fromImage(image.scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, way)))
