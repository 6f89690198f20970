"""The sketch pad under the picture, and its pen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QCheckBox, QLabel, QSlider, QWidget

from gui.sources.bars.rows import button, column_of, row_of
from gui.sources.canvas import Canvas

if TYPE_CHECKING:
    from gui.sources.sketch import SketchSource


class SketchBar(QWidget):
    """The pad itself, and under it the pen, a step back, a clean sheet, and whether digits are centred."""

    def __init__(self, source: SketchSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from gui.sources.sketch import THICKEST, THINNEST

        self._source = source
        self.canvas = Canvas(source)
        self.canvas.setAccessibleName("sketch pad")
        self.canvas.setToolTip("Draw with the mouse; Ctrl+Z takes a stroke back, Delete clears the pad")
        self.brush = QSlider(Qt.Orientation.Horizontal)
        self.brush.setRange(THINNEST, THICKEST)
        self.brush.setMinimumWidth(60)
        self.brush.setToolTip("How thick the pen is")
        self.brush.setAccessibleName("thickness of the pen")
        self.brush.valueChanged.connect(source.set_brush)
        self.centred = QCheckBox("Centre")
        self.centred.setToolTip(
            "Give the drawing as MNIST's digits are: one size, its centre of mass in the middle of 28×28 pixels"
        )
        self.centred.toggled.connect(source.set_centred)
        self.undo = button("Undo", "Take the last stroke back (Ctrl+Z on the pad)", source.undo)
        self.clear = button("Clear", "A clean pad (Delete on the pad)", source.clear)
        below = QWidget()
        row = row_of(below, QLabel("Pen"), self.brush, self.centred, self.undo, self.clear)
        row.setStretchFactor(self.brush, 1)
        column_of(self, self.canvas, below)
        source.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        self.canvas.update()
        self.undo.setEnabled(not self._source.empty)
        self.clear.setEnabled(not self._source.empty)
        with QSignalBlocker(self.brush), QSignalBlocker(self.centred):
            self.brush.setValue(self._source.brush)
            self.centred.setChecked(self._source.centred)
