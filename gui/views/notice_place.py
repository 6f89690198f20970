"""Where notices stand so that they move nothing: the window's over its status line, a panel's over its foot."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Slot
from PySide6.QtWidgets import QMainWindow, QSizeGrip, QWidget

from gui.views.notice_bar import NoticeBar

PLACING = (QEvent.Type.Resize, QEvent.Type.LayoutRequest, QEvent.Type.Show)
MOVING = (*PLACING, QEvent.Type.Move, QEvent.Type.Hide)
NARROWEST = 420  # pixels; with less beside what stands at the right of the status line, the notice stands over it
BESIDE_WORDS = 16  # pixels between what is said on the status line and the notice


class OverStatusLine(QObject):
    """Keeps the notice at the bottom left, as high as its words need; what stands at the right stays in sight.

    It gives way when the words at the right grow and does not follow when they shrink: its cross stays where it is.
    What is said on the status line meanwhile has the left of the line for as long as that is said; where both have no
    room, the notice is lifted.
    """

    def __init__(self, notice: NoticeBar, window: QMainWindow) -> None:
        super().__init__(window)
        self._notice, self._window, self._status = notice, window, window.statusBar()
        self._covered = ""  # what stood on the status line before
        self._status.messageChanged.connect(self._let_be_read)
        notice.setParent(window)
        notice.hide()
        for watched in (notice, window, self._status):
            watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        own_size = watched is self._notice and kind == QEvent.Type.Resize
        if kind in PLACING and not own_size and not self._notice.isHidden():
            shown = watched is self._notice and kind == QEvent.Type.Show
            if shown:
                self._covered = self._status.currentMessage()
            resized = watched is self._window and kind == QEvent.Type.Resize
            self._place(self._window.width() if shown or resized else self._right)
        return False

    @Slot(str)
    def _let_be_read(self, _message: str) -> None:
        if not self._notice.isHidden():
            self._place(self._right)

    @property
    def _right(self) -> int:
        return self._notice.x() + self._notice.width()

    def _place(self, rightmost: int) -> None:
        layout = self._status.layout()
        if layout is not None:
            layout.activate()
        left = min((child.x() for child in self._at_the_right()), default=self._window.width())
        beside = left >= NARROWEST
        right = min(rightmost, left) if beside else self._window.width()
        start = 0
        over = beside and self._status.currentMessage() in ("", self._covered)
        if beside and not over:
            after = self._status.fontMetrics().horizontalAdvance(self._status.currentMessage()) + BESIDE_WORDS
            over = right - after >= NARROWEST and self._notice.heightForWidth(right - after) <= self._status.height()
            start = after if over else 0
        height = max(self._notice.heightForWidth(right - start), self._status.height())
        bottom = self._window.height() if over else self._status.y()
        self._notice.setGeometry(start, bottom - height, right - start, height)
        self._notice.raise_()

    def _at_the_right(self) -> list[QWidget]:
        children = (child for child in self._status.children() if isinstance(child, QWidget))
        return [child for child in children if not child.isHidden() and not isinstance(child, QSizeGrip)]


class OverFoot(QObject):
    """Keeps a panel's notices over its lower edge, as high as their words need, one above the other.

    `over` names the parts whose lower edge it is instead; of several the one in sight.
    """

    def __init__(self, panel: QWidget, *notices: NoticeBar, over: Sequence[QWidget] = ()) -> None:
        super().__init__(panel)
        self._panel = panel
        self._notices: list[NoticeBar] = []
        self._parts: list[QWidget] = []
        panel.installEventFilter(self)
        for notice in notices:
            self.add(notice)
        for part in over:
            self.stand_over(part)

    def add(self, notice: NoticeBar) -> None:
        """Above those that there are."""
        notice.setParent(self._panel)
        notice.hide()
        self._notices.append(notice)
        notice.installEventFilter(self)

    def stand_over(self, part: QWidget) -> None:
        self._parts.append(part)
        part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        placed = watched in self._notices and kind in (QEvent.Type.Resize, QEvent.Type.Move)
        if kind in MOVING and not placed:
            self._place()
        return False

    def _place(self) -> None:
        part = next((part for part in self._parts if part.isVisibleTo(self._panel)), self._panel)
        corner = part.mapTo(self._panel, QPoint())
        left, lowest = corner.x(), corner.y() + part.height()
        for notice in self._notices:
            if not notice.isHidden():
                height = min(notice.heightForWidth(part.width()), lowest)
                notice.setGeometry(left, lowest - height, part.width(), height)
                notice.raise_()
                lowest -= height
