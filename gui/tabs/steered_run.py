"""A run that is steered: what is changed while it runs holds from the next step on; back through its steps, and on.

Every change is a turn of the recipe's course, so that what is seen can be made again. The run before leaves its states
on a trail, and the one that takes its place begins there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QSlider, QToolButton, QWidget

from analysis.protocol.recipe import before, with_turn
from analysis.protocol.reins import Reins
from analysis.protocol.target import UnitTarget
from gui.tabs.climbed_beside import ClimbedBeside
from gui.tabs.extra import Extra
from gui.views.grown_view import GrownView
from gui.views.seen_steps import SeenSteps
from gui.views.target_words import read
from gui.views.words import SteadyLine
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.protocol.trail import Trail
    from analysis.results.kinds import Result
    from gui.tabs.extra import Host

SETTLES = 200  # milliseconds after which what was changed holds
AT_THE_BEGINNING = ("start", "pictures", "units")  # what a picture begins with is settled then


class SteeredRun(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._state = tab.around.state
        self._recipe: Recipe | None = None  # of what is on the screen, with its course
        self._chosen: object = None  # what was asked about when it began
        self._trail: Trail | None = None
        self._seen = SeenSteps()
        self._row, self._side = QWidget(tab), QWidget(tab)
        self.steps = QSlider(Qt.Orientation.Horizontal, self._row)
        self.steps.setAccessibleName("Which step is seen")
        self.steps.setToolTip("Which step is seen")
        self.at = SteadyLine(self._row)
        self.best = _button(self._row, "Best", "To the step whose picture is answered most")
        self.fork = _button(self._row, "From here", "Go on from this step, with the settings and target as they are")
        self.keep = _button(self._row, "Keep", "This step is the result, which can be exported")
        self.steer = _button(self._side, "Steer", "Changes here hold from the next step on, not from the next run on")
        self.steer.setCheckable(True)
        self.steer.setChecked(True)
        self.finer = _button(self._side, "Finer", "Go on with this draft at full size, for as many steps again")
        self.also = ClimbedBeside(tab, self._side)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLES)
        self._connect()
        self.clear()

    def _lay_out(self) -> None:
        row = WrappingRow(self._row)
        row.put(self.steps, grows=1)
        for part in (self.at, self.best, self.fork, self.keep):
            row.put(part)
        self.steps.setMinimumWidth(80)
        self._make_room_for(1000)
        side = WrappingRow(self._side)
        for part in (self.steer, self.finer, self.also):
            side.put(part)

    def _make_room_for(self, step: int) -> None:
        wide = self.at.fontMetrics().horizontalAdvance(f"step {step:,}")
        if wide > self.at.minimumWidth():
            self.at.setMinimumWidth(wide)

    def _connect(self) -> None:
        tab, state = self.tab, self._state
        self._timer.timeout.connect(self._take_turn)
        for changed in (state.target_changed, state.unit_changed, state.layer_changed, tab.asked.changed):
            changed.connect(self._something_changed)
        self.steps.valueChanged.connect(self._look_back)
        self.best.clicked.connect(self._show_best)
        self.fork.clicked.connect(self._go_on_from_here)
        self.keep.clicked.connect(self._keep)
        self.finer.clicked.connect(self._make_finer)
        tab.runner.busy_changed.connect(self._enable)
        tab.installEventFilter(self)

    def side(self) -> QWidget:
        return self._side

    def below(self) -> QWidget:
        return self._row

    # what is seen

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        from analysis.methods.method import can_be_steered
        from analysis.methods.registry import method
        from analysis.results.kinds import Grown

        if not isinstance(result, Grown) or not can_be_steered(method(recipe.method)):
            self.clear()
            return
        self._follow(recipe)
        newest = self._newest
        step = result.objective.shape[1]
        if not self._seen.steps or step != self._seen.steps[-1] or done:
            self._seen.add(step, result)
        self._make_room_for(result.total)
        self._span(to_end=newest)
        if not newest:
            self._show_step()  # who looks back is not taken away by the next step
        self._enable()

    def _follow(self, recipe: Recipe) -> None:
        """A run that goes on has the trail of the one before, and its steps up to there."""
        reins = self.tab.runner.reins
        trail = reins.trail if reins is not None else None
        if trail is self._trail and self._recipe is not None and recipe.method == self._recipe.method:
            return
        self._seen.clear()
        self._trail = trail
        self._recipe = replace(recipe, model=replace(recipe.model, weights_hash=None), picture=None)
        self._chosen = self._asked_about()

    def _span(self, to_end: bool) -> None:
        self.steps.blockSignals(True)
        self.steps.setRange(0, max(len(self._seen.steps) - 1, 0))
        if to_end:
            self.steps.setValue(self.steps.maximum())
        self.steps.blockSignals(False)

    @property
    def seen(self) -> Recipe | None:
        """Of what is on the screen, with its course; None while that is nothing."""
        return self._recipe if self._seen.steps else None

    @property
    def _newest(self) -> bool:
        return self.steps.value() >= self.steps.maximum()

    @property
    def step(self) -> int:
        """The one that is seen; 0 where there is none."""
        return self._seen.steps[self.steps.value()] if self._seen.steps else 0

    @Slot()
    def _look_back(self) -> None:
        self._show_step()
        self._enable()

    def _show_step(self) -> None:
        view, seen = self.tab.pane.view(), self._seen.at(self.steps.value())
        if seen is not None and isinstance(view, GrownView):
            view.show_result(seen)

    @Slot()
    def _show_best(self) -> None:
        self.steps.setValue(self._seen.best())

    # what is changed

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.tab and event.type() == QEvent.Type.Show:
            self._something_changed()
        return False

    @Slot()
    def _something_changed(self) -> None:
        if self.steer.isChecked() and self.tab.runner.busy and self.tab.isVisible():
            self._timer.start()

    @property
    def turns(self) -> bool:
        """Whether what was changed is about to hold."""
        return self._timer.isActive()

    @Slot()
    def _take_turn(self) -> None:
        """From the newest step on, if anything is another than it was."""
        if self._recipe is not None and self._seen.steps and self.tab.runner.busy:
            self._go_on(self._seen.steps[-1], only_changed=True)

    @Slot()
    def _go_on_from_here(self) -> None:
        if self._recipe is None or not self._seen.steps:
            return
        step = self.step
        total = int(before(self._recipe, step).settings.get("steps", 0))
        if 0 < total <= step:  # it is over there: as many again
            self.tab.asked.form.set_values({"steps": step + total})
        self._go_on(step)

    @Slot()
    def _make_finer(self) -> None:
        if self._recipe is not None and self._seen.steps:
            step = self._seen.steps[-1]
            again = int(before(self._recipe, step).settings.get("steps", 0))
            self.tab.asked.form.set_values({"draft": False, "steps": step + max(again, 1)})
            self._go_on(step)

    def _go_on(self, step: int, only_changed: bool = False) -> None:
        recipe, now = self._recipe, self.tab.plain_recipe()
        if recipe is None or now is None or now.method != recipe.method:
            return
        was = before(recipe, step)
        changed = {name: value for name, value in now.settings.items() if was.settings.get(name) != value}
        for name in AT_THE_BEGINNING:
            changed.pop(name, None)
        other = self._asked_about() != self._chosen
        if not only_changed or changed or other:
            self._run(with_turn(recipe, step, changed, now if other else None), step)

    @Slot()
    def _keep(self) -> None:
        from analysis.methods.method import settings_of_the_end
        from analysis.methods.registry import method

        if self._recipe is not None and self._seen.steps:
            step = self.step
            self._run(with_turn(self._recipe, step, settings_of_the_end(method(self._recipe.method), step)), step)

    def _run(self, recipe: Recipe, step: int) -> None:
        """In place of what runs, from this step of it on."""
        before_it = self.tab.runner.reins
        reins = Reins(before_it.trail if before_it is not None else None)
        reins.trail.wanted = step
        if before_it is not None and before_it.halted and self.tab.runner.busy:
            reins.step()  # what is changed while it rests is seen, and it rests on
        self._seen.cut(step)
        self._recipe, self._chosen, self._trail = recipe, self._asked_about(), reins.trail
        self._span(to_end=True)
        self._show_step()  # that from which it goes on
        self.tab.go_on(recipe, reins)

    def _asked_about(self) -> object:
        """By what is chosen: the class that answers most to a stream is another one with every picture."""
        state = self._state
        of_unit = isinstance(read(state.target), UnitTarget)
        return (state.target, state.layer, state.unit) if of_unit else state.target

    def clear(self) -> None:
        """Nothing is shown any more."""
        self._seen.clear()
        self._recipe = self._trail = None
        self._span(to_end=True)
        self._enable()

    @Slot()
    def _enable(self) -> None:
        any_seen = bool(self._seen.steps) and self._recipe is not None
        for part in (self.steps, self.best, self.fork, self.keep):
            part.setEnabled(any_seen)
        recipe = self._recipe
        draft = recipe is not None and bool(before(recipe, 1 << 40).settings.get("draft"))
        self.finer.setEnabled(any_seen and draft)
        self.at.setText(f"step {self.step:,}" if any_seen else "")


def _button(parent: QWidget, words: str, tip: str) -> QToolButton:
    button = QToolButton(parent)
    button.setText(words)
    button.setToolTip(tip)
    return button
