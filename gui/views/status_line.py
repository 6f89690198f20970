"""The line at the foot of the window: what is said there ends in dots where it would run into what always stands."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QStatusBar, QStyle, QStyleOption, QWidget

MARGIN = 6  # pixels


class StatusLine(QStatusBar):
    def __init__(self, always: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._always = always
        self.addPermanentWidget(always)

    @property
    def said(self) -> str:
        """The message as it is seen."""
        return self.fontMetrics().elidedText(self.currentMessage(), Qt.TextElideMode.ElideRight, self._room().width())

    def _room(self) -> QRect:
        return QRect(MARGIN, 0, max(self._always.x() - 2 * MARGIN, 0), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelStatusBar, option, painter, self)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self._room(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.said)
        painter.end()
