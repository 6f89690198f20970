"""The bar of the screen: which one, and which part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Slot
from PySide6.QtWidgets import QWidget

from gui.sources.bars.rows import button, fill, narrow, row_of
from gui.views.elided_choice import ElidedChoice

if TYPE_CHECKING:
    from gui.sources.screen import ScreenSource


class ScreenBar(QWidget):
    """Which screen, and which part of it."""

    def __init__(self, source: ScreenSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.screens = ElidedChoice()
        self.screens.setToolTip("Which screen")
        self.screens.setAccessibleName("screen")
        self.screens.activated.connect(self._choose_screen)
        narrow(self.screens)
        self.region = button("Region…", "Drag over the part of the screen to be watched", self._pick)
        self.whole = button("All", "Watch the whole screen", self._all)
        self.again = button("Try again", "Record the screen once more", source.start)
        row = row_of(self, self.screens, self.region, self.whole, self.again)
        row.setStretchFactor(self.screens, 1)
        source.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        source = self._source
        self.again.setVisible(not source.moving)
        self.whole.setEnabled(source.region is not None)
        self.region.setEnabled(source.screen is not None)
        names = [
            f"{each.name() or f'Screen {number}'} · {each.geometry().width()}×{each.geometry().height()}"
            for number, each in enumerate(source.screens, start=1)
        ]
        fill(self.screens, names, len(names) > 1)
        if source.screen in source.screens:
            self.screens.setCurrentIndex(source.screens.index(source.screen))

    @Slot(int)
    def _choose_screen(self, index: int) -> None:
        if index < len(self._source.screens):
            self._source.choose(self._source.screens[index])

    @Slot()
    def _pick(self) -> None:
        from gui.sources.region import RegionPicker

        if self._source.screen is not None:
            picker = RegionPicker(self._source.screen, self)
            picker.chosen.connect(self._picked)
            picker.show()
            picker.activateWindow()

    @Slot(QRect)
    def _picked(self, region: QRect) -> None:
        if self._source.screen is not None:
            self._source.choose(self._source.screen, region)

    @Slot()
    def _all(self) -> None:
        if self._source.screen is not None:
            self._source.choose(self._source.screen)
