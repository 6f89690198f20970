"""The methods of some families as one menu: under each family's name, with a dot before those that can follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QPainter, QPixmap, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from gui import theme

if TYPE_CHECKING:
    from analysis.methods.method import Method

NAME = Qt.ItemDataRole.UserRole
DOT = 6


class MethodMenu(QComboBox):
    chosen = Signal(str)  # the method's name

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = QStandardItemModel(self)
        self._last = ""
        self.setModel(self._model)
        self.setIconSize(QSize(DOT + 2, DOT + 2))
        self.setAccessibleName("Method")
        self.setMaxVisibleItems(30)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setMinimumWidth(60)  # in a narrow window its words are cut before docks are pushed away
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.currentIndexChanged.connect(self._choose)

    def show_methods(self, groups: Sequence[tuple[str, Sequence[type[Method]]]]) -> None:
        """Headings only where there are several groups."""
        filled = [(title, methods) for title, methods in groups if methods]
        self.blockSignals(True)
        dot, blank = _dot(), _blank()
        for title, methods in filled:
            if len(filled) > 1:
                head = QStandardItem(title)
                head.setEnabled(False)
                font = self.font()
                font.setBold(True)
                head.setFont(font)
                self._model.appendRow(head)
            for method in methods:
                item = QStandardItem(dot if method.live else blank, method.title)
                item.setData(method.name, NAME)
                item.setToolTip(method.summary + (" Can follow the live view." if method.live else ""))
                self._model.appendRow(item)
        self.setCurrentIndex(-1)
        self.blockSignals(False)

    @property
    def name(self) -> str:
        """The chosen method; empty while none is."""
        return str(self.currentData(NAME) or "")

    @property
    def names(self) -> tuple[str, ...]:
        """Those there are to choose from."""
        rows = (self._model.item(row) for row in range(self._model.rowCount()))
        return tuple(str(item.data(NAME)) for item in rows if item.data(NAME))

    def width_of_title(self) -> int:
        """The width at which the title that is chosen is whole."""
        wide = self.fontMetrics().horizontalAdvance
        longest = max((wide(self.itemText(row)) for row in range(self.count())), default=0)
        return self.sizeHint().width() - longest + wide(self.currentText())

    def choose(self, name: str) -> None:
        row = self.findData(name, NAME)
        if name and row >= 0:
            self.setCurrentIndex(row)

    @Slot(int)
    def _choose(self, row: int) -> None:
        item = self._model.item(row)
        self.updateGeometry()  # the width that it can do with is another one
        if item is not None and self.name:
            self.setToolTip(item.toolTip())
            if self.name != self._last:
                self._last = self.name
                self.chosen.emit(self.name)


def _dot() -> QIcon:
    pixmap = QPixmap(DOT + 2, DOT + 2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colours().good)
    painter.drawEllipse(QRectF(1, 1, DOT, DOT))
    painter.end()
    return QIcon(pixmap)


def _blank() -> QIcon:
    pixmap = QPixmap(DOT + 2, DOT + 2)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)
