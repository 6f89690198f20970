"""Back and forward through what was looked at of a network: layer, unit and tab, as a browser does it with pages."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from gui.selection import State
from gui.views.grouped_tabs import GroupedTabs

MOST = 200  # places; nobody goes further back


@dataclass(frozen=True)
class Place:
    layer: str
    unit: int | None
    tab: int


class Visited(QObject):
    """Another network begins anew: layers of one are not those of another."""

    changed = Signal()  # whether there is a way back or forward, perhaps

    def __init__(self, state: State, tabs: GroupedTabs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._tabs = state, tabs
        self._places: list[Place] = []
        self._at = -1
        self._going = False
        state.network_changed.connect(self._begin_anew)
        state.layer_changed.connect(self._note)
        state.unit_changed.connect(self._note)
        tabs.currentChanged.connect(self._note_tab)

    @property
    def can_go_back(self) -> bool:
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        return self._at < len(self._places) - 1

    @Slot()
    def back(self) -> None:
        if self.can_go_back:
            self._go_to(self._at - 1)

    @Slot()
    def forward(self) -> None:
        if self.can_go_forward:
            self._go_to(self._at + 1)

    def _go_to(self, number: int) -> None:
        place, self._at = self._places[number], number
        self._going = True
        try:
            self._tabs.setCurrentIndex(place.tab)
            if place.layer != self._state.layer:
                self._state.set_layer(place.layer, place.unit)
            else:
                self._state.set_unit(place.unit)
        finally:
            self._going = False
        self.changed.emit()

    @Slot()
    def _begin_anew(self) -> None:
        self._places, self._at = [], -1
        self._note()

    @Slot(int)
    def _note_tab(self, _index: int) -> None:
        self._note()

    @Slot()
    def _note(self) -> None:
        layer = self._state.layer
        if self._going or layer is None or self._state.network is None:
            return
        place = Place(layer, self._state.unit, self._tabs.currentIndex())
        if self._places and self._places[self._at] == place:
            return
        self._places = [*self._places[: self._at + 1], place][-MOST:]
        self._at = len(self._places) - 1
        self.changed.emit()
