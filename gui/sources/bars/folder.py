"""The bar of a folder or the samples: which picture, and the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QSpinBox, QVBoxLayout, QWidget

from gui.sources.bars.rows import button, row_of
from gui.sources.bars.thumbnail_strip import ThumbnailStrip
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
        self.told.setMinimumWidth(0)  # the title of the pane says it, too
        self.small = button("▦", "Show the pictures as a strip to choose from", self._turn_strip, "all pictures, small")
        self.small.setCheckable(True)
        if not hasattr(source, "opener_of"):
            self.small.hide()
        self.strip: ThumbnailStrip | None = None
        above = QWidget()
        row = row_of(above, self.back, self.number, self.on, self.told, self.small)
        row.setStretchFactor(self.told, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(above)
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
        if self.strip is not None and self.small.isChecked():
            self.strip.follow()

    @Slot()
    def _turn_strip(self) -> None:
        """It is made at the first wish."""
        if self.strip is None:
            self.strip = ThumbnailStrip(self._source, self)
            self._column.addWidget(self.strip)
        self.strip.setVisible(self.small.isChecked())
        if self.small.isChecked():
            self.strip.follow()

    @Slot()
    def _back(self) -> None:
        self._source.step(-1)

    @Slot()
    def _on(self) -> None:
        self._source.step(1)

    @Slot(int)
    def _go_to(self, number: int) -> None:
        self._source.go_to(number - 1)
