"""The bar of the scenes of pushed rectangles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QLabel, QWidget

from gui.sources.bars.rows import button, column_of, row_of, seed_box
from gui.sources.canvas import Canvas

if TYPE_CHECKING:
    from gui.sources.scenes import SceneSource


class SceneBar(QWidget):
    """The scene, on which the mouse drags the grasp, and which scene it is."""

    def __init__(self, source: SceneSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.canvas = Canvas(source)
        self.canvas.setAccessibleName("scene")
        self.canvas.setToolTip("Press on a rectangle and drag: that is the grasp; Delete brings back the first one")
        self.seed = seed_box("Another number is another scene", source.set_seed)
        self.another = button("Another scene", "The scene of the next number", self._another)
        self.reset = button("First grasp", "The grasp that the scene came with", source.undo)
        below = QWidget()
        row_of(below, QLabel("Scene"), self.seed, self.another, self.reset).addStretch(1)
        column_of(self, self.canvas, below)
        source.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        self.canvas.update()
        with QSignalBlocker(self.seed):
            self.seed.setValue(self._source.choice.seed)

    @Slot()
    def _another(self) -> None:
        self._source.set_seed(self._source.choice.seed + 1)
