"""What a picture's neighbours say that it is, layer by layer, and the layer after which that never changes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from analysis.results.point_colours import colour
from gui import theme


class DepthStrip(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._layers: tuple[str, ...] = ()
        self._votes: tuple[int, ...] = ()
        self._names: tuple[str, ...] = ()

    def show_votes(self, layers: Sequence[str], votes: Sequence[int], names: Sequence[str]) -> None:
        self._layers, self._votes, self._names = tuple(layers), tuple(votes), tuple(names)
        self.setAccessibleDescription(self.words)
        self.update()

    @property
    def decided(self) -> int:
        """The number of the first layer from which on the vote is that of the last one."""
        last = len(self._votes)
        while last > 0 and self._votes[last - 1] == self._votes[-1]:
            last -= 1
        return last

    @property
    def words(self) -> str:
        if not self._votes:
            return "The vote of the nearest pictures, layer by layer: point at one."
        if all(vote < 0 for vote in self._votes):
            return "Nothing is labelled, so that neighbours have nothing to vote for."
        return f"{self._name(self._votes[-1])} from {self._layers[self.decided]} on"

    def sizeHint(self) -> QSize:
        return QSize(240, self._high())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self._high())

    def _high(self) -> int:
        return 2 * self.fontMetrics().lineSpacing() + 6

    def _name(self, vote: int) -> str:
        return self._names[vote] if 0 <= vote < len(self._names) else "none"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.colours()
        line = self.fontMetrics().lineSpacing()
        top = QRectF(0, 0, self.width(), line)
        painter.setPen(colours.dim)
        painter.drawText(
            top,
            Qt.AlignmentFlag.AlignLeft,
            self.fontMetrics().elidedText(self.words, Qt.TextElideMode.ElideRight, self.width()),
        )
        if not self._votes:
            return
        for number, vote in enumerate(self._votes):
            room = self._room(number)
            ink = QColor(colour(vote))
            painter.fillRect(room, ink)
            painter.setPen(QColor("#101010") if ink.lightness() > 110 else QColor("#ffffff"))
            name = self.fontMetrics().elidedText(self._name(vote), Qt.TextElideMode.ElideRight, int(room.width()) - 4)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, name)
        if any(vote >= 0 for vote in self._votes):
            left = self._room(self.decided).left()
            painter.setPen(QPen(colours.text, 3))
            painter.drawLine(int(left), line + 2, int(left), self.height())

    def _room(self, number: int) -> QRectF:
        wide = self.width() / max(len(self._votes), 1)
        top = self.fontMetrics().lineSpacing() + 4
        return QRectF(number * wide + 1, top, wide - 2, self.height() - top)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            for number, layer in enumerate(self._layers[: len(self._votes)]):
                if self._room(number).contains(event.pos()):
                    QToolTip.showText(event.globalPos(), f"{layer}: {self._name(self._votes[number])}", self)
            return True
        return super().event(event)
