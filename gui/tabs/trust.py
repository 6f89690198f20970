"""The Trust tab: whether to believe a map. Tests of the map that was on the screen, each with its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from analysis.protocol.recipe import Recipe
from analysis.results.kinds import Derivative
from gui import theme
from gui.lane.method_runner import MethodRunner
from gui.tabs.check_card import CheckCard
from gui.tabs.panel import TabPanel
from gui.views.target_words import score_words, target_words
from gui.views.words import WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.events import Failure, MethodResult
    from analysis.protocol.frame import Frame
    from analysis.protocol.recipe import Setting
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
        self._epoch = 0  # of the network whose map it is
        self._own: dict[str, Mapping[str, Setting]] = {}  # of the tests themselves, where a recipe names them
        self._waiting: list[str] = []
        self._running: CheckCard | None = None
        self._failed = False
        self.title = WrappedWords(EMPTY, self)
        self.run_button = QPushButton("Run all", self)
        self.run_button.setToolTip("Run all tests one after the other")
        self.cards = {test.name: CheckCard(test, self._state, self.runner, self) for test in members("trust")}
        self._last = next(iter(self.cards))
        self._lay_out()
        self.run_button.clicked.connect(self.run_or_stop)
        for card in self.cards.values():
            card.wanted.connect(self._run_one)
            card.pane.export_wanted.connect(self.export_wanted)
        self.runner.busy_changed.connect(self._show_busy)
        self._state.network_changed.connect(self._clear)
        self._clear()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.run_button)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(2 * theme.GRID)
        column.addLayout(head)
        for card in self.cards.values():
            column.addWidget(card, card.stretch)
        area = QScrollArea(self)
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    # what is tested

    def test(self, recipe: Recipe, frame: Frame | None, run: bool = True) -> None:
        """Tests the map that this recipe makes of this picture, in all ways; without `run` when the person says."""
        self._clear()
        self._map, self._frame = recipe, frame
        self._epoch = self._state.network.epoch if self._state.network is not None else 0
        self._ask_about(target_words(recipe.target, self._state.network, recipe.layer, recipe.unit))
        for card in self.cards.values():
            card.run.setEnabled(True)
        self.run_button.setEnabled(True)
        if run:
            self.run_all()

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
        self.title.setText(f"Would you believe {_map_words(self._map)} of {escape(words, quote=False)}?")

    @Slot()
    def run_or_stop(self) -> None:
        if self.runner.busy:
            self._stop()
        else:
            self.run_all()

    def _stop(self) -> None:
        self._waiting.clear()
        self.runner.stop()

    def run_all(self) -> None:
        self._waiting = list(self.cards)
        self._next()

    @Slot(str)
    def _run_one(self, name: str) -> None:
        self._stop()
        self._waiting = [name]
        self._next()

    def _next(self) -> None:
        network = self._state.network
        if self._map is None or not self._waiting or network is None or network.epoch != self._epoch:
            return
        self._last = self._waiting.pop(0)
        self._running = card = self.cards[self._last]
        recipe, title = self._test_of(self._last), f"Trust: {card.name}"
        card.begin(recipe)
        self.runner.run(recipe, card.pane.show_progress, self._show_result, self._fail, title, frame=self._frame)
        self._frame = self.runner.frame  # all tests are of one picture

    def _show_result(self, result: MethodResult) -> None:
        self.cards[result.recipe.method].show_result(result)
        words = score_words(result.recipe, self._state.network, self.runner.answer)
        if words and self._map is not None:
            self._ask_about(words)

    def _fail(self, failure: Failure) -> None:
        self._failed = True
        if self._running is not None:
            self._running.pane.show_failure(failure)

    @Slot(bool)
    def _show_busy(self, busy: bool) -> None:
        self.run_button.setText("Stop" if busy else "Run all")
        if busy:
            self._failed = False
            return
        ended, self._running = self._running, None
        if ended is not None and ended.pane.result is None and not self._failed:
            self._waiting.clear()  # it was stopped
        self._next()

    @Slot()
    def _clear(self) -> None:
        """Nothing is tested yet, or it was tested on the network before."""
        self._stop()
        self._map = self._frame = self._running = None
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


def _map_words(recipe: Recipe) -> str:
    """The method, and with which settings and how its map is looked at."""
    from analysis.methods.registry import method
    from analysis.methods.setting_words import setting_words

    technique = method(recipe.method)
    words = setting_words(technique, recipe.settings)
    parts = [words] if words else []
    if technique.gives is Derivative:
        parts.append(f"seen as {recipe.display.view}")
    how = f" ({escape(', '.join(parts))})" if parts else ""
    return f"<b>{technique.title}</b>{how}"
