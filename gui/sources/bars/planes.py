"""The bar of a tensor: which picture of its file, and the plane that is looked at, or the three that are colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QCheckBox, QSpinBox, QVBoxLayout, QWidget

from gui.sources.bars.rows import row_of
from gui.views.words import ElidedWords

if TYPE_CHECKING:
    from gui.sources.tensor import TensorSource

_COLOURS = ("red", "green", "blue")


class PlanesBar(QWidget):
    def __init__(self, source: TensorSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.item = _box("Which picture of the file", "picture of the file", "Picture ")
        self.item.valueChanged.connect(source.show_item)
        self.colours = QCheckBox("Colours")
        self.colours.setToolTip("Look at three planes as red, green and blue, and not at one in grey")
        self.colours.toggled.connect(self._turn)
        self.planes = tuple(_box(f"The plane that is seen as {name}", f"plane for {name}") for name in _COLOURS)
        for box in self.planes:
            box.valueChanged.connect(self._choose)
        self.told = ElidedWords()
        above = QWidget()
        self._row = row_of(above, self.item, self.colours, *self.planes)
        self._row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(above)
        column.addWidget(self.told)
        source.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        picture = self._source.picture
        self.setEnabled(picture is not None)
        if picture is None:
            return
        in_colours = len(picture.shown) == 3
        with QSignalBlocker(self.item), QSignalBlocker(self.colours):
            self.item.setRange(0, picture.more - 1)
            self.item.setValue(self._source.item)
            self.colours.setChecked(in_colours)
        self.item.setVisible(picture.more > 1)
        self.colours.setVisible(picture.count > 1)
        for place, box in enumerate(self.planes):
            with QSignalBlocker(box):
                box.setRange(0, picture.count - 1)
                if place < len(picture.shown):
                    box.setValue(picture.shown[place])
                box.setPrefix(f"{'RGB'[place]} " if in_colours else "Plane ")
            box.setVisible(picture.count > 1 and (in_colours or place == 0))
        self.told.setText(self._source.words)

    @Slot(bool)
    def _turn(self, in_colours: bool) -> None:
        picture = self._source.picture
        if picture is None:
            return
        first = picture.shown[0]
        three = tuple(min(first + place, picture.count - 1) for place in range(3))
        self._source.show_planes(three if in_colours else (first,))

    @Slot()
    def _choose(self) -> None:
        count = 3 if self.colours.isChecked() else 1
        self._source.show_planes(tuple(box.value() for box in self.planes[:count]))


def _box(tip: str, spoken: str, prefix: str = "") -> QSpinBox:
    box = QSpinBox()
    box.setKeyboardTracking(False)
    box.setPrefix(prefix)
    box.setToolTip(tip)
    box.setAccessibleName(spoken)
    return box
