"""A contact sheet: what every unit of the layer would like to see, or every class, as a study in a folder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction

from analysis.protocol.recipe import ComparisonChoice, MethodChoice, Recipe, UnitChoice
from analysis.protocol.target import ClassTarget, UnitTarget, text_of
from gui.tabs.extra import Extra
from gui.tabs.study_run import StudyRun
from gui.views.target_words import read

if TYPE_CHECKING:
    from gui.tabs.extra import Host

NO_UNITS = "There is no layer to make a sheet of: choose one in the Network pane."
NO_TARGET = "This method asks about a whole layer, and not about its units: choose another one for a sheet."


class ContactSheet(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self.study = StudyRun(tab.around, tab.pane.notice, tab)
        button, menu = self.study.button, self.study.button.menu()
        button.setText("Sheet…")
        button.setToolTip("A contact sheet: what every unit of a layer, or every class, would like to see")
        self.study.into.setText("Every unit of this layer, into a folder…")
        self.study.into.setToolTip("With the method and the settings as they are; it can be stopped and goes on")
        self.classes = QAction("Every class, into a folder…", menu)
        menu.insertAction(self.study.again, self.classes)
        self.study.again.setText("Go on with a sheet…")
        self.study.into.triggered.connect(self._begin_units)
        self.classes.triggered.connect(self._begin_classes)
        tab.pane.foot.put(button, side="right")

    @Slot()
    def _begin_units(self) -> None:
        units = self._units()
        if units:
            self._begin(units)
        else:
            self.tab.pane.notice.show_notice(NO_UNITS, "hint")

    @Slot()
    def _begin_classes(self) -> None:
        network, target = self.tab.around.state.network, read(self.tab.around.state.target)
        if network is not None:
            kind = target if isinstance(target, ClassTarget) else ClassTarget()
            count = len(network.labels) if network.labels else network.root.units
            self._begin(tuple(UnitChoice(text_of(replace(kind, index=i, against=None))) for i in range(count)))

    def _begin(self, units: tuple[UnitChoice, ...]) -> None:
        grid = self.grid(units)
        if grid is None:
            self.tab.pane.notice.show_notice(NO_TARGET, "hint")
        else:
            self.study.begin(grid)

    def _units(self) -> tuple[UnitChoice, ...]:
        from analysis.methods.method import target_of_a_unit

        state, technique = self.tab.around.state, self.tab.technique
        target = read(state.target)
        if state.node is None or technique is None:
            return ()
        asked = text_of(target) if isinstance(target, UnitTarget) else target_of_a_unit(technique) or "unit:mean"
        return tuple(UnitChoice(asked, state.layer, unit) for unit in range(state.node.units))

    def grid(self, units: tuple[UnitChoice, ...]) -> Recipe | None:
        """None where the method asks about no units."""
        network, technique, asked = self.tab.around.state.network, self.tab.technique, self.tab.asked
        if network is None or technique is None or "target" not in technique.asks or not units:
            return None
        settings = {**asked.form.values(), "units": 1, "pictures": 1}
        row = MethodChoice(technique.name, settings, None, asked.seed_chosen)
        return Recipe(
            network.choice,
            layer=units[0].layer,
            target=units[0].target,
            method=technique.name,
            settings=settings,
            seed=row.seed,
            comparison=ComparisonChoice((row,), (network.choice,), units=units),
        )
