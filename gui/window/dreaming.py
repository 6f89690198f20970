"""What can be dreamt, from wherever it is seen: a unit, a clicked place of it, a class, a layer, a direction.

What was dreamt before can be dreamt together with any of them, or less of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from analysis.methods.method import target_of_a_unit
from analysis.protocol.answer_words import where_words
from analysis.protocol.recipe import before
from analysis.protocol.target import ClassTarget, Target, UnitTarget, text_of
from gui.tabs.table import MAKES
from gui.views.target_words import NO_END, class_words, read, target_words

if TYPE_CHECKING:
    from analysis.methods.method import Method
    from analysis.protocol.recipe import Recipe
    from analysis.protocol.terms import Term
    from gui.selection import State
    from gui.tabs.method_tab import MethodTab
    from gui.tabs.steered_run import SteeredRun
    from gui.window.tab_router import TabRouter

LAYER = "deepdream"  # the method that makes all of a layer stronger
LONGEST = 36  # letters of what was dreamt before, in a menu


class Dreaming(QObject):
    def __init__(self, state: State, tabs: TabRouter, parent: QObject) -> None:
        super().__init__(parent)
        self._state, self._tabs = state, tabs
        tabs.dream_wanted.connect(self.mixture)

    # what is offered in the menus of what can be seen

    def of_unit(self, menu: QMenu, unit: int) -> list[QAction]:
        target = UnitTarget("center")
        rows = [_row(menu, "Dream this unit", "The picture that it would like to see", partial(self.unit, unit))]
        place = self._state.place
        if place is not None and unit == self._state.unit:
            words = f"Dream it at {where_words(UnitTarget(place))}"
            rows.append(_row(menu, words, "Where its map was clicked", partial(self.unit, unit, place)))
        return rows + self._beside(menu, target, self._state.layer, unit, "this unit")

    @Slot(object, int)
    def offer_class(self, menu: QMenu, index: int) -> None:
        name = class_words(self._state.network, index)
        row = _row(menu, f"Dream “{name}”", "The picture that is answered so most", partial(self.of_class, index))
        menu.addActions([row, *self._beside(menu, ClassTarget(index=index), None, None, f"“{name}”")])

    @Slot(object, str)
    def offer_layer(self, menu: QMenu, path: str) -> None:
        network = self._state.network
        node = network.root.find(path) if network is not None else None
        if node is None or node.kind is None:
            return
        all_of_it, answered = partial(self.layer, path), partial(self.direction, path)
        rows = [_row(menu, "Dream this layer", "Whatever it finds in the picture is made stronger", all_of_it)]
        if not node.is_beside:
            words = "Dream what it answers to the picture"
            rows.append(_row(menu, words, "A picture from noise that it answers to as to this one", answered))
        menu.addActions(rows)

    def _beside(self, menu: QMenu, target: Target, layer: str | None, unit: int | None, words: str) -> list[QAction]:
        """Sums and differences with what was dreamt before."""
        seen = self._seen
        if seen is None:
            return []
        asked = (read(seen.target), seen.layer, seen.unit) if unit is not None else read(seen.target)
        if asked == ((target, layer, unit) if unit is not None else target):
            return []
        other = target_words(seen.target, self._state.network, seen.layer, seen.unit)
        other = f"“{other if len(other) <= LONGEST else '…' + other[1 - LONGEST :]}”"
        made = partial(self._make_beside, seen, target, layer, unit)
        return [
            _row(menu, f"Dream {other} and {words}", "Both are climbed", partial(made, 1.0)),
            _row(menu, f"Dream {other} and not {words}", "The one is climbed, less the other", partial(made, -1.0)),
        ]

    # what is made

    def unit(self, unit: int, place: tuple[int, int] | None = None) -> None:
        """What the chosen layer's unit would like to see, by the method that is chosen if it can be asked so."""
        self._state.set_unit(unit)
        panel, makes = self._making(lambda one: target_of_a_unit(one) is not None)
        asked = text_of(UnitTarget(place)) if place is not None else target_of_a_unit(makes) or "unit:center"
        self._explain(panel, makes, asked)

    def of_class(self, index: int) -> None:
        panel, makes = self._making(lambda one: "target" in one.asks)
        self._explain(panel, makes, text_of(ClassTarget(index=index)))

    def layer(self, path: str) -> None:
        self._state.set_layer(path)
        panel = self._tabs.made_in_front(MAKES)
        panel.methods.choose(LAYER)
        panel.run()

    def direction(self, path: str) -> None:
        """What the layer answers to the picture that is shown, at the clicked place if there is one."""
        from analysis.protocol.terms import Term

        self._state.set_layer(path)
        place = self._state.place
        self.mixture((Term(1.0, UnitTarget(place if place is not None else "mean"), layer=path, direction=True),))

    @Slot(object)
    def mixture(self, terms: Sequence[Term]) -> None:
        """Of these, and of no target."""
        panel, makes = self._making(lambda one: "target" in one.asks)
        panel.methods.choose(makes.name)
        steered = _steered(panel)
        if not steered.also.can_be_said:
            panel.methods.choose(MAKES.first)
        steered.also.instead(*terms)
        if panel.plain_recipe() is None:
            self._state.set_target("unit:max")  # it does not count, and asks for no unit
        panel.run()

    def _make_beside(self, seen: Recipe, target: Target, layer: str | None, unit: int | None, weight: float) -> None:
        """What was dreamt before, whatever was chosen since, and this."""
        from analysis.protocol.terms import Term

        panel = self._tabs.made_in_front(MAKES)
        if isinstance(read(seen.target), UnitTarget) and seen.layer is not None:
            self._state.set_layer(seen.layer, seen.unit)
        self._state.set_target(seen.target)
        panel.methods.choose(seen.method)
        _steered(panel).also.add(Term(weight, target, unit, layer))
        if not panel.runner.busy:  # what runs hears of it
            panel.run()

    def _explain(self, panel: MethodTab, makes: type[Method], target: str) -> None:
        panel.methods.choose(makes.name)
        _steered(panel).also.nothing_else()
        panel.explain(target)

    def _making(self, fits: Callable[[type[Method]], bool]) -> tuple[MethodTab, type[Method]]:
        """The tab, in front, and the method that is chosen there if it fits."""
        from analysis.methods.registry import method

        panel = self._tabs.made_in_front(MAKES)
        chosen = panel.technique
        return panel, chosen if chosen is not None and fits(chosen) else method(MAKES.first)

    @property
    def _seen(self) -> Recipe | None:
        """What the last picture that is there was asked about in the end, where more can be climbed beside it."""
        late = self._tabs[MAKES.key]
        if not late.made:
            return None
        steered = _steered(late.panel)
        recipe = steered.seen
        return before(recipe, NO_END) if recipe is not None and steered.also.can_be_said else None


def _steered(panel: object) -> SteeredRun:
    from gui.tabs.method_tab import MethodTab
    from gui.tabs.steered_run import SteeredRun

    assert isinstance(panel, MethodTab)
    return next(one for one in panel.extras if isinstance(one, SteeredRun))


def _row(menu: QMenu, words: str, tip: str, does: Callable[[], object]) -> QAction:
    row = QAction(words.replace("&", "&&"), menu)
    row.setToolTip(tip)
    row.triggered.connect(does)
    return row
