"""What a champion came of: its line from the first generation, left to right, and below what was mixed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Slot
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from gui import theme
from gui.views.pixels import rgb_image

if TYPE_CHECKING:
    from analysis.results.kinds import Ancestor

SIDE, MIXED, GAP = 44, 26, 32  # pixels of a picture, of one that was mixed in, and between two
EMPTY = "It is of the first generation."


class FamilyTree(QScrollArea):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = _Line(self)
        self.setWidget(self.line)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("What this champion came of")
        self.setToolTip("From the first generation to itself; below each what was mixed in")
        self._follows = True  # whether the youngest stays in sight
        self.horizontalScrollBar().rangeChanged.connect(self._follow)
        self.setFixedHeight(self.line.high() + self.horizontalScrollBar().sizeHint().height())

    def show_line(self, last: Ancestor) -> None:
        """The youngest is in sight, unless somebody looks at an older one of the same family."""
        bar = self.horizontalScrollBar()
        another = not self.line.shown or self.line.shown[-1].index != last.index
        self._follows = another or bar.value() >= bar.maximum()
        self.line.show_line(last)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        bar = self.horizontalScrollBar()
        if self._follows:
            bar.setValue(bar.maximum())


class _Line(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: list[Ancestor] = []
        self._images: dict[int, QImage] = {}

    def high(self) -> int:
        return SIDE + 2 * self.fontMetrics().lineSpacing() + MIXED + 8

    def sizeHint(self) -> QSize:
        return QSize(max(len(self.shown) * (SIDE + GAP), 1), self.high())

    def show_line(self, last: Ancestor) -> None:
        from analysis.results.over_picture import rgb_levels

        self.shown = last.line()
        every = [one for each in self.shown for one in (each, each.other) if one is not None]
        self._images = {id(one): rgb_image(rgb_levels(one.frame)) for one in every}
        told = ", ".join(f"{one.name} in generation {one.born + 1}" for one in self.shown)
        self.setAccessibleDescription(told)
        self.resize(self.sizeHint())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours, metrics = QPainter(self), theme.colours(), self.fontMetrics()
        line = metrics.lineSpacing()
        for number, one in enumerate(self.shown):
            left = GAP // 2 + number * (SIDE + GAP)
            if not event.rect().intersects(QRect(left - GAP, 0, SIDE + 2 * GAP, self.high())):
                continue
            room = QRect(left, 0, SIDE, SIDE)
            painter.setPen(QPen(colours.dim, 1))
            if number:
                painter.drawLine(left - GAP + 2, SIDE // 2, left - 3, SIDE // 2)
            painter.drawImage(room, self._images[id(one)])
            jumped = number > 0 and self.shown[number - 1].index != one.index
            if jumped:  # it took another class than its parent's
                painter.setPen(QPen(colours.accent, 2))
                painter.drawRect(room.adjusted(1, 1, -1, -1))
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
            wide = QRect(left - GAP // 2, SIDE + 1, SIDE + GAP, line)
            for row, (words, colour) in enumerate(
                ((one.name, colours.text), (f"{one.born + 1}: {100 * one.confidence:.0f} %", colours.dim))
            ):
                painter.setPen(colour)
                shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, wide.width() - 2)
                painter.drawText(wide.translated(0, row * line), flags, shown)
            if one.other is not None:
                small = QRect(left + (SIDE - MIXED) // 2, SIDE + 2 * line + 4, MIXED, MIXED)
                painter.drawImage(small, self._images[id(one.other)])
