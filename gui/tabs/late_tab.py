"""A tab whose widgets are made when it is first looked at, so that the window stands without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

Panel = TypeVar("Panel", bound=QWidget)


class LateTab(QWidget, Generic[Panel]):
    """`make` gets the tab as the parent of what it makes."""

    def __init__(self, make: Callable[[QWidget], Panel], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._panel: Panel | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    @property
    def panel(self) -> Panel:
        """What is in the tab; asking for it makes it."""
        if self._panel is None:
            self._panel = self._make(self)
            self._column.addWidget(self._panel)
        return self._panel

    @property
    def made(self) -> bool:
        return self._panel is not None

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.panel.show()
