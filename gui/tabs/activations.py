"""The Activations tab: every unit of the chosen layer, live, and how their maps become pixels."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from analysis.results.looks import MapsLook, knobs
from gui.selection import State
from gui.tabs.beside_page import BesidePage
from gui.tabs.unit_page import UnitPage
from gui.views.colour_names import COLOURS
from gui.views.knobs import tell
from gui.views.layer_words import path_in_words
from gui.views.legend import Legend
from gui.views.mosaic_view import MosaicView
from gui.views.strips import VectorBars
from gui.views.unit_words import silent_in_words
from gui.views.words import Heading

if TYPE_CHECKING:
    from analysis.protocol.events import Live
    from gui.lane.kept_side import KeptSide

SCALES = {"unit": "each its own", "shared": "shared"}
ORDERS = {"index": "by number", "activation": "by activation"}
GAMMAS = (1.0, 0.7, 0.5, 0.3)
BOOSTS = (0.0, 0.3, 0.5, 0.8, 1.0)
EMPTY = "Every unit of the chosen layer appears here as soon as a network and a picture are there."
ON_ITS_WAY = "The network is still computing; the units of this layer appear here as soon as it has."
NO_ANSWER = "The network gave no answer, so there is nothing to show of this layer."
PATIENCE = 300  # milliseconds that what was shown before may stand under a new heading


class ActivationsPanel(QWidget):
    unit_menu_wanted = Signal(int, QPoint)
    looked_through = Signal(object)  # the MosaicView that has the room of the shown layer's units now

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._shown: Live | None = None
        self.title = Heading(self)
        self.title.setObjectName("heading")
        self.colours = _choice(self, "colours", list(COLOURS.values()))
        self.scale = _choice(self, "scale", list(SCALES.values()))
        self.gamma = _choice(self, "gamma", [f"γ {g:g}" for g in GAMMAS], "(T)")
        self.boost = _choice(self, "boost", [f"boost {b:g}" for b in BOOSTS], "(Shift+T)")
        self.order = _choice(self, "order", list(ORDERS.values()))
        self.only_active = _toggle(self, "active")
        self.numbers = _toggle(self, "№")
        self.bars = _toggle(self, "bars")
        tell(self.only_active, knobs(MapsLook)["only_active"])
        tell(self.numbers, knobs(MapsLook)["numbers"])
        self.bars.setToolTip("Show a layer that is a vector as bars instead of squares")
        self.bars.setAccessibleName(self.bars.toolTip())
        self.flow = QLabel(self)
        self.flow.setContentsMargins(8, 2, 8, 4)
        self.flow.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.flow.hide()
        self.mosaic = MosaicView(self)
        self.mosaic.show_nothing(EMPTY)
        self._overdue = QTimer(self)
        self._overdue.setSingleShot(True)
        self._overdue.setInterval(PATIENCE)
        self._overdue.timeout.connect(self._wait)
        self.vector = VectorBars(self)
        self.page = UnitPage(state, self)
        self.beside = BesidePage(state, self)
        self._kept: KeptSide | None = None
        self._enlarged = False
        self._focus_before: QWidget | None = None
        self._silent = ""
        self.legend = Legend(self)
        kept = self.legend.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.legend.setSizePolicy(kept)
        self._lay_out()
        self._order_tabs()
        self._connect()
        self._show_look()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 4)
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        for control in (self.bars, self.numbers, self.only_active, self.order, self.scale):
            head.addWidget(control)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.mosaic)
        self._stack.addWidget(self.vector)
        self._stack.addWidget(self.page)
        self._stack.addWidget(self.beside)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 4, 8, 4)
        foot.setSpacing(4)
        foot.addWidget(self.colours)
        foot.addWidget(self.legend, 1)
        foot.addWidget(self.gamma)
        foot.addWidget(self.boost)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.flow)
        column.addLayout(self._stack, 1)
        column.addLayout(foot)
        self.bars.hide()

    def _order_tabs(self) -> None:
        """The Tab key goes as the eye does."""
        head = (self.bars, self.numbers, self.only_active, self.order, self.scale)
        order = (*head, self.mosaic, self.colours, self.gamma, self.boost)
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        state = self._state
        self.colours.activated.connect(self._choose_colours)
        self.scale.activated.connect(self._choose_scale)
        self.gamma.activated.connect(self._choose_gamma)
        self.boost.activated.connect(self._choose_boost)
        self.order.activated.connect(self._choose_order)
        self.only_active.clicked.connect(self._choose_active)
        self.numbers.clicked.connect(self._choose_numbers)
        self.bars.clicked.connect(self._choose_bars)
        self.mosaic.unit_chosen.connect(state.set_unit)
        self.mosaic.unit_opened.connect(self._open)
        self.mosaic.menu_wanted.connect(self.unit_menu_wanted)
        self.mosaic.unit_hovered.connect(self.legend.show_here)
        self.mosaic.unit_left.connect(self.legend.leave)
        self.page.back_wanted.connect(self.show_all_units)
        self.vector.unit_chosen.connect(state.set_unit)
        self.vector.menu_wanted.connect(self.unit_menu_wanted)
        self.vector.unit_hovered.connect(self.legend.show_here)
        self.vector.unit_left.connect(self.legend.leave)
        state.layer_changed.connect(self._show_layer)
        state.network_changed.connect(self._show_layer)
        state.unit_changed.connect(self._show_unit)
        state.looks_changed.connect(self._show_look)

    @Slot(object)
    def show_live(self, live: Live) -> None:
        """Shows the answer, unless the person has chosen another layer meanwhile."""
        if live.layer != self._state.layer:
            return
        self._shown = live
        self._overdue.stop()
        self.page.show_live(live)
        self.beside.show_live(live)
        self._show_silent(live)
        self._show_flow(live)
        if live.mosaic is None:
            self.mosaic.show_nothing(next(iter(live.notes), EMPTY))
            self.legend.clear()
            return
        self._paint()

    def be_calm(self, words: str) -> None:
        """There is an answer, and nothing in it."""
        self._overdue.stop()
        self._shown = None
        self._show_nothing(words)

    def show_failure(self) -> None:
        """The network raised an error; what is shown of this very layer stays."""
        if self._shown is None and self._state.node is not None:
            self._overdue.stop()
            self._show_nothing(NO_ANSWER)

    @Slot()
    def _wait(self) -> None:
        """The answer takes its time, and the maps that are still there belong to another layer."""
        self._show_nothing(ON_ITS_WAY)

    def _show_nothing(self, words: str) -> None:
        self.mosaic.show_nothing(words)
        self.vector.clear()
        self.legend.clear()

    @Slot()
    def zoom_to_unit(self) -> None:
        """The unit on a page of its own; a second time shows all units again."""
        if self._enlarged:
            self.show_all_units()
        elif self._state.unit is not None:
            self.enlarge_unit()

    def enlarge_unit(self) -> None:
        if self._enlarged or self._state.unit is None:
            return
        if self._kept is not None:
            self._kept.close()
        self._focus_before = QApplication.focusWidget()
        self._enlarged = True
        self._show_stack()
        self.page.sight.map.setFocus()

    @property
    def enlarged(self) -> bool:
        """Whether a unit is on a page of its own."""
        return self._enlarged

    @Slot()
    def show_all_units(self) -> None:
        """Back from a unit's page to the mosaic as it was."""
        if not self._enlarged:
            return
        self._enlarged = False
        self._show_stack()
        before, self._focus_before = self._focus_before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus()
        else:
            self.mosaic.setFocus()

    # side by side

    def use(self, kept: KeptSide) -> None:
        """What is kept beside is shown here."""
        self._kept = kept
        self.beside.use(kept)
        self.beside.back_wanted.connect(kept.close)
        kept.changed.connect(self._show_sides)
        self._show_sides()

    @property
    def two_sides(self) -> bool:
        return self._kept is not None and self._kept.on

    @Slot()
    def _show_sides(self) -> None:
        before = self._stack.currentWidget() is self.beside
        if self.two_sides and not before:
            self._enlarged = False
        self._show_stack()
        if before != self.two_sides:
            self.looked_through.emit(self.beside.mosaic if self.two_sides else self.mosaic)
            (self.beside.right.map if self.two_sides else self.mosaic).setFocus()

    def _show_stack(self) -> None:
        if self.two_sides:
            self.legend.setVisible(False)
            self._stack.setCurrentWidget(self.beside)
            return
        node = self._state.node
        bars = node is not None and node.kind == "vector" and self.bars.isChecked()
        page = self._enlarged and self._state.unit is not None
        self.legend.setVisible(not page)  # it is that of the mosaic
        self._stack.setCurrentWidget(self.page if page else self.vector if bars else self.mosaic)

    def _show_silent(self, live: Live) -> None:
        """Which units never answered, once enough pictures were seen to say so."""
        so_far = live.so_far
        words = silent_in_words(so_far) if so_far is not None else ""
        self.mosaic.set_silent(so_far.silent if so_far is not None and words else None)
        if words != self._silent:
            self._silent = words
            self._show_title()

    @Slot()
    def next_gamma(self) -> None:
        self._state.set_look(gamma=_after(GAMMAS, self._state.look(MapsLook).gamma))

    @Slot()
    def next_boost(self) -> None:
        self._state.set_look(scale="shared", boost=_after(BOOSTS, self._state.look(MapsLook).boost))

    def _paint(self) -> None:
        live, look = self._shown, self._state.look(MapsLook)
        if live is None or live.mosaic is None:
            return
        from analysis.drawing.colours import table

        mosaic = live.mosaic
        colours = table(look.colours, look.gamma, mosaic.signed)
        if mosaic.tiles == 0:
            self.mosaic.show_nothing("No unit of this layer is active on this picture.")
            self.legend.clear()
            return
        self.mosaic.show_mosaic(mosaic, colours)
        if live.values is not None:
            self.vector.show_values(live.values)
        low, high = float(mosaic.low.min()), float(mosaic.high.max())
        if live.backward_mosaic:
            whose = "one scale" if mosaic.shared else "each its own"
            words: tuple[str, ...] = (f"∂ of half the squares of the unit's map, {whose}", f"∂, {whose}", "∂ map")
        elif mosaic.shared and look.boost == 0:
            words = ("one scale for all", "one scale")
        elif mosaic.shared:
            boosted = f"boosted by {look.boost:g}"
            words = (f"one scale, weaker units {boosted}", f"one scale, {boosted}", boosted)
        else:
            words = ("at most, each its own", "each its own", "own")
        self.legend.show_scale(colours, low, high, *words)

    def _show_flow(self, live: Live) -> None:
        """In backward mode the tiles are derivatives; that has to be said where they are."""
        asked = self._state.backward
        self.flow.setVisible(live.backward_mosaic and asked is not None)
        if asked is not None:
            held = "" if (asked.layer, asked.unit) == (self._state.layer, self._state.unit) else " (held)"
            self.flow.setText(
                f"◂ <b>{asked.rule}</b> that flows back to these units from {asked.layer} · unit {asked.unit}{held}"
            )

    @Slot()
    def _show_layer(self) -> None:
        node = self._state.node
        self._shown = None
        if node is None:
            self.title.show_facts("")
            self._overdue.stop()
            self._show_nothing(EMPTY)
            return
        self._overdue.start()
        self._silent = ""
        self.mosaic.set_silent(None)
        self._show_title()
        vector = node.kind == "vector"
        self.bars.setVisible(vector)
        self._show_stack()
        for control in (self.scale, self.boost):
            control.setEnabled(not vector)
        self._show_look()

    def _show_title(self) -> None:
        node = self._state.node
        if node is None:
            return
        name = path_in_words(node.path)
        size = [f"{node.grid[0]}×{node.grid[1]}"] if node.kind != "vector" and node.grid is not None else []
        silent = [self._silent] if self._silent else []
        self.title.show_facts(name, [node.type, f"{node.units:,} units", *size, *silent])
        told = f"{name}: {node.type}, output {node.shape}, {node.parameters:,} parameters"
        self.title.setToolTip("\n".join([told, *silent]))

    @Slot()
    def _show_unit(self) -> None:
        if self._state.unit is None:
            self.show_all_units()
        self.mosaic.select(self._state.unit)
        self.vector.select(self._state.unit)

    @Slot()
    def _show_look(self) -> None:
        look = self._state.look(MapsLook)
        self.colours.setCurrentIndex(list(COLOURS).index(look.colours) if look.colours in COLOURS else 0)
        self.scale.setCurrentIndex(list(SCALES).index(look.scale))
        self.gamma.setCurrentIndex(GAMMAS.index(look.gamma) if look.gamma in GAMMAS else 0)
        self.boost.setCurrentIndex(BOOSTS.index(look.boost) if look.boost in BOOSTS else 0)
        self.boost.setEnabled(look.scale == "shared" and self.scale.isEnabled())
        self.order.setCurrentIndex(list(ORDERS).index(look.order))
        self.only_active.setChecked(look.only_active)
        self.numbers.setChecked(look.numbers)
        self.mosaic.set_numbers(look.numbers)
        self._paint()

    @Slot(int)
    def _choose_colours(self, index: int) -> None:
        self._state.set_look(colours=list(COLOURS)[index])

    @Slot(int)
    def _choose_scale(self, index: int) -> None:
        self._state.set_look(scale=list(SCALES)[index])

    @Slot(int)
    def _choose_gamma(self, index: int) -> None:
        self._state.set_look(gamma=GAMMAS[index])

    @Slot(int)
    def _choose_boost(self, index: int) -> None:
        self._state.set_look(boost=BOOSTS[index])

    @Slot(int)
    def _choose_order(self, index: int) -> None:
        self._state.set_look(order=list(ORDERS)[index])

    @Slot(bool)
    def _choose_active(self, checked: bool) -> None:
        self._state.set_look(only_active=checked)

    @Slot(bool)
    def _choose_numbers(self, checked: bool) -> None:
        self._state.set_look(numbers=checked)

    @Slot(bool)
    def _choose_bars(self, checked: bool) -> None:
        self.show_all_units()
        self._show_stack()

    @Slot(int)
    def _open(self, unit: int) -> None:
        self._state.set_unit(unit)
        self.enlarge_unit()


def _choice(parent: QWidget, knob: str, items: list[str], key: str = "") -> QComboBox:
    box = QComboBox(parent)
    box.addItems(items)
    tell(box, knobs(MapsLook)[knob], key)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box


def _toggle(parent: QWidget, text: str) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setCheckable(True)
    return button


def _after(values: tuple[float, ...], value: float) -> float:
    """The next of the values, round and round."""
    return values[(values.index(value) + 1) % len(values)] if value in values else values[0]
