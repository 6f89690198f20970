"""The bar of a folder or the samples: which picture, and the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QSpinBox, QWidget

from gui.sources.bars.rows import button, row_of
from gui.views.words import ElidedWords

if TYPE_CHECKING:
    from gui.sources.samples import SampleSource
    from gui.sources.walk import PictureWalk


class FolderBar(QWidget):
    """The picture before, the next one, or the one of a number."""

    def __init__(self, source: PictureWalk | SampleSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.back = button("◂", "The picture before", self._back, "the picture before")
        self.on = button("▸", "The next picture", self._on, "the next picture")
        self.number = QSpinBox()
        self.number.setKeyboardTracking(False)
        self.number.setToolTip("Which picture: type its number")
        self.number.setAccessibleName("number of the picture")
        self.number.valueChanged.connect(self._go_to)
        self.told = ElidedWords()
        row = row_of(self, self.back, self.number, self.on, self.told)
        row.setStretchFactor(self.told, 1)
        source.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        some = self._source.count > 0
        for widget in (self.back, self.on, self.number):
            widget.setEnabled(some)
        with QSignalBlocker(self.number):
            self.number.setRange(1 if some else 0, self._source.count)
            self.number.setSuffix(f" of {self._source.count:,}")
            self.number.setValue(self._source.index + 1 if some else 0)
        self.told.setText(self._source.title)

    @Slot()
    def _back(self) -> None:
        self._source.step(-1)

    @Slot()
    def _on(self) -> None:
        self._source.step(1)

    @Slot(int)
    def _go_to(self, number: int) -> None:
        self._source.go_to(number - 1)
