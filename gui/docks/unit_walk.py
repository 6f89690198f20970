"""What stands in the place of a unit's map: the map, best picture, what flows back, what was made for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QImage

from analysis.protocol.recipe import Recipe
from gui.lane.made_for_units import NOTHING_MADE, newest_made
from gui.lane.method_runner import Around, MethodRunner
from gui.selection import State
from gui.views.pixels import rgb_image
from gui.views.unit_sight import InPlace, UnitSight, best_picture

if TYPE_CHECKING:
    from analysis.protocol.events import Failure, MethodResult, UnitView

Sight = Literal["map", "best", "back", "made"]
TURN: tuple[Sight, ...] = ("map", "best", "back", "made")
NO_BEST = "No picture yet that it answers to"
NO_BACK = "Nothing flows back yet"


class UnitWalk(QObject):
    def __init__(self, state: State, sight: UnitSight, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state, self._sight = state, sight
        self._runner: MethodRunner | None = None
        self._back: QImage | None = None
        self._made: QImage | None = None
        self._made_words, self._no_back = "made for it", NO_BACK
        self.shown: Sight = "map"
        state.unit_changed.connect(self._begin_anew)
        state.network_changed.connect(self._begin_anew)

    def use(self, around: Around) -> None:
        self._runner = MethodRunner.around(around, self)
        around.jobs.ended.connect(self._look_up)

    @Slot()
    def next(self) -> None:
        """The toolbox's `s`."""
        self.show(TURN[(TURN.index(self.shown) + 1) % len(TURN)])

    def show(self, what: Sight) -> None:
        self.shown = what
        if self._runner is not None:
            if what == "back":
                self._runner.follow(self._recipe, self._take_back, self._no_way_back)
            else:
                self._runner.stop_following()
        if what == "made":
            self._look_up()
        self._place()

    def _place(self) -> None:
        images = {
            "best": InPlace(best_picture, "its best picture", NO_BEST),
            "back": InPlace(self._image_back, "flows back from its maximum", self._no_back),
            "made": InPlace(self._image_made, self._made_words, NOTHING_MADE),
        }
        self._sight.show_in_place(images.get(self.shown))

    @Slot()
    def _begin_anew(self) -> None:
        self._back, self._no_back = None, NO_BACK
        if self.shown == "made":
            self._look_up()
        self._place()

    def _image_back(self, _unit: UnitView) -> QImage | None:
        return self._back

    def _image_made(self, _unit: UnitView) -> QImage | None:
        return self._made

    @Slot()
    def _look_up(self) -> None:
        if self.shown != "made":
            return
        network = self._state.network
        found = newest_made(network.choice.weights_hash if network else None, self._state.layer, self._state.unit)
        self._made, self._made_words = found if found is not None else (None, "made for it")
        self._place()

    def _recipe(self) -> Recipe | None:
        state = self._state
        if state.network is None or state.layer is None or state.unit is None:
            return None
        return Recipe(
            state.network.choice, layer=state.layer, unit=state.unit, target="unit:max", method="deconvolution"
        )

    def _take_back(self, result: MethodResult) -> None:
        from analysis.drawing.derivatives import view
        from analysis.results.kinds import Derivative

        if not isinstance(result.result, Derivative):
            return
        if (result.recipe.layer, result.recipe.unit) != (self._state.layer, self._state.unit):
            return
        values = result.result.values
        self._back = rgb_image(view(values, "raw" if len(values) == 3 else "norm")) if values.any() else None
        self._no_back = "Nothing flows back: the unit is zero on this picture"
        self._place()

    def _no_way_back(self, failure: Failure) -> None:
        self._back, self._no_back = None, f"No deconvolution of this network: {failure.summary}"
        self._place()
