"""What is climbed beside the target, or in its place: other targets with their weights, and directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from analysis.protocol.target import UnitTarget
from gui.views.target_words import read

if TYPE_CHECKING:
    from analysis.protocol.terms import Term
    from gui.tabs.extra import Host


class ClimbedBeside(QToolButton):
    """A menu over the settings `also` and `share` of the tab's method."""

    def __init__(self, tab: Host, parent: QWidget) -> None:
        super().__init__(parent)
        self._tab, self._state = tab, tab.around.state
        self.setText("Also…")
        self.setToolTip("What is climbed beside the target, each with its weight")
        menu = QMenu(self)
        self._of_chosen = (
            menu.addAction("What is chosen now", self._climb_more),
            menu.addAction("As little as can be of what is chosen now", self._climb_less),
        )
        self._of_layer = menu.addAction("What this layer answers to the picture (a direction)", self._climb_direction)
        menu.addSeparator()
        menu.addAction("Nothing but the target", self.nothing_else)
        menu.aboutToShow.connect(self._offer_what_there_is)
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    @property
    def can_be_said(self) -> bool:
        """Whether the method climbs anything beside its target."""
        return "also" in self._tab.asked.form.values()

    def add(self, *terms: Term) -> None:
        """Beside what is climbed already."""
        from analysis.protocol.terms import terms_of, text_of_terms

        form = self._tab.asked.form
        if self.can_be_said:
            form.set_values({"also": text_of_terms((*terms_of(str(form.values()["also"])), *terms))})

    def instead(self, *terms: Term) -> None:
        """And nothing else."""
        from analysis.protocol.terms import text_of_terms

        self._tab.asked.form.set_values({"also": text_of_terms(terms), "share": 0.0})

    @Slot()
    def _offer_what_there_is(self) -> None:
        """A unit's target without a unit is nothing to climb; a direction needs none."""
        for action in self._of_chosen:
            action.setEnabled(self._tab.plain_recipe() is not None)
        self._of_layer.setEnabled(self._state.layer is not None)

    @Slot()
    def nothing_else(self) -> None:
        self._tab.asked.form.set_values({"also": "", "share": 1.0})

    @Slot()
    def _climb_more(self) -> None:
        self._add_chosen(1.0)

    @Slot()
    def _climb_less(self) -> None:
        self._add_chosen(-1.0)

    def _add_chosen(self, weight: float) -> None:
        from analysis.protocol.terms import Term

        now = self._tab.plain_recipe()
        if now is not None:
            self.add(Term(weight, read(now.target), now.unit, now.layer))

    @Slot()
    def _climb_direction(self) -> None:
        from analysis.protocol.terms import Term

        if self._state.layer is not None:
            place = UnitTarget(self._state.place) if self._state.place is not None else UnitTarget("mean")
            self.add(Term(1.0, place, layer=self._state.layer, direction=True))
