"""The scale beside a map: its colours, minimum, zero and maximum, and whether it is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.views.calm import CalmUpdates
from gui.views.pixels import level_image
from gui.views.short_numbers import short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Legend(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._calm = CalmUpdates(self)
        self._colours: NDArray[np.uint8] | None = None
        self._low, self._high, self._words = 0.0, 1.0, ""

    def sizeHint(self) -> QSize:
        return QSize(260, self.fontMetrics().height() + 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def show_scale(self, colours: NDArray[np.uint8], low: float, high: float, words: str) -> None:
        """`words` says what the scale belongs to, such as "shared by all units"."""
        if (low, high, words) == (self._low, self._high, self._words) and colours is self._colours:
            return
        self._colours, self._low, self._high, self._words = colours, low, high, words
        self._calm.request()

    def clear(self) -> None:
        self._colours = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._colours is None:
            return
        import numpy as np

        self.setToolTip(f"From {self._low:.4g} to {self._high:.4g}, {self._words}")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        metrics = painter.fontMetrics()
        low, high = short(self._low), short(self._high)
        x, middle = 4, self.height() // 2
        painter.drawText(x, middle + metrics.ascent() // 2 - 1, low)
        x += metrics.horizontalAdvance(low) + 6
        bar = QRect(x, middle - 5, max(64, min(160, self.width() // 3)), 10)
        ramp = np.arange(256, dtype=np.uint8)[None].copy()
        painter.drawImage(bar, level_image(ramp, self._colours))
        if self._low < 0 < self._high:
            zero = bar.left() + round(bar.width() * -self._low / (self._high - self._low))
            painter.drawLine(zero, bar.top() - 3, zero, bar.bottom() + 3)
        x = bar.right() + 6
        painter.drawText(x, middle + metrics.ascent() // 2 - 1, high)
        x += metrics.horizontalAdvance(high) + 14
        words = metrics.elidedText(self._words, Qt.TextElideMode.ElideRight, max(self.width() - x - 4, 0))
        painter.drawText(x, middle + metrics.ascent() // 2 - 1, words)
