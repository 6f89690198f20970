"""A unit on a page of its own: its map, what flows back from it, and its best pictures with what it saw of them.

It lies over the mosaic, which stays as it was; who closes the page is back exactly there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Signal, Slot
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
from gui.views.where_it_is import Part, part_of_interest
from gui.views.words import Heading

if TYPE_CHECKING:
    from analysis.protocol.events import Failure, Live, MethodResult
    from analysis.protocol.layers import ReceptiveField

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
        self._say_what_flows_back(None)
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
            self._say_what_flows_back(None)
            return
        part = part_of_interest(values, self._field(), self._place_of_maximum())
        if part is not None:
            values = values[:, part.top : part.bottom, part.left : part.right]
        shown = view(values, "raw" if len(values) == 3 else "norm")
        self.deconvolution.show_image(rgb_image(shown), smooth=max(values.shape[1:]) > 64)
        self._say_what_flows_back(part)

    def _field(self) -> ReceptiveField | None:
        return self._state.node.receptive_field if self._state.node is not None else None

    def _place_of_maximum(self) -> tuple[int, int] | None:
        """In the picture that flowed back, which a stream has left behind perhaps."""
        answer = self._runner.answer if self._runner is not None else None
        unit = answer.unit if answer is not None else None
        known = unit is not None and (unit.layer, unit.unit) == (self._state.layer, self._state.unit)
        return unit.place if unit is not None and known else None

    def _say_what_flows_back(self, part: Part | None) -> None:
        """In the caption, the tip and, where it is a part, as a frame in the picture beside it."""
        where = "in the whole picture"
        if part is not None:
            where = f"in rows {part.top} to {part.bottom - 1}, columns {part.left} to {part.right - 1} of the picture"
        self.deconvolution.set_caption(f"flows back, {part.words} enlarged" if part else "flows back")
        self.deconvolution.setToolTip(
            f"Deconvolution from the map's maximum, {where}: the pattern there that the unit answers to. "
            "Grey is nothing; brighter and darker colours speak for it and against it"
        )
        boxes = []
        if part is not None:
            boxes.append(QRectF(part.left, part.top, part.right - part.left, part.bottom - part.top))
        self.sight.overlay.set_boxes(boxes)

    def _tell_failure(self, failure: Failure) -> None:
        self.deconvolution.show_nothing(NO_WAY_BACK + failure.summary)
