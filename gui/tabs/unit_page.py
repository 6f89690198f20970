"""A unit on a page of its own: its map, what flows back from it, and its best pictures with what it saw of them.

It lies over the mosaic, which stays as it was; who closes the page is back exactly there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from analysis.protocol.recipe import Recipe
from gui.lane.method_runner import Around, MethodRunner
from gui.selection import State
from gui.views.image_view import ImageView
from gui.views.layer_words import path_in_words
from gui.views.pixels import rgb_image
from gui.views.scrolled import scrolled
from gui.views.unit_sight import UnitSight
from gui.views.words import Heading

if TYPE_CHECKING:
    from analysis.protocol.events import Failure, Live, MethodResult

NOTHING_BACK = "Nothing flows back: the unit is zero on this picture"
NO_WAY_BACK = "No deconvolution of this network: "


class UnitPage(QWidget):
    back_wanted = Signal()
    picture_wanted = Signal(object)  # the Frame of a best picture that was clicked
    copied = Signal(str)

    def __init__(self, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._live: Live | None = None
        self._runner: MethodRunner | None = None
        self.title = Heading(self)
        self.back = QToolButton(self)
        self.back.setText("‹ All units")
        self.back.setToolTip("Back to the mosaic as it was (Esc, or Z again)")
        self.deconvolution = ImageView(self)
        self.deconvolution.setAccessibleName("What flows back to the picture by deconvolution")
        self.deconvolution.set_tag("flows back")
        self.deconvolution.setToolTip("Deconvolution: the pattern in this picture that the unit answers to")
        self.sight = UnitSight(state, self, (self.deconvolution,), crops=True)
        self._lay_out()
        self._begin_anew()
        self.back.clicked.connect(self.back_wanted)
        self.sight.picture_wanted.connect(self.picture_wanted)
        self.sight.copied.connect(self.copied)
        for view in (self.sight.map, self.sight.overlay, self.deconvolution):
            view.opened.connect(self.back_wanted)
        state.unit_changed.connect(self._begin_anew)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.back)
        head.addWidget(self.title, 1)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(8, 4, 8, 4)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.sight, 1)
        area = scrolled(inner, self, around=True)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def use(self, around: Around) -> None:
        """From now on what flows back is computed, as long as the page is seen."""
        self._runner = MethodRunner.around(around, self)
        if self.isVisible():
            self._follow()

    @Slot(object)
    def show_live(self, live: Live) -> None:
        """Painted only while it is seen."""
        self._live = live
        if self.isVisible():
            self.sight.show_live(live)
        else:
            self.sight.note_live(live)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._live is not None:
            self.sight.show_live(self._live)
        self._follow()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._runner is not None:
            self._runner.stop_following()

    @Slot()
    def _begin_anew(self) -> None:
        node, unit = self._state.node, self._state.unit
        self.deconvolution.show_nothing("")
        if node is None or unit is None:
            self.title.show_facts("")
            return
        field = node.receptive_field
        seen = [f"each place sees {field.size[0]}×{field.size[1]} pixels"] if field is not None else []
        self.title.show_facts(f"unit {unit} · {path_in_words(node.path)}", [node.type, *seen])
        if self._runner is not None and self.isVisible():
            self._follow()

    def _follow(self) -> None:
        if self._runner is not None:
            self._runner.follow(self._recipe, self._show_back, self._tell_failure)

    def _recipe(self) -> Recipe | None:
        state = self._state
        if state.network is None or state.layer is None or state.unit is None:
            return None
        choice = state.network.choice
        return Recipe(choice, layer=state.layer, unit=state.unit, target="unit:max", method="deconvolution")

    def _show_back(self, result: MethodResult) -> None:
        from analysis.drawing.derivatives import view
        from analysis.results.kinds import Derivative

        asked = (result.recipe.layer, result.recipe.unit)
        if not isinstance(result.result, Derivative) or asked != (self._state.layer, self._state.unit):
            return
        values = result.result.values
        if not values.any():
            self.deconvolution.show_nothing(NOTHING_BACK)
            return
        shown = view(values, "raw" if len(values) == 3 else "norm")
        self.deconvolution.show_image(rgb_image(shown), smooth=max(values.shape[1:]) > 64)

    def _tell_failure(self, failure: Failure) -> None:
        self.deconvolution.show_nothing(NO_WAY_BACK + failure.summary)
