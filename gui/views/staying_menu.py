"""A menu that stays open when something in it is chosen, because more of it may be wanted."""

from __future__ import annotations

from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QMenu


class StayingMenu(QMenu):
    """Esc and a click beside it close it, and so does Enter, after it has chosen."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.actionAt(event.position().toPoint())
        if action is None or action.isSeparator() or action.menu() is not None:
            super().mouseReleaseEvent(event)
        elif action.isEnabled():
            action.trigger()
