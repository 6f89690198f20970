"""The scale beside a map: its colours, minimum, zero and maximum, and whether it is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.views.calm import Calm
from gui.views.pixels import level_image
from gui.views.short_numbers import short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MARGIN, GAP = 4, 6
TIGHT, SHORTEST, LONGEST = 8, 48, 160  # pixels of the colours: without words, at least with them, and at most


class Legend(QWidget):
    """Its size never depends on what it says, so that nothing around it moves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._calm = Calm(self)
        self._calm.due.connect(self.update)
        self._colours: NDArray[np.uint8] | None = None
        self._low, self._high = 0.0, 1.0
        self._ways: tuple[str, ...] = ("",)
        self._here: tuple[float, float, str] | None = None

    def sizeHint(self) -> QSize:
        return QSize(260, self.fontMetrics().height() + 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def show_scale(self, colours: NDArray[np.uint8], low: float, high: float, *ways: str) -> None:
        """`ways` say what the scale belongs to, such as "shared by all units": the first that there is room for."""
        if (low, high, ways) == (self._low, self._high, self._ways) and colours is self._colours:
            return
        self._colours, self._low, self._high, self._ways = colours, low, high, ways
        self.setAccessibleDescription(ways[0])
        self._calm.request()

    def show_here(self, low: float, high: float, words: str) -> None:
        """While the cursor is over a map: that map's own scale, and what is under the cursor in words."""
        self._here = (low, high, words)
        self.update()

    def leave(self) -> None:
        """The cursor is over no map any more."""
        self._here = None
        self.update()

    def clear(self) -> None:
        self._colours = self._here = None
        self.update()

    @property
    def shown_words(self) -> str:
        """The longest of its ways that can be read in full; none if none can, and all of it is in the tooltip."""
        letters, room = self.fontMetrics(), self._room
        return next((way for way in self._ways if letters.horizontalAdvance(way) <= room), "")

    @property
    def words_are_cut(self) -> bool:
        """Whether not even the numbers at both ends have room."""
        return self._colours is not None and self._room + 2 * GAP + SHORTEST < TIGHT

    @property
    def _room(self) -> int:
        """For words, beside both ends and the shortest bar."""
        letters = self.fontMetrics()
        ends = letters.horizontalAdvance(short(self._low)) + letters.horizontalAdvance(short(self._high))
        return self.width() - 3 * MARGIN - ends - 4 * GAP - SHORTEST

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and self._colours is not None:  # which changes with every picture
            self.setToolTip(f"From {self._low:.4g} to {self._high:.4g}, {self._ways[0]}")
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._colours is None:
            return
        import numpy as np

        low, high, words = self._here or (self._low, self._high, self.shown_words)
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        metrics = painter.fontMetrics()
        baseline, middle = self.height() // 2 + metrics.ascent() // 2 - 1, self.height() // 2
        ends = [short(low), short(high)]
        widths = [metrics.horizontalAdvance(end) for end in ends]
        around = 2 * MARGIN + sum(widths) + 2 * GAP
        left = self.width() - around - (2 * GAP + metrics.horizontalAdvance(words) if words else 0)
        shortest = SHORTEST if words else TIGHT
        bar = QRect(MARGIN + widths[0] + GAP, middle - 5, min(max(left, shortest), LONGEST), 10)
        painter.drawText(MARGIN, baseline, ends[0])
        painter.drawImage(bar, level_image(np.arange(256, dtype=np.uint8)[None].copy(), self._colours))
        if low < 0 < high:
            zero = bar.left() + round(bar.width() * -low / (high - low))
            painter.drawLine(zero, bar.top() - 3, zero, bar.bottom() + 3)
        x = bar.right() + GAP
        painter.drawText(x, baseline, ends[1])
        x += widths[1] + 2 * GAP
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(self.width() - x - MARGIN, 0))
        painter.drawText(x, baseline, words)
