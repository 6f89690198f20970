"""Two pictures beside each other or one below the other, whichever way they can be seen larger."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from gui import theme

WORTH_TURNING = 1.15  # so much larger have they to become
BESIDE, BELOW = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom


class TwoPictures(QWidget):
    """Takes all the room that it is given, and turns only when that becomes another."""

    def __init__(self, one: QWidget, other: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._least = one.minimumSize().expandedTo(other.minimumSize())
        self._row = QBoxLayout(BESIDE, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.GRID)
        for view in (one, other):
            view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            self._row.addWidget(view, 1)

    def minimumSizeHint(self) -> QSize:
        """That of the row; the column is taken only where there is more."""
        return QSize(2 * self._least.width() + theme.GRID, self._least.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width, height = self.width() - theme.GRID, self.height() - theme.GRID
        sides = {BESIDE: min(width / 2, self.height()), BELOW: min(self.width(), height / 2)}
        better = max(sides, key=sides.__getitem__)
        if sides[better] > WORTH_TURNING * sides[self._row.direction()]:
            self._row.setDirection(better)
