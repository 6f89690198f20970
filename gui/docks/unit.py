"""The Unit dock: the chosen unit's map, the map over the picture, and what the unit did on the pictures so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from gui.docks.unit_walk import UnitWalk
from gui.selection import State
from gui.views.layer_words import path_in_words
from gui.views.scrolled import scrolled
from gui.views.unit_sight import BEST as BEST
from gui.views.unit_sight import UnitSight
from gui.views.words import Heading, WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.events import Live, UnitView
    from gui.docks.unit_in_atlas import UnitInAtlas
    from gui.tabs.around import Around

EMPTY = "Click a unit in the mosaic: its map, the picture under it, and its history appear here."
NARROWEST = 230  # pixels: both pictures and a scroll bar


class UnitPanel(QWidget):
    picture_wanted = Signal(object)  # the Frame of a best picture that was clicked
    menu_wanted = Signal(int, QPoint)  # beside this dock, which shows the unit
    enlarge_wanted = Signal()
    copied = Signal(str)  # what lies on the clipboard now, in words
    origin_wanted = Signal(str)  # of a picture of the atlas that was clicked

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.empty = WrappedWords(EMPTY, self)
        self.title = Heading(self)
        self.enlarge = QToolButton(self)
        self.enlarge.setText("Enlarge")
        self.enlarge.setToolTip("All there is of this unit on a page of its own (Z); Esc comes back")
        self.menu_button = QToolButton(self)
        self.menu_button.setText("⋯")
        self.menu_button.setToolTip("What can be done with this unit")
        self.sight = sight = UnitSight(state, self)
        self.map, self.overlay, self.opacity, self.value = sight.map, sight.overlay, sight.opacity, sight.value
        self.legend, self.chart, self.histogram = sight.legend, sight.chart, sight.histogram
        self.best_title, self.best = sight.best_title, sight.best
        self.walk = UnitWalk(state, sight, self)
        self.in_atlas: UnitInAtlas | None = None
        self._lay_out()
        self._clear()
        self.enlarge.clicked.connect(self.enlarge_wanted)
        self.menu_button.clicked.connect(self._ask_menu)
        sight.picture_wanted.connect(self.picture_wanted)
        sight.copied.connect(self.copied)
        self.map.opened.connect(self.enlarge_wanted)
        self.overlay.opened.connect(self.enlarge_wanted)
        state.unit_changed.connect(self._clear)
        state.network_changed.connect(self._clear)

    @property
    def _unit(self) -> UnitView | None:
        return self.sight.unit

    def sizeHint(self) -> QSize:
        return QSize(320, 480)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.empty, 1)
        head.addWidget(self.title, 1)
        head.addWidget(self.enlarge)
        head.addWidget(self.menu_button)
        inner = _Column(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.sight, 1)
        self._column = column
        area = scrolled(inner, self, around=True)
        self.setMinimumWidth(NARROWEST)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def use(self, around: Around) -> None:
        """From now on what flows back can be computed, what was made for the unit is looked up, and there may be an
        atlas that knows it, too."""
        self._around = around
        self.walk.use(around)
        around.atlas.changed.connect(self._take_atlas)

    @Slot()
    def _take_atlas(self) -> None:
        """The first one that is opened: what is shown of it is made then."""
        if self.in_atlas is not None:
            return
        from gui.docks.unit_in_atlas import UnitInAtlas
        from gui.views.atlas_unit import AtlasUnit

        view = AtlasUnit(self)
        self._column.addWidget(view)
        self.in_atlas = UnitInAtlas(self._around, view, self)
        view.picture_wanted.connect(self.origin_wanted)
        view.unit_wanted.connect(self._choose)

    @Slot(int)
    def _choose(self, identity: int) -> None:
        atlas = self._around.atlas.atlas
        if atlas is not None:
            self._state.set_unit(atlas.where(identity)[1])

    @Slot(object)
    def show_live(self, live: Live) -> None:
        self.sight.show_live(live)

    @Slot()
    def _clear(self) -> None:
        chosen = self._state.unit is not None and self._state.layer is not None
        self.empty.setVisible(not chosen)
        self.title.setVisible(chosen)
        self.title.show_facts(f"unit {self._state.unit} · {path_in_words(self._state.layer)}" if chosen else "")
        self.enlarge.setVisible(chosen)
        self.menu_button.setVisible(chosen)

    @Slot()
    def _ask_menu(self) -> None:
        if self._state.unit is not None:
            self.menu_wanted.emit(self._state.unit, self.mapToGlobal(self.rect().topLeft()))


class _Column(QWidget):
    """What scrolls; laid out anew when it is shown, because hidden it keeps the layout of a wider dock."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()
