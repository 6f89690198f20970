"""The Trust tab: whether to believe a map. Three tests of the map that was on the screen, each with its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from analysis.protocol.recipe import Recipe
from analysis.results.kinds import Curves, Derivative, Film
from gui import theme
from gui.lane.method_runner import MethodRunner
from gui.selection import State
from gui.views.film_strip import FilmFrame, FilmStrip
from gui.views.line_plot import Line, LinePlot
from gui.views.notice_bar import NoticeBar
from gui.views.notice_place import OverFoot
from gui.views.pixels import level_image, levels_of
from gui.views.short_numbers import short
from gui.views.target_words import score_words, target_words
from gui.views.verdict import VerdictBar
from gui.views.words import WrappedWords

if TYPE_CHECKING:
    from analysis.protocol.events import Failure, Floats, JobProgress, MethodResult
    from analysis.protocol.frame import Frame
    from analysis.protocol.recipe import Setting
    from analysis.results.kinds import Numbers, Result

CHECKS = ("randomisation", "insertion-deletion", "sensitivity")  # in the order in which they run
EMPTY = (
    "Open the Saliency or the Occlusion tab, look at a map, and press “Trust?”: three tests of that map appear here."
)
TOLD = {
    "randomisation": "Does the map need what was learnt? The network forgets block by block, the named one last.",
    "insertion-deletion": "Do the marked pixels matter? They are deleted, or inserted into a blur, strongest first.",
    "sensitivity": "Does the map stay when the picture changes by less than anybody sees?",
}


class TrustPanel(QWidget):
    export_wanted = Signal(object)  # MethodResult

    def __init__(self, state: State, runner: MethodRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._runner = runner
        self._map: Recipe | None = None
        self._frame: Frame | None = None
        self._epoch = 0  # of the network whose map it is
        self._own: dict[str, Mapping[str, Setting]] = {}  # of the tests themselves, where a recipe names them
        self._waiting: list[str] = []
        self._running: str | None = None
        self.title = WrappedWords(EMPTY, self)
        self.run_button = QPushButton("Run all", self)
        self.run_button.setToolTip("Run the three tests one after the other")
        self.strip = FilmStrip(self)
        self.curves = LinePlot(self)
        self.changes = LinePlot(self)
        self.cards = {
            "randomisation": _Card("Model randomisation", TOLD["randomisation"], self.strip, self),
            "insertion-deletion": _Card("Insertion and deletion", TOLD["insertion-deletion"], self.curves, self),
            "sensitivity": _Card("Sensitivity to noise", TOLD["sensitivity"], self.changes, self),
        }
        self._lay_out()
        self.run_button.clicked.connect(self.run_or_stop)
        for name, card in self.cards.items():
            card.run.setProperty("check", name)
            card.run.clicked.connect(self._run_one)
            card.export.setProperty("check", name)
            card.export.clicked.connect(self._ask_export)
        runner.busy_changed.connect(self._show_busy)
        state.network_changed.connect(self._clear)
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
            column.addWidget(card, 0 if card is self.cards["randomisation"] else 1)
        area = QScrollArea(self)
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    # what is tested

    def test(self, recipe: Recipe, frame: Frame | None, run: bool = True) -> None:
        """Tests the map that this recipe makes of this picture, all three ways; without `run` when the person says."""
        self._clear()
        self._map, self._frame = recipe, frame
        self._epoch = self._state.network.epoch if self._state.network is not None else 0
        self._ask_about(target_words(recipe.target, self._state.network, recipe.layer, recipe.unit))
        for card in self.cards.values():
            card.run.setEnabled(True)
        self.run_button.setEnabled(True)
        if run:
            self.run_all()

    def show_recipe(self, check: Recipe, run: bool = True) -> None:
        """Tests the map that this recipe of a test tests, and with its settings."""
        from analysis.studies.checks import map_of, own_settings

        self.test(map_of(check), None, run=False)
        self._own = {check.method: own_settings(check)}
        if run:
            self.run_all()

    def recipe(self) -> Recipe | None:
        """The test that was run last, or the first one; None while no map is tested."""
        if self._map is None:
            return None
        from analysis.studies.checks import check_of

        return check_of(self._map, self._last, self._own.get(self._last))

    def _ask_about(self, words: str) -> None:
        assert self._map is not None
        self.title.setText(f"Would you believe {_map_words(self._map)} of {escape(words, quote=False)}?")

    @Slot()
    def run_or_stop(self) -> None:
        if self._runner.busy:
            self._stop()
        else:
            self.run_all()

    def _stop(self) -> None:
        self._waiting.clear()
        self._runner.stop()

    @Slot()
    def run_all(self) -> None:
        self._waiting = list(CHECKS)
        self._next()

    @Slot()
    def _run_one(self) -> None:
        check = str(self.sender().property("check"))
        self._stop()
        self._waiting = [check]
        self._next()

    def _next(self) -> None:
        network = self._state.network
        if self._map is None or not self._waiting or network is None or network.epoch != self._epoch:
            return
        from analysis.studies.checks import check_of

        name = self._waiting.pop(0)
        self._running = self._last = name
        card = self.cards[name]
        card.forget()
        recipe = check_of(self._map, name, self._own.get(name))
        self._runner.run(
            recipe, self._show_progress, self._show_result, self._show_failure, f"Trust: {card.name}", frame=self._frame
        )
        self._frame = self._runner.frame  # all tests are of one picture

    # what comes back

    def _show_progress(self, progress: JobProgress) -> None:
        if progress.result is not None and self._running is not None:
            self._draw(self._running, progress.result)

    def _show_result(self, result: MethodResult) -> None:
        from analysis.results.numbers import numbers_of
        from analysis.studies.verdicts import badge

        name = result.recipe.method
        self._draw(name, result.result)
        card = self.cards[name]
        card.result = result
        card.badge.show_badge(badge(name, numbers_of(result.result)))
        card.export.setEnabled(True)
        words = score_words(result.recipe, self._state.network, self._runner.answer)
        if words and self._map is not None:
            self._ask_about(words)

    def _show_failure(self, failure: Failure) -> None:
        if self._running is not None:
            self.cards[self._running].notice.show_notice(failure.summary, details=failure.traceback)
        self._failed = True

    @Slot(bool)
    def _show_busy(self, busy: bool) -> None:
        self.run_button.setText("Stop" if busy else "Run all")
        if busy:
            self._failed = False
            return
        done, self._running = self._running, None
        stopped = done is not None and self.cards[done].result is None and not self._failed
        if stopped:
            self._waiting.clear()
        self._next()

    def _draw(self, name: str, result: Result) -> None:
        if isinstance(result, Film):
            self._draw_strip(result)
        elif isinstance(result, Curves):
            draw = self._draw_curves if name == "insertion-deletion" else self._draw_changes
            draw(result.numbers)

    def _draw_strip(self, film: Film) -> None:
        """Each map on its own scale, as far as it is clipped at 99 %: the strip compares patterns."""
        import numpy as np

        from analysis.drawing.colours import table

        colours = table("inferno")
        frames = []
        for map_, block, correlation in zip(film.frames, film.titles, film.values, strict=True):
            full = float(np.percentile(map_, 99)) or 1.0
            image = level_image(levels_of(map_, 0.0, full), colours)
            title = block or "as learnt"
            frames.append(
                FilmFrame(image, title, f"ρ {float(correlation):.2f}", f"{title}: rank correlation {correlation:.3f}")
            )
        self.strip.show_frames(frames)

    def _draw_curves(self, arrays: Numbers) -> None:
        at, (deleted, inserted) = arrays["fraction"], arrays["result"]
        by_chance_deleted, by_chance_inserted = arrays["random"]
        high = max(1.0, *(float(array.max(initial=0)) for array in (arrays["result"], arrays["random"])))
        low = min(0.0, *(float(array.min(initial=0)) for array in (arrays["result"], arrays["random"])))
        names = (
            f"{what} {float(area):.2f}" for what, area in zip(("deleting", "inserting"), arrays["auc"], strict=True)
        )
        self.curves.show_lines(
            (
                Line(next(names), at, deleted, ink="#f07178"),
                Line(next(names), at, inserted, ink="#5fce8b"),
                Line("by chance", at, by_chance_deleted, dashed=True, ink="#f07178"),
                Line("by chance", at, by_chance_inserted, dashed=True, ink="#5fce8b"),
            ),
            "share of the pixels",
            "answer",
            (0.0, 1.0),
            (low, high if high > 1 else 1.0),
        )

    def _draw_changes(self, arrays: Numbers) -> None:
        import numpy as np

        changes: Floats = arrays["result"]
        draws = np.arange(1, len(changes) + 1, dtype=np.float32)
        high = max(1.0, float(changes.max(initial=0)) * 1.1)
        worst = short(float(changes.max(initial=0)))
        line = Line(f"worst {worst}", draws, changes, dots=True)
        self.changes.show_lines([line], "noisy copy", "change of the map", (1.0, max(10.0, len(changes))), (0.0, high))

    @Slot()
    def _clear(self) -> None:
        """Nothing is tested yet, or it was tested on the network before."""
        self._stop()
        self._map = self._frame = self._running = None
        self._own = {}
        self._last = CHECKS[0]
        self._failed = False
        self.title.setText(EMPTY)
        self.run_button.setEnabled(False)
        self.strip.show_nothing("The map, again and again, while the network forgets.")
        self.curves.show_nothing("The answer while the marked pixels go, or come.")
        self.changes.show_nothing("How much the map changes with each noisy copy of the picture.")
        for card in self.cards.values():
            card.forget()
            card.run.setEnabled(False)

    def shown(self) -> MethodResult | None:
        """What the test that was run last came to, or the first one that came to anything."""
        last = self._figure(self._last)
        return last or next((figure for check in CHECKS if (figure := self._figure(check)) is not None), None)

    def _figure(self, check: str) -> MethodResult | None:
        result, answer = self.cards[check].result, self._runner.answer
        return replace(result, logits=answer.logits if answer is not None else None) if result is not None else None

    @Slot()
    def _ask_export(self) -> None:
        result = self._figure(str(self.sender().property("check")))
        if result is not None:
            self.export_wanted.emit(result)


class _Card(QWidget):
    """One test: what it asks, its drawing, its verdict or why there is none."""

    def __init__(self, name: str, question: str, drawing: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        self.result: MethodResult | None = None
        self.badge = VerdictBar(self)
        self.notice = NoticeBar(self)
        self.run = _button(self, "Run", f"Run the test {name.lower()} again")
        self.export = _button(self, "Export figure…", "Write it as a figure with caption and recipe")
        heading = QLabel(f"<b>{name}</b>", self)
        told = QLabel(question, self)
        told.setProperty("dim", True)
        told.setWordWrap(True)
        head = QHBoxLayout()
        head.addWidget(heading, 1)
        head.addWidget(self.export)
        head.addWidget(self.run)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(told)
        column.addWidget(self.badge)
        column.addWidget(drawing, 1)
        OverFoot(self, self.notice, over=[drawing])

    def forget(self) -> None:
        """What came of it, before it runs again."""
        self.result = None
        self.badge.show_badge(None)
        self.notice.clear()
        self.export.setEnabled(False)


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


def _button(parent: QWidget, text: str, tip: str) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setToolTip(tip)
    return button
