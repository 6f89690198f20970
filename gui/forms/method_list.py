"""The methods of some families as a list: title, what it is in a sentence, and whether it can follow the live view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import (
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui import theme

if TYPE_CHECKING:
    from analysis.methods.method import Method

NAME, LIVE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class MethodList(QWidget):
    chosen = Signal(str)  # the method's name

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QTreeWidgetItem] = []
        self._summaries: dict[str, str] = {}
        self.tree = QTreeWidget(self)
        self.tree.setHeaderHidden(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(theme.GRID)
        self.tree.setItemsExpandable(False)
        self.tree.setAccessibleName("Methods")
        self.tree.setToolTip("The methods there are; the arrows walk them")
        self.tree.setItemDelegate(_Rows(self.tree))
        self.tree.currentItemChanged.connect(self._choose)
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.summary.setProperty("dim", True)
        self.summary.setContentsMargins(theme.GRID, 4, theme.GRID, 4)
        self.summary.setMinimumHeight(self.summary.fontMetrics().lineSpacing() * 4 + theme.GRID)
        self.summary.setAlignment(Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tree, 1)
        column.addWidget(self.summary)

    def show_methods(self, groups: Sequence[tuple[str, Sequence[type[Method]]]]) -> None:
        for title, methods in groups:
            if not methods:
                continue
            head = QTreeWidgetItem(self.tree, [title])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            for method in methods:
                item = QTreeWidgetItem(head, [method.title])
                item.setData(0, NAME, method.name)
                item.setData(0, LIVE, method.live)
                item.setToolTip(0, method.summary + (" Can follow the live view." if method.live else ""))
                self._summaries[method.name] = method.summary
                self._items.append(item)
            head.setExpanded(True)

    @property
    def name(self) -> str:
        """The chosen method; empty while none is."""
        item = self.tree.currentItem()
        return str(item.data(0, NAME) or "") if item is not None else ""

    def choose(self, name: str) -> None:
        for item in self._items:
            if item.data(0, NAME) == name:
                self.tree.setCurrentItem(item)

    @Slot(QTreeWidgetItem, QTreeWidgetItem)
    def _choose(self, item: QTreeWidgetItem | None, before: QTreeWidgetItem | None) -> None:
        name = item.data(0, NAME) if item is not None else None
        if name:
            self.summary.setText(self._summaries[name])
            self.chosen.emit(name)


class _Rows(QStyledItemDelegate):
    """Headings are dim and small; a dot marks what can follow the live view."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if not index.data(NAME):
            font = QFont(option.font)
            font.setBold(True)
            option.font = font
            option.palette.setColor(
                option.palette.ColorRole.Text,
                theme.colours().dim,
            )

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        if index.data(LIVE):
            rect = option.rect
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colours().good)
            painter.drawEllipse(QRectF(rect.right() - 13, rect.center().y() - 2, 6, 6))
            painter.restore()
