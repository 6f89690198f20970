"""Trainings by name: a healthy one, each failure on purpose, and what helps against learning by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from gui.tabs.extra import Extra

if TYPE_CHECKING:
    from gui.tabs.extra import Host
    from gui.tabs.method_tab import MethodTab


class Presets(Extra):
    def __init__(self, tab: Host) -> None:
        from analysis.training.presets import PRESETS

        super().__init__(tab)
        self._tab = cast("MethodTab", tab)
        self.choice = QComboBox(tab)
        self.choice.setToolTip("Settings by name; Run trains with them")
        self.choice.setAccessibleName("Presets")
        self.choice.addItem("preset …", None)
        for preset in PRESETS:
            self.choice.addItem(preset.name, preset)
            self.choice.setItemData(self.choice.count() - 1, preset.words, Qt.ItemDataRole.ToolTipRole)
        self.choice.activated.connect(self._take)

    def side(self) -> QWidget:
        return self.choice

    @Slot()
    def _take(self) -> None:
        preset = self.choice.currentData()
        if preset is not None:
            self._tab.methods.choose("monitor")
            self._tab.asked.form.take_over(preset.settings)
            self._tab.pane.note.setText(preset.words)
