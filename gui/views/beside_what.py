"""Where a menu stands so that it does not cover what it speaks of: beside it, on the side that has the room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QWidget

GAP = 4  # pixels


def beside(what: QRect, size: QSize, screen: QRect) -> QPoint:
    """The corner of a menu of this size: at the left, at the right, below or above; at the left if nowhere is room."""
    top = min(max(what.top(), screen.top()), max(screen.bottom() - size.height(), screen.top()))
    left = min(max(what.left(), screen.left()), max(screen.right() - size.width(), screen.left()))
    ways = (
        QPoint(what.left() - GAP - size.width(), top),
        QPoint(what.right() + GAP, top),
        QPoint(left, what.bottom() + GAP),
        QPoint(left, what.top() - GAP - size.height()),
    )
    fitting = (way for way in ways if screen.contains(QRect(way, size)))
    return next(fitting, QPoint(max(ways[0].x(), screen.left()), top))


def beside_widget(widget: QWidget, size: QSize) -> QPoint:
    what = QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())
    return beside(what, size, widget.screen().availableGeometry())
