"""A run that can be halted, moved on by one step, and let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QToolButton, QWidget

from gui.tabs.extra import Extra
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from gui.tabs.extra import Host


class HeldRun(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._row = QWidget(tab)
        self.pause = QToolButton(self._row)
        self.pause.setText("Pause")
        self.pause.setCheckable(True)
        self.pause.setToolTip("Halt between two steps; again lets it go on")
        self.step = QToolButton(self._row)
        self.step.setText("One step")
        self.step.setToolTip("One step more, and then it rests")
        row = WrappingRow(self._row)
        row.put(self.pause)
        row.put(self.step)
        self._busy_changed(False)
        self.pause.clicked.connect(self._pause)
        self.step.clicked.connect(self._step)
        tab.runner.busy_changed.connect(self._busy_changed)

    def side(self) -> QWidget:
        return self._row

    @Slot(bool)
    def _pause(self, on: bool) -> None:
        self.pause.setText("Go on" if on else "Pause")
        reins = self.tab.runner.reins
        if reins is not None:
            (reins.halt if on else reins.let_go)()

    @Slot()
    def _step(self) -> None:
        reins = self.tab.runner.reins
        if reins is not None:
            reins.step()
            self.pause.setChecked(True)
            self.pause.setText("Go on")

    @Slot(bool)
    def _busy_changed(self, busy: bool) -> None:
        """What is over cannot be halted, and the next run begins by itself."""
        for button in (self.pause, self.step):
            button.setEnabled(busy)
        self.pause.setChecked(False)
        self.pause.setText("Pause")
