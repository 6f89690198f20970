"""A tab that is made of methods: which of them, what each asks, and whatever it gives.

The menu of methods, the form, the target, the layer, the seed, running, stopping, following the live view, notices, the
recipe there and back, the figure: all of it goes by what a method declares. What is special about one tab is an extra.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QToolButton, QVBoxLayout, QWidget

from analysis.protocol.class_names import name_of_target
from analysis.protocol.recipe import Recipe
from analysis.protocol.target import ClassTarget, UnitTarget, text_of
from gui import theme
from gui.forms.method_menu import MethodMenu
from gui.forms.target_chooser import TargetChooser
from gui.lane.method_runner import MethodRunner
from gui.tabs.asked import Asked
from gui.tabs.extra import Host
from gui.tabs.head import Head
from gui.tabs.result_pane import ResultPane
from gui.tabs.tab import Tab
from gui.views.target_words import read

if TYPE_CHECKING:
    from analysis.methods.method import Method
    from analysis.protocol.events import Failure, MethodResult
    from analysis.protocol.frame import Frame, Pixels
    from analysis.protocol.recipe import Setting
    from analysis.protocol.reins import Reins
    from analysis.results.kinds import Result
    from gui.tabs.around import Around

NO_UNIT = "Click a unit in the Activations tab, or explain a class."
NO_LAYER = "Choose a layer in the Network pane: this is about one."
NO_NETWORK = "There is no network yet: choose one in the Network pane."
SIDE = 220  # pixels of the settings beside a result


class MethodTab(Host):
    def __init__(self, kind: Tab, around: Around, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind, self.around, self._state = kind, around, around.state
        self.runner = MethodRunner.around(around, self, around)
        self.runner.always_apart = kind.apart
        self.technique: type[Method] | None = None
        self._opened: tuple[Recipe, Recipe] | None = None  # what was opened, and what the controls said then
        self._told: dict[str, Setting] = {}  # what the run knows of the settings that it hears of
        self.methods = MethodMenu(self)
        self.target = TargetChooser(self._state, self)
        self.follow = QToolButton(self)
        self.follow.setText("● Live")
        self.follow.setCheckable(True)
        self.follow.setChecked(True)
        self.follow.setToolTip("Follow the live view: run again for every picture that is shown")
        self.head = Head(self, "Run the method on the picture that is shown; press again to stop")
        self.run_button = self.head.run_button
        self.settings_button = QToolButton(self)
        self.settings_button.setText("Settings")
        self.settings_button.setCheckable(True)
        self.settings_button.setChecked(True)
        self.settings_button.setToolTip("Show or hide the settings; the result takes their room")
        self.asked = Asked(self._state, self)
        self.pane = ResultPane(self._state, self.runner, self)
        self.pane.notes_over = kind.notes_over
        self.extras = tuple(make(self) for make in kind.extras())
        for part, comes in self._may_come().items():
            kept = part.sizePolicy()
            kept.setRetainSizeWhenHidden(comes)  # or the row would move with every method
            part.setSizePolicy(kept)
        self._lay_out()
        self._fill()
        self._connect()
        self.methods.choose(kind.first or self.methods.names[0])
        self._enable()

    def _lay_out(self) -> None:
        self.head.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, 0)
        self.head.ask(self.methods, 2 if self._may_come()[self.target] else 0, self.methods.width_of_title)
        self.head.ask(self.target, 3)
        self.head.offer(self.settings_button)
        self.head.offer(self.follow)
        self.asked.add_below(self.pane.note)
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(theme.GRID, 4, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.pane, 1)
        for extra in self.extras:
            side, below = extra.side(), extra.below()
            if side is not None:
                self.asked.add_below(side)
            if below is not None:
                column.addWidget(below)
        self.both = QSplitter(Qt.Orientation.Horizontal, self)
        self.both.addWidget(self.asked)
        self.both.addWidget(right)
        self.both.setStretchFactor(0, 0)
        self.both.setStretchFactor(1, 1)
        self.both.setSizes([SIDE, 4 * SIDE])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(self.head)
        whole.addWidget(self.both, 1)

    def _may_come(self) -> dict[QWidget, bool]:
        """What is there for some methods only, and whether this tab has one of them."""
        from analysis.methods.registry import members

        of_all = [technique for family in self.kind.families for technique in members(family)]
        return {
            self.target: any("target" in technique.asks for technique in of_all),
            self.follow: any(technique.live for technique in of_all),
            self.run_button: True,
        }

    def _fill(self) -> None:
        from analysis.methods.registry import members

        self.methods.show_methods([(family.capitalize(), members(family)) for family in self.kind.families])

    def _connect(self) -> None:
        state, pane = self._state, self.pane
        self.methods.chosen.connect(self._choose)
        self.asked.changed.connect(self._change)
        self.run_button.clicked.connect(self.run_or_stop)
        self.settings_button.toggled.connect(self.asked.setVisible)
        self.follow.toggled.connect(self._follow)
        self.runner.busy_changed.connect(self._show_busy)
        for changed in (state.target_changed, state.unit_changed):
            changed.connect(self._change)
        state.layer_changed.connect(self._take_layer)
        state.network_changed.connect(self._take_network)
        pane.drew.connect(self._tell_extras)
        pane.forgot.connect(self._clear_extras)
        pane.compare_wanted.connect(self.compare_wanted)
        pane.trust_wanted.connect(self._ask_trust)
        pane.export_wanted.connect(self._ask_export)

    # what is asked

    def recipe(self) -> Recipe | None:
        plain = self.plain_recipe()
        return self._with_extras(plain) if plain is not None else None

    def plain_recipe(self) -> Recipe | None:
        """What the controls say, without what the extras add; None where something is missing."""
        from analysis.methods.method import asks_no_network
        from analysis.protocol.recipe import NO_NETWORK

        state, technique = self._state, self.technique
        if technique is not None and asks_no_network(technique):
            return Recipe(
                NO_NETWORK, method=technique.name, settings=self.asked.form.values(), seed=self.asked.seed_chosen
            )
        if state.network is None or technique is None:
            return None
        asks = technique.asks
        of_unit = "unit" in asks or ("target" in asks and isinstance(read(state.target), UnitTarget))
        at_most = "target" in asks and state.target == "unit:max"  # of whichever unit it is
        if of_unit and state.unit is None and not at_most:
            return None
        needs_layer = "layer" in asks and "target" not in asks
        if needs_layer and state.layer is None:
            return None
        target = state.target if "picture" in asks else self._named_target()
        recipe = Recipe(
            state.network.choice,
            layer=state.layer if of_unit or needs_layer else self.asked.layer_chosen,
            unit=state.unit if of_unit else None,
            place=state.place if of_unit else None,
            target=target if "target" in asks else "class",
            target_name=name_of_target(read(target), state.network.labels) if "target" in asks else None,
            method=technique.name,
            settings=self.asked.form.values(),
            seed=self.asked.seed_chosen,
        )
        for extra in self.extras:
            recipe = extra.asked(recipe)
        return recipe

    def _named_target(self) -> str:
        """Of what is made without a picture: the class that answers most is that of the picture on the screen."""
        target, live = read(self._state.target), self.runner.live
        if not isinstance(target, ClassTarget) or target.index is not None or target.at is not None:
            return self._state.target
        if live is None or live.logits is None or live.logits.ndim != 1:
            return self._state.target
        return text_of(replace(target, index=int(live.logits.argmax())))

    def _with_extras(self, recipe: Recipe) -> Recipe:
        for extra in self.extras:
            recipe = extra.into_recipe(recipe)
        return recipe

    def show_recipe(self, recipe: Recipe, run: bool = True) -> None:
        """What follows the live view runs again anyway."""
        self._state.set_target(recipe.target)
        self.methods.choose(recipe.method)
        self.asked.show_recipe(recipe)
        for extra in self.extras:
            extra.take_over(recipe)
        said = self.plain_recipe()
        self._opened = (recipe, said) if said is not None else None
        if self._follows():
            self.runner.refresh()
        elif run:
            self.runner.stop()
            self.run()
        else:
            self.runner.stop()
            self._forget()
        for extra in self.extras if run else ():
            extra.from_recipe(recipe)

    def explain(self, target: str, method: str | None = None) -> None:
        """Explains this target now; by the method that is chosen if none is named."""
        self._state.set_target(target)
        if method is not None:
            self.methods.choose(method)
        if not self._follows():
            self.run()

    @Slot()
    def run_or_stop(self) -> None:
        if self.runner.busy:
            self.runner.stop()
        else:
            self.run()

    @Slot()
    def run(self, reins: Reins | None = None) -> None:
        """With `reins` that are held already it may rest from its first step on."""
        recipe, pane = self.plain_recipe(), self.pane
        if recipe is None or self.technique is None:
            pane.notice.show_notice(self._missing(), "hint")
            return
        recipe = self._with_course(recipe)
        if self.kind.running:
            self._forget()
            pane.say(self.kind.running)
        elif not pane.drawn:
            pane.say(f"{self.technique.summary}\n\nIt runs; what it finds is drawn here.")
        pane.expect(recipe)
        title = f"{self.kind.title}: {self.technique.title}"
        self._told = dict(recipe.settings)
        self.runner.run(recipe, pane.show_progress, pane.show_result, self._fail, title, reins=reins)

    def _with_course(self, recipe: Recipe) -> Recipe:
        """What was opened takes the turns that it took, as long as nothing else is asked."""
        if self._opened is None or recipe != self._opened[1]:
            return recipe
        return replace(recipe, course=self._opened[0].course)

    def go_on(self, recipe: Recipe, reins: Reins) -> None:
        pane = self.pane
        assert self.technique is not None
        pane.expect(recipe)
        title = f"{self.kind.title}: {self.technique.title}"
        say = (pane.show_progress, pane.show_result, self._fail)
        self.runner.run(recipe, *say, title, frame=self.runner.frame, reins=reins)

    def _fail(self, failure: Failure) -> None:
        self.pane.show_failure(failure, keep=self.kind.stays)

    def _missing(self) -> str:
        """Which choice is missing, where there is no recipe."""
        if self._state.network is None:
            return NO_NETWORK
        needs_layer = self.technique is not None and "target" not in self.technique.asks
        return NO_LAYER if needs_layer and self._state.layer is None else NO_UNIT

    def _follows(self) -> bool:
        """Whether the chosen method runs by itself for every picture."""
        return self.technique is not None and self.technique.live and self.follow.isChecked()

    @Slot()
    def _follow(self) -> None:
        if self._follows() and self.isVisible():
            self.runner.follow(self.recipe, self.pane.show_result, self.pane.show_failure, self.pane.take_note)
        else:
            self.runner.stop_following()
        self._enable()

    @Slot()
    def _change(self) -> None:
        self._steer()
        self.pane.hush_no_more()
        if self.pane.notice.sentence in (NO_UNIT, NO_LAYER, NO_NETWORK) and self.recipe() is not None:
            self.pane.notice.clear()
        self._enable()
        self.runner.refresh()

    def _steer(self) -> None:
        """What runs hears of what was changed just now, and of nothing else: a turn that it took is no change."""
        from analysis.methods.method import steered_settings

        names = steered_settings(self.technique) if self.technique is not None else ()
        now = {name: value for name, value in self.asked.form.values().items() if name in names}
        changed = {name: value for name, value in now.items() if self._told.get(name) != value}
        self._told.update(now)
        if changed:
            self.runner.steer(changed)

    @Slot(str)
    def _choose(self, name: str) -> None:
        from analysis.methods.registry import method

        self.runner.stop()
        self.technique = method(name)
        self.asked.show_method(self.technique)
        self.pane.use(self.technique, stale=self._follows())
        if not self.pane.stale and not self.pane.drawn:
            self.pane.say(self._waiting_words())
        self._follow()

    def _waiting_words(self) -> str:
        """What stands where a result will be."""
        technique = self.technique
        if technique is None or self.kind.empty:
            return self.kind.empty
        if not technique.live:
            return f"{technique.summary}\n\nPress Run: it is drawn step by step."
        return f"{technique.summary}\n\n{'It comes by itself.' if self._follows() else 'Press Run.'}"

    @Slot()
    def _take_layer(self) -> None:
        self.asked.show_layer()
        self._change()

    @Slot()
    def _take_network(self) -> None:
        """Another network: the result is of the one before."""
        self.asked.take_network()
        if self.technique is not None and self.runner.is_apart(self.technique.name):
            self._enable()
            return
        self.pane.hush_no_more()
        self.pane.notice.clear()
        if self.kind.stays and not self._follows():
            self.pane.stay_with_another_network()
        else:
            self.pane.forget_all()
        if self.pane.result is None:
            self._forget()

    def _forget(self) -> None:
        self.pane.forget()
        self.pane.note.setText("")
        self.pane.say(self._waiting_words())

    @Slot(bool)
    def _show_busy(self, busy: bool) -> None:
        self.head.show_busy(busy)
        if not busy:
            self.pane.keep_what_came()
        if not busy and not self.pane.drawn:
            self.pane.say(self._waiting_words())  # it was stopped before there was anything to see

    def _enable(self) -> None:
        technique = self.technique
        asks = technique.asks if technique is not None else frozenset()
        self.follow.setVisible(technique is not None and technique.live)
        self.target.setVisible("target" in asks)
        self.run_button.setVisible(not self._follows())
        if self._follows() and self._state.network is not None and self.recipe() is None:
            self.pane.lack(self._missing())

    # what comes back, and what is asked of it

    @property
    def frame(self) -> Frame | None:
        """The picture of the result that is shown; the runner may be at the next one already."""
        return self.pane.frame

    def shown(self) -> MethodResult | None:
        result = self.pane.shown()
        return replace(result, recipe=self._with_extras(result.recipe)) if result is not None else None

    @Slot(object, object, object, bool)
    def _tell_extras(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        for extra in self.extras:
            extra.on_result(recipe, result, picture, done)

    @Slot()
    def _clear_extras(self) -> None:
        for extra in self.extras:
            extra.clear()

    @Slot(object, object)
    def _ask_trust(self, result: MethodResult, frame: Frame | None) -> None:
        self.trust_wanted.emit(result, frame)

    @Slot(object)
    def _ask_export(self, _result: MethodResult) -> None:
        self.export_wanted.emit(self.shown())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._follow()

    def hideEvent(self, event: QHideEvent) -> None:
        """What nobody sees is not computed; a job that a person started goes on."""
        super().hideEvent(event)
        if not self.runner.busy:
            self.runner.stop_following()
