"""A run that can be halted, moved on by one step, and let go; one step also begins one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QToolButton, QWidget

from analysis.protocol.reins import Reins
from gui.tabs.extra import Extra
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from gui.tabs.extra import Host
    from gui.tabs.method_tab import MethodTab


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
        self.step.setToolTip("One step more, and then it rests; where nothing runs, a run begins with it")
        row = WrappingRow(self._row)
        row.put(self.pause)
        row.put(self.step)
        self._steps = False  # whether what is chosen can be begun by a step
        self._enable()
        self.pause.clicked.connect(self._pause)
        self.step.clicked.connect(self._step)
        tab.runner.busy_changed.connect(self._enable)
        cast("MethodTab", tab).methods.chosen.connect(self._choose)

    def side(self) -> QWidget:
        return self._row

    @Slot(bool)
    def _pause(self, on: bool) -> None:
        reins = self.tab.runner.reins
        self._show_halted(on)
        if reins is not None:
            (reins.halt if on else reins.let_go)()

    @Slot()
    def _step(self) -> None:
        reins = self.tab.runner.reins
        if self.tab.runner.busy and reins is not None:
            reins.step()
            self._show_halted(True)
        else:
            reins = Reins()
            reins.step()
            cast("MethodTab", self.tab).run(reins)

    @Slot(str)
    def _choose(self, name: str) -> None:
        """What follows the live view runs by itself."""
        from analysis.methods.registry import method

        self._steps = not method(name).live
        self._enable()

    @Slot()
    def _enable(self) -> None:
        """What is over cannot be halted, and the next run begins by itself."""
        busy, reins = self.tab.runner.busy, self.tab.runner.reins
        self.pause.setEnabled(busy)
        self.step.setEnabled(busy or self._steps)
        self._show_halted(busy and reins is not None and reins.halted)

    def _show_halted(self, on: bool) -> None:
        self.pause.setChecked(on)
        self.pause.setText("Go on" if on else "Pause")
