"""A row of controls that goes on in a second line, and a third, where their words would not fit beside each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget, QWidgetItem

Side = Literal["left", "right"]


@dataclass
class _Part:
    item: QLayoutItem
    grows: int  # its share of the room that is left over in its line
    side: Side
    main: bool  # whether it ends the first line, however many there are
    narrow: Callable[[], int] | None = None  # the width that it can do with, where that saves a line
    _sizes: tuple[QSize, int] | None = None  # both of them, as they were asked last

    @property
    def wanted(self) -> QSize:
        return self._known()[0]

    @property
    def least(self) -> int:
        return self._known()[1]

    def _known(self) -> tuple[QSize, int]:
        if self._sizes is None:
            wanted = self.item.sizeHint().expandedTo(self.item.minimumSize()).boundedTo(self.item.maximumSize())
            wide = wanted.width()
            self._sizes = wanted, min(wide, self.narrow()) if self.narrow is not None else wide
        return self._sizes

    def changed(self) -> None:
        self._sizes = None

    @property
    def is_room(self) -> bool:
        """Of what is hidden and keeps its room."""
        widget = self.item.widget()
        return widget is not None and widget.isHidden()


class WrappingRow(QLayout):
    """Parts of the left from the left, those of the right at the end; no part gets less than it asks for, if its line
    is wide enough for it alone."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 4) -> None:
        super().__init__(parent)
        self._parts: list[_Part] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def put(
        self,
        widget: QWidget,
        at: int | None = None,
        grows: int = 0,
        side: Side = "left",
        main: bool = False,
        narrow: Callable[[], int] | None = None,
    ) -> None:
        self.addChildWidget(widget)
        part = _Part(QWidgetItem(widget), grows, side, main, narrow)
        self._parts.insert(len(self._parts) if at is None else at, part)
        self.invalidate()

    # what Qt asks of a layout

    def invalidate(self) -> None:
        """A part asks for another size, came or went: to lay a window out, Qt asks all others dozens of times."""
        for part in self._parts:
            part.changed()
        super().invalidate()

    def addItem(self, item: QLayoutItem) -> None:
        self._parts.append(_Part(item, 0, "left", False))

    def count(self) -> int:
        return len(self._parts)

    def itemAt(self, index: int) -> QLayoutItem | None:  # None ends a walk over the items
        return self._parts[index].item if 0 <= index < len(self._parts) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._parts.pop(index).item if 0 <= index < len(self._parts) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        margins = self.contentsMargins()
        inside = width - margins.left() - margins.right()
        lines = self._lines(inside)
        high = sum(_height(line, self._widths(line, inside)[0]) for line in lines)
        return high + max(len(lines) - 1, 0) * self.spacing() + margins.top() + margins.bottom()

    def sizeHint(self) -> QSize:
        """All in one line."""
        margins, seen = self.contentsMargins(), self._seen()
        wide = sum(part.wanted.width() for part in seen) + max(len(seen) - 1, 0) * self.spacing()
        high = _height(seen, [part.wanted.width() for part in seen])
        return QSize(wide + margins.left() + margins.right(), high + margins.top() + margins.bottom())

    def minimumSize(self) -> QSize:
        margins, seen = self.contentsMargins(), self._seen()
        wide = max((part.item.minimumSize().width() for part in seen), default=0)
        high = max((part.item.minimumSize().height() for part in seen), default=0)
        return QSize(wide + margins.left() + margins.right(), high + margins.top() + margins.bottom())

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        inside = rect.marginsRemoved(self.contentsMargins())
        top = inside.top()
        for line in self._lines(inside.width()):
            top += self._place(line, inside, top) + self.spacing()

    # lines

    def _seen(self) -> list[_Part]:
        return [part for part in self._parts if not part.item.isEmpty()]

    def _lines(self, width: int) -> list[list[_Part]]:
        main = [part for part in self._seen() if part.main]
        lines: list[list[_Part]] = [[]]
        left = width + self.spacing() - sum(self._needed(part) for part in main)
        for part in self._seen():
            if part.main:
                continue
            if left < self._needed(part) and (lines[-1] or main):
                lines.append([])
                left = width + self.spacing()
                main, first = [], main
                lines[0] += first
            lines[-1].append(part)
            left -= self._needed(part)
        lines[0] += main
        return [line for line in lines if not all(part.is_room for part in line)]

    def _needed(self, part: _Part) -> int:
        return part.least + self.spacing()

    def _widths(self, line: list[_Part], width: int) -> tuple[list[int], int]:
        """Of its parts, and what is left over after that."""
        widths = [min(part.wanted.width(), width) for part in line]
        room = width - (len(line) - 1) * self.spacing()
        for number, part in enumerate(line):
            widths[number] -= min(max(sum(widths) - room, 0), max(widths[number] - part.least, 0))
        left_over = max(room - sum(widths), 0)
        shares = sum(part.grows for part in line)
        for number, part in enumerate(line):
            if part.grows:
                added = min(left_over * part.grows // shares, part.item.maximumSize().width() - widths[number])
                widths[number] += added
                left_over -= added
                shares -= part.grows
        return widths, left_over

    def _place(self, line: list[_Part], inside: QRect, top: int) -> int:
        """Gives its height."""
        widths, left_over = self._widths(line, inside.width())
        x, high = inside.left(), _height(line, widths)
        for part, width in zip(line, widths, strict=True):
            if part.side == "right":
                x, left_over = x + left_over, 0
            tall = _tall(part, width)
            part.item.setGeometry(QRect(x, top + (high - tall) // 2, width, tall))
            x += width + self.spacing()
        return high


def _height(line: list[_Part], widths: list[int]) -> int:
    return max(map(_tall, line, widths), default=0)


def _tall(part: _Part, width: int) -> int:
    return part.item.heightForWidth(width) if part.item.hasHeightForWidth() else part.wanted.height()
