"""A few pictures beside each other or one below the other, whichever way they can be seen larger."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from gui import theme
from gui.views.image_view import ImageView

WORTH_TURNING = 1.15  # so much larger have they to become
BESIDE, BELOW = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
NO_LIMIT = 16_777_215  # Qt's


class SideBySide(QWidget):
    """Takes all the room that its pictures can use, and turns only when that becomes another."""

    def __init__(self, views: list[QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._views = views
        self._aspect = 1.0  # width by height of a picture
        self._least = QSize(0, 0)
        self._row = QBoxLayout(BESIDE, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.GRID)
        for view in views:
            self._least = self._least.expandedTo(view.minimumSize())
            view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            self._row.addWidget(view, 1)

    def minimumSizeHint(self) -> QSize:
        """That of the row; the column is taken only where there is more."""
        gaps = (len(self._views) - 1) * theme.GRID
        return QSize(len(self._views) * self._least.width() + gaps, self._least.height())

    def fit_into(self, width: int, height: int, aspect: float) -> None:
        """No higher than its pictures, `aspect` times as wide as high, become in so much room: others can use the rest.

        Whoever knows what else wants room calls this before the room is shared.
        """
        self._aspect = aspect
        heights = self._heights(width, height)
        direction = self._better(heights)
        count = len(self._views)
        gaps = (count - 1) * theme.GRID
        high = heights[direction] if direction == BESIDE else count * heights[direction] + gaps
        self.setMaximumHeight(max(int(high), self._least.height()) if high > 0 else NO_LIMIT)
        self._row.setDirection(direction)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._row.setDirection(self._better(self._heights(self.width(), self.height())))

    def _heights(self, width: int, height: int) -> dict[QBoxLayout.Direction, float]:
        """How high each picture is with its caption, one beside the other and one below the other."""
        count = len(self._views)
        gaps = (count - 1) * theme.GRID
        line = max((view.caption_height for view in self._views if isinstance(view, ImageView)), default=0)
        beside = min((width - gaps) / count / self._aspect + line, height)
        return {BESIDE: beside, BELOW: min(width / self._aspect + line, (height - gaps) / count)}

    def _better(self, heights: dict[QBoxLayout.Direction, float]) -> QBoxLayout.Direction:
        now = self._row.direction()
        other = BELOW if now == BESIDE else BESIDE
        return other if heights[other] > WORTH_TURNING * heights[now] else now
