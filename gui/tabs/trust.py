"""The Trust tab: whether to believe a map. Tests of the map that was on the screen, each with its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import theme
from gui.lane.in_turn import InTurn, Listeners
from gui.lane.method_runner import MethodRunner
from gui.tabs.check_card import CheckCard
from gui.tabs.head import Head
from gui.tabs.panel import TabPanel
from gui.views.scrolled import scrolled
from gui.views.target_words import map_words, score_words, target_words
from gui.views.words import WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.events import MethodResult
    from analysis.protocol.frame import Frame
    from analysis.protocol.recipe import Recipe, Setting
    from gui.tabs.around import Around

EMPTY = "Open the Saliency or the Occlusion tab, look at a map, and press “Trust?”: tests of that map appear here."


class TrustPanel(TabPanel):
    def __init__(self, around: Around, parent: QWidget | None = None) -> None:
        from analysis.methods.registry import members

        super().__init__(parent)
        self._state = around.state
        self.runner = MethodRunner.around(around, self)
        self._map: Recipe | None = None
        self._frame: Frame | None = None
        self._own: dict[str, Mapping[str, Setting]] = {}  # of the tests themselves, where a recipe names them
        self.tests = InTurn(self._state, self.runner, self._begin, self)
        self.title = WrappedWords(EMPTY, self)
        self.head = Head(self, "Run all tests one after the other; press again to stop", idle="Run all")
        self.run_button = self.head.run_button
        self.cards = {test.name: CheckCard(test, self._state, self.runner, self) for test in members("trust")}
        self._last = next(iter(self.cards))
        self._lay_out()
        self.run_button.clicked.connect(self.run_or_stop)
        for card in self.cards.values():
            card.wanted.connect(self._run_one)
            card.pane.export_wanted.connect(self.export_wanted)
        self.runner.busy_changed.connect(self.head.show_busy)
        self._state.network_changed.connect(self._clear)
        self._clear()

    def _lay_out(self) -> None:
        self.head.ask(self.title, 1)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(2 * theme.GRID)
        column.addLayout(self.head)
        for card in self.cards.values():
            column.addWidget(card, card.stretch)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(inner, self))

    # what is tested

    def test(self, recipe: Recipe, frame: Frame | None, run: bool = True) -> None:
        """Tests the map that this recipe makes of this picture, in all ways; without `run` when the person says."""
        self._clear()
        self._map, self._frame = recipe, frame
        self._ask_about(target_words(recipe.target, self._state.network, recipe.layer, recipe.unit))
        for card in self.cards.values():
            card.run.setEnabled(True)
        self.run_button.setEnabled(True)
        if run:
            self.run_all()

    def offer(self, recipe: Recipe, frame: Frame | None) -> None:
        """This map can be tested, unless another one is, or was."""
        if not self.tests.busy and self.shown() is None:
            self.test(recipe, frame, run=False)

    def show_recipe(self, recipe: Recipe, run: bool = True) -> None:
        """Tests the map that this recipe of a test tests, and with its settings."""
        from analysis.studies.checks import map_of, own_settings

        self.test(map_of(recipe), None, run=False)
        self._own = {recipe.method: own_settings(recipe)}
        if run:
            self.run_all()

    def recipe(self) -> Recipe | None:
        """The test that was run last, or the first one; None while no map is tested."""
        return self._test_of(self._last) if self._map is not None else None

    def _test_of(self, name: str) -> Recipe:
        from analysis.studies.checks import check_of

        assert self._map is not None
        return check_of(self._map, name, self._own.get(name))

    def _ask_about(self, words: str) -> None:
        assert self._map is not None
        self.title.setText(f"Would you believe {map_words(self._map)} of {escape(words, quote=False)}?")

    @Slot()
    def run_or_stop(self) -> None:
        (self.tests.stop if self.tests.busy else self.run_all)()

    def run_all(self) -> None:
        self.tests.start([self._test_of(name) for name in self.cards], self._frame)

    @Slot(str)
    def _run_one(self, test: str) -> None:
        self.tests.start([self._test_of(test)], self._frame)

    def _begin(self, recipe: Recipe) -> Listeners:
        """The turn of this test has come."""
        self._last = recipe.method
        card = self.cards[self._last]
        card.begin(recipe)
        return card.pane.show_progress, self._show_result, card.pane.show_failure, f"Trust: {card.name}"

    def _show_result(self, result: MethodResult) -> None:
        self._frame = self.tests.frame  # all tests are of one picture
        self.cards[result.recipe.method].show_result(result)
        words = score_words(result.recipe, self._state.network, self.runner.answer)
        if words and self._map is not None:
            self._ask_about(words)

    @Slot()
    def _clear(self) -> None:
        """Nothing is tested yet, or it was tested on the network before."""
        self.tests.stop()
        self._map = self._frame = None
        self._own = {}
        self._last = next(iter(self.cards))
        self.title.setText(EMPTY)
        self.run_button.setEnabled(False)
        for card in self.cards.values():
            card.clear()

    def shown(self) -> MethodResult | None:
        """What the test that was run last came to, or the first one that came to anything."""
        results = [self.cards[self._last].pane.shown(), *(card.pane.shown() for card in self.cards.values())]
        return next((result for result in results if result is not None), None)
