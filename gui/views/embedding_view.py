"""A result that is maps of layers: one canvas for each, beside each other, with what is told of it and a legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from gui.views.map_grid import MapGrid

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Embedding


class EmbeddingView(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.grid = MapGrid(self)
        self.empty = QLabel(self)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("dim", True)
        self.empty.setMargin(24)
        both = QWidget(self)
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.grid, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(both)

    def show_result(self, result: Embedding, _picture: Pixels | None = None) -> None:
        self.grid.show_maps(result)
        self._stack.setCurrentIndex(1)

    def show_nothing(self, words: str) -> None:
        self.grid.forget()
        self.empty.setText(words)
        self._stack.setCurrentIndex(0)
