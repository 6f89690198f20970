"""A card that points at a part of the window and says what it is for. It stays until it is closed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from gui import theme
from gui.views.words import WrappedWords

Side = Literal["right", "left", "inside"]  # of what it points at

TIP = 10  # pixels of the tip that points
WIDTH = 34  # letters
MOVING = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutRequest)


class Callout(QWidget):
    """Never takes the focus; moves with what it points at, and is gone while that is hidden, unless it `stays`.

    One that is told `among` which widget it belongs also steps aside while that is hidden, and comes back with it.
    """

    closed = Signal(str)  # its key

    def __init__(
        self,
        key: str,
        window: QWidget,
        anchor: QWidget,
        side: Side,
        stays: bool = False,
        among: QWidget | None = None,
    ) -> None:
        super().__init__(window)
        self._stays, self._among = stays, among
        self.key, self._window, self._anchor, self._side = key, window, anchor, side
        self._tip_at, self._points = 0, side
        self._others: list[Callout] = []  # that stood first, and are not to be covered
        self.title, self.words = QLabel(self), WrappedWords(parent=self)
        self.title.setProperty("heading", True)
        self.close_button = QPushButton("Got it", self)
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.clicked.connect(self._close)
        self.buttons = QHBoxLayout()
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        margin = theme.GRID + TIP
        column.setContentsMargins(margin, theme.GRID, margin, theme.GRID)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addLayout(self.buttons)
        self._watched: list[QWidget] = []
        self._watch()

    def say(self, title: str, words: str) -> None:
        self.title.setText(title)
        self.words.setText(words)
        self.setAccessibleName(f"{title}: {words}")
        self.place()

    def keep_clear_of(self, others: Iterable[Callout]) -> None:
        """These stay readable."""
        self._others = list(others)

    def point_at(self, anchor: QWidget, side: Side) -> None:
        self._anchor, self._side = anchor, side
        self._watch()
        self.place()

    def _watch(self) -> None:
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._watched = [self._window, self._anchor, *([self._among] if self._among is not None else [])]
        for widget in self._watched:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in MOVING:
            self.place()
        return False

    def place(self) -> None:
        """Beside the middle of what it is about, and never out of the window."""
        anchor, window = self._anchor, self._window
        seen = anchor.isVisibleTo(window) and anchor.window() is window
        seen = seen and (self._among is None or self._among.isVisibleTo(window))
        self.setVisible(seen or self._stays)
        if not seen and not self._stays:
            return
        width = WIDTH * self.fontMetrics().averageCharWidth() + 2 * (theme.GRID + TIP)
        height = self.heightForWidth(width)
        about = QRect(anchor.mapTo(window, QPoint()), anchor.size()) if seen else window.rect()
        side = self._side if seen else "inside"
        left = {
            "right": about.right() + 1,
            "left": about.left() - width,
            "inside": about.center().x() - width // 2,
        }[side]
        top = about.bottom() - height - 3 * theme.GRID if side == "inside" else about.center().y() - height // 2
        left = min(max(left, 0), window.width() - width)
        top = min(max(top, 0), window.height() - height)
        top = self._clear_of_others(QRect(left, top, width, height))
        self._points = side
        self._tip_at = min(max(about.center().y() - top, 2 * TIP), height - 2 * TIP)
        self.setGeometry(left, top, width, height)
        self.raise_()

    def _clear_of_others(self, card: QRect) -> int:
        """Its top, above or below another card where it would lie over that."""
        self._others = [other for other in self._others if isValid(other)]
        taken = [other.geometry() for other in self._others if other.isVisibleTo(self._window)]
        tops = [card.top()]
        tops += [top for one in taken for top in (one.bottom() + 2, one.top() - card.height() - 1)]
        for top in sorted(tops, key=lambda top: abs(top - card.top())):
            there = QRect(card.left(), top, card.width(), card.height())
            inside = 0 <= top <= self._window.height() - card.height()
            if inside and not any(there.intersects(one) for one in taken):
                return top
        return card.top()

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.totalHeightForWidth(width) if layout is not None else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(TIP, 0.5, -TIP, -0.5)
        painter.setPen(QPen(colours.accent, 1))
        painter.setBrush(theme.blend(colours.panel, colours.accent, 0.16))
        if self._points != "inside":
            edge, tip = (TIP + 1, 0) if self._points == "right" else (self.width() - TIP - 1, self.width())
            y = self._tip_at
            painter.drawPolygon(QPolygon([QPoint(edge, y - TIP), QPoint(tip, y), QPoint(edge, y + TIP)]))
        painter.drawRoundedRect(card, 6, 6)
        painter.end()

    @Slot()
    def _close(self) -> None:
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._watched = []
        self.hide()
        self.closed.emit(self.key)
        self.deleteLater()
