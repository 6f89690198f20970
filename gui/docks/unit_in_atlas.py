"""The chosen unit in the atlas, with what flows back to each of its nine pictures, computed one after the other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QImage

from analysis.protocol.recipe import Recipe
from gui.lane.background import Reading, read
from gui.lane.method_runner import MethodRunner
from gui.views.atlas_unit import ROWS, AtlasUnit
from gui.views.pixels import rgb_image

if TYPE_CHECKING:
    from analysis.protocol.events import Failure, Live, MethodResult
    from analysis.protocol.frame import Frame
    from gui.tabs.around import Around


class UnitInAtlas(QObject):
    """Keeps the view true to what is selected, as long as it is seen."""

    def __init__(self, around: Around, view: AtlasUnit, parent: QObject) -> None:
        super().__init__(parent)
        self._around = around
        self.view = view
        self._runner = MethodRunner.around(around, self)
        self._identity: int | None = None
        self._todo: list[tuple[str, int, str]] = []
        self._shown: dict[str, list[tuple[QImage, str]]] = {}
        self._reading: Reading | None = None
        around.state.unit_changed.connect(self.refresh)
        around.state.network_changed.connect(self.refresh)
        around.atlas.changed.connect(self._anew)
        around.loop.shown.connect(self._follow)
        around.jobs.ended.connect(self._look_again)
        view.woken.connect(self.wake)
        self.refresh()

    @property
    def identity(self) -> int | None:
        return self._identity

    @Slot()
    def _anew(self) -> None:
        self._identity = None
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        state, opened = self._around.state, self._around.atlas
        weights = state.network.choice.weights_hash if state.network is not None else None
        identity = opened.of(weights, state.layer, state.unit) if state.network is not None else None
        if identity == self._identity and identity is not None:
            return
        self._identity = identity
        if self._reading is not None:
            self._reading.drop()
            self._reading = None
        self._todo, self._shown = [], {name: [] for name in ROWS}
        self._runner.stop()
        self.view.show_unit(opened.atlas, identity)
        if identity is not None and opened.atlas is not None:
            best = opened.atlas.best(identity)
            self._todo = [
                (name, rank, opened.atlas.path(one.name))
                for name in ROWS
                for rank, one in enumerate(best)
                if one.before is None
            ]
            self._next()

    @Slot(object)
    def _follow(self, live: Live) -> None:
        if self._identity is None:
            return
        unit = live.unit
        state = self._around.state
        known = unit is not None and (unit.layer, unit.unit) == (state.layer, state.unit)
        self.view.show_live(unit.maximum if unit is not None and known else None)

    def _next(self) -> None:
        if not self._todo or not self.view.isVisible() or self._reading is not None:
            return
        self._reading = read(partial(_frame, self._todo[0][2]), urgent=False)
        self._reading.done.connect(self._ask)
        self._reading.failed.connect(self._pass_over)

    @Slot(object)
    def _ask(self, frame: Frame) -> None:
        self._reading = None
        state = self._around.state
        if not self._todo or state.network is None:
            return
        name = self._todo[0][0]
        recipe = Recipe(state.network.choice, layer=state.layer, unit=state.unit, target="unit:max", method=name)
        self._runner.run(recipe, on_result=self._take, on_failure=self._fail, quiet=True, frame=frame)

    def _take(self, result: MethodResult) -> None:
        from analysis.drawing.derivatives import view
        from analysis.results.kinds import Derivative

        atlas = self._around.atlas.atlas
        if not self._todo or atlas is None or self._identity is None:
            return
        name, rank, _ = self._todo.pop(0)
        if isinstance(result.result, Derivative):
            values = result.result.values
            top, left, bottom, right = atlas.best(self._identity)[rank].box
            part = values[:, top:bottom, left:right]
            shown = view(part if part.size else values, "raw" if len(values) == 3 else "norm")
            self._shown[name].append((rgb_image(shown).copy(), f"what flows back to picture {rank + 1}, cut out alike"))
            self.view.show_back(name, self._shown[name])
        self._next()

    def _fail(self, _failure: Failure) -> None:
        """A network without such a way back has none on any picture."""
        name = self._todo[0][0] if self._todo else ""
        self._todo = [one for one in self._todo if one[0] != name]
        self._next()

    @Slot(str, str)
    def _pass_over(self, _sentence: str, _details: str) -> None:
        """The picture is not there any more."""
        self._reading = None
        if self._todo:
            self._todo.pop(0)
        self._next()

    @Slot()
    def wake(self) -> None:
        """The view is seen again."""
        self._look_again()
        self._next()

    @Slot()
    def _look_again(self) -> None:
        """Something may have been made for the unit meanwhile."""
        atlas = self._around.atlas.atlas
        if self._identity is not None and atlas is not None and self.view.isVisible():
            self.view.show_made(atlas, self._identity)


def _frame(origin: str) -> Frame:
    from analysis.pictures.images import open_origin
    from gui.sources.source import frame_of

    return frame_of(open_origin(origin), origin)
