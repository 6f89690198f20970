"""The Explain tabs of the window: they are made here, and what one asks of another or of the session is joined here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from analysis.protocol.events import MethodResult
from analysis.protocol.problems import Problem
from analysis.protocol.requests import ExamineRequest
from analysis.protocol.target import ClassTarget, text_of
from gui.lane.backward import BackwardMode
from gui.lane.jobs import Job
from gui.lane.method_runner import MethodRunner
from gui.process.unforeseen import details_of, trying
from gui.tabs.grid_run import Comparison
from gui.tabs.late_tab import LateTab

if TYPE_CHECKING:
    from analysis.protocol.events import Catalogue, Examined, Live
    from analysis.protocol.frame import Frame
    from analysis.protocol.problems import CodeFile
    from analysis.protocol.recipe import PictureChoice, Recipe
    from analysis.studies.grid import Compared
    from gui.lane.dispatcher import Dispatcher
    from gui.lane.jobs import Jobs
    from gui.lane.live_loop import LiveLoop
    from gui.lane.networks import Networks
    from gui.lane.worker import EngineLike
    from gui.selection import State
    from gui.sources.feed import Feed
    from gui.tabs.compare import ComparePanel
    from gui.tabs.occlusion import OcclusionPanel
    from gui.tabs.saliency import SaliencyPanel
    from gui.tabs.trust import TrustPanel
    from gui.window.main_window import MainWindow


ACTIVATIONS = "activations"  # the method of recipes that explain nothing
NOTHING_SHOWN = "There is nothing to export in this tab yet: run what it shows first."


class Surroundings(Protocol):
    """What the tabs need of the session."""

    @property
    def state(self) -> State: ...
    @property
    def dispatcher(self) -> Dispatcher: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def networks(self) -> Networks: ...
    @property
    def loop(self) -> LiveLoop: ...
    @property
    def feed(self) -> Feed: ...
    @property
    def window(self) -> MainWindow: ...
    @property
    def catalogue(self) -> Catalogue | None: ...
    @property
    def make_engine(self) -> Callable[[], EngineLike]: ...
    def note(self, sentence: str) -> None: ...


class Explain(QObject):
    """The tabs that explain: what one asks of another, and how recipes, figures and findings come to them."""

    def __init__(self, session: Surroundings, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._tabs = session.window.tabs
        self._wanted: Recipe | None = None
        self._network_is_there = False
        self._picture_is_missing = False
        self._examined = -1  # epoch of the network that the doctor was asked about
        session.loop.shown.connect(self._open_wanted)
        session.state.network_changed.connect(self._note_network)
        self._runners = {name: self._runner() for name in ("saliency", "occlusion", "trust")}
        self.saliency = LateTab(self._saliency)
        self._tabs.addTab(self.saliency, "Saliency")
        self.occlusion = LateTab(self._occlusion)
        self._tabs.addTab(self.occlusion, "Occlusion")
        self.trust = LateTab(self._trust)
        self._tabs.addTab(self.trust, "Trust")
        self._comparison = Comparison(session.jobs, self, session.make_engine)
        self.compare = LateTab(self._compare)
        self._tabs.addTab(self.compare, "Compare")
        session.dispatcher.catalogue.connect(self._show_catalogue)
        session.dispatcher.examined.connect(self._show_findings)
        self._tabs.currentChanged.connect(self._examine)
        session.state.network_changed.connect(self._examine)
        session.window.closing.connect(self._comparison.close)
        self.backward = BackwardMode(session.state, self)
        self.backward.changed.connect(self._show_backward)
        self.backward.noted.connect(session.note)
        self.backward.mended.connect(self._take_back_note)
        self._bind_backward()
        session.window.predictions.explain_wanted.connect(self.explain_class)
        session.window.actions_.bind("target-best", self.explain_best)

    @Slot(object)
    def _test_saliency(self, result: MethodResult) -> None:
        self._test(result, self.saliency.panel.frame)

    @Slot(object)
    def _test_occlusion(self, result: MethodResult) -> None:
        self._test(result, self._runners["occlusion"].frame)

    def _test(self, result: MethodResult, frame: Frame | None) -> None:
        """Whether to believe the map that is on the screen, as it is looked at."""
        self._tabs.setCurrentWidget(self.trust)
        self.trust.panel.test(result.recipe, frame)

    # figures

    @property
    def in_front(self) -> bool:
        """Whether one of these tabs is."""
        return self._tabs.currentWidget() in (self.saliency, self.occlusion, self.trust, self.compare)

    def export_shown(self) -> bool:
        """Asks where to the figure of the tab in front goes; False if that is none of these tabs."""
        shown = self._shown()
        if isinstance(shown, MethodResult):
            self._export(shown)
        elif shown is not None:
            self._export_comparison(shown)
        return self.in_front

    def drawing_of_shown(self) -> Callable[[], bytes] | None:
        """Draws the figure of the tab in front as a PNG; None where there is none."""
        from gui.export.explain_export import comparison_bytes
        from gui.export.figures import figure_bytes

        shown = self._shown()
        if isinstance(shown, MethodResult):
            return partial(figure_bytes, shown, self._session.state.network, ".png")
        return partial(comparison_bytes, shown, ".png") if shown is not None else None

    def _shown(self) -> MethodResult | Compared | None:
        """What the tab in front shows, and a word where that is nothing yet."""
        front = self._tabs.currentWidget()
        tab = next((tab for tab in (self.saliency, self.occlusion, self.trust, self.compare) if tab is front), None)
        if tab is None:
            return None
        shown: MethodResult | Compared | None = tab.panel.shown()
        if shown is None:
            self._session.window.notice.show_notice(NOTHING_SHOWN, "hint", passing=True)
        return shown

    @Slot(object)
    def _export(self, result: MethodResult) -> None:
        from gui.export.explain_export import write_result
        from gui.export.figures import FIGURES, ask_path

        network = self._session.state.network  # another one may come while the person thinks of a name
        path = ask_path(self._session.window, result.recipe.method, FIGURES, "Export figure")
        if path is not None:
            self._written(path, partial(write_result, result, network, path))

    @Slot(object)
    def _export_comparison(self, compared: Compared) -> None:
        from gui.export.explain_export import write_comparison
        from gui.export.figures import FIGURES, ask_path

        path = ask_path(self._session.window, "comparison", FIGURES, "Export figure")
        if path is not None:
            self._written(path, partial(write_comparison, compared, path))

    def _written(self, path: Path, write: Callable[[], None]) -> None:
        window = self._session.window
        try:
            with trying("The figure could not be exported"):
                write()
        except Problem as problem:
            window.notice.show_notice(str(problem), details=details_of(problem))
        else:
            window.statusBar().showMessage(f"Written to {path}.", 5000)

    @Slot(object)
    def _add_to_comparison(self, recipe: Recipe) -> None:
        self.compare.panel.add(recipe)
        self._tabs.setCurrentWidget(self.compare)

    @Slot(object)
    def _show_catalogue(self, catalogue: Catalogue) -> None:
        if self.compare.made:
            self.compare.panel.show_entries(catalogue.entries)

    def explain_best(self) -> None:
        """Whichever class responds most."""
        self._explain("class")

    @Slot(int)
    def explain_class(self, index: int) -> None:
        self._explain(text_of(ClassTarget(index=index)))

    def explain_unit(self, unit: int) -> None:
        """The chosen layer's unit, where it answers most."""
        self._session.state.set_unit(unit)
        self._explain("unit:max")

    @Slot()
    def _examine(self) -> None:
        """The doctor sees each network once, when somebody is about to explain it."""
        session = self._session
        network = session.state.network
        if network is None or self._tabs.currentWidget() is not self.saliency or self._examined == network.epoch:
            return
        self._examined = network.epoch
        request = ExamineRequest(session.dispatcher.next_id(), network.epoch)
        session.jobs.start(Job(request.id, "Examining the network", session.dispatcher, quiet=True), request)

    @Slot(object)
    def _show_findings(self, examined: Examined) -> None:
        self.saliency.panel.warn(examined.findings)

    # recipes

    def described(self, recipe: Recipe, at_once: bool = False) -> Recipe:
        """The recipe with what the tab in front explains; with `at_once` only if that is quick to compute again."""
        front = self._tabs.currentWidget()
        asked: Recipe | None = None
        if front is self.saliency:
            asked = self.saliency.panel.recipe()
        elif front is self.occlusion:
            asked = self.occlusion.panel.recipe()
        elif front is self.trust:
            asked = self.trust.panel.recipe()
        elif front is self.compare:
            asked = self.compare.panel.recipe()
        if asked is None or (at_once and not _is_quick(asked)):
            return recipe
        return replace(asked, picture=recipe.picture, display=recipe.display)

    def open(self, recipe: Recipe) -> None:
        """Shows the tab that makes what the recipe describes, as soon as its picture is there."""
        self._wanted, self._network_is_there, self._picture_is_missing = None, False, False
        if recipe.method != ACTIVATIONS or recipe.comparison is not None:
            self._wanted = recipe
        else:
            self._tabs.setCurrentWidget(self._session.window.activations)

    def do_without_picture(self) -> None:
        """The recipe's picture is not to be had: its tab comes back all the same, but nothing is run on another one."""
        self._picture_is_missing = True

    @Slot()
    def forget_wanted(self) -> None:
        """The recipe's network does not come, or another one was chosen."""
        self._wanted = None

    @Slot()
    def _note_network(self) -> None:
        self._network_is_there = True

    @Slot(object)
    def _open_wanted(self, live: Live) -> None:
        recipe = self._wanted
        if recipe is None or not self._network_is_there:
            return
        if not self._picture_is_missing and _awaits(recipe.picture, live.frame.origin):
            return
        self._wanted = None
        self._show(recipe, run=not self._picture_is_missing)

    def _show(self, recipe: Recipe, run: bool) -> None:
        """The tab that makes what the recipe describes, with its settings, if there is such a thing."""

        from analysis.methods.registry import method
        from gui.tabs.occlusion import KINDS

        try:
            _check(recipe)
        except Problem as problem:
            self._session.window.notice.show_notice(str(problem))
            return
        technique = method(recipe.method)
        tab = self.occlusion if recipe.method in KINDS else self.saliency
        if recipe.comparison is not None:
            self._tabs.setCurrentWidget(self.compare)
            self.compare.panel.show_recipe(recipe, run)
        elif technique.family == "trust":
            self._tabs.setCurrentWidget(self.trust)
            self.trust.panel.show_recipe(recipe, run)
        elif technique.family != "activations":
            self._tabs.setCurrentWidget(tab)
            tab.panel.show_recipe(recipe, run)

    def _bind_backward(self) -> None:
        mode, actions = self.backward, self._session.window.actions_
        for command, function in (
            ("backward", mode.show_in_mosaic),
            ("backward-cycle", mode.cycle),
            ("backward-freeze", mode.hold),
            ("backward-mode", mode.next_rule),
            ("backward-view", mode.next_view),
        ):
            actions.bind(command, function)

    @Slot(str)
    def _take_back_note(self, sentence: str) -> None:
        notice = self._session.window.notice
        if notice.sentence == sentence:
            notice.clear()

    @Slot()
    def _show_backward(self) -> None:
        mode, window = self.backward, self._session.window
        window.actions_["backward"].setChecked(mode.in_mosaic)
        window.actions_["backward-freeze"].setChecked(mode.held)
        window.picture.look_back_as(mode.view)

    def _explain(self, target: str) -> None:
        self._tabs.setCurrentWidget(self.saliency)
        self.saliency.panel.explain(target)

    def _runner(self) -> MethodRunner:
        session = self._session
        return MethodRunner(session.state, session.dispatcher, session.jobs, session.loop, self, self._mirrored)

    def _mirrored(self) -> bool:
        return self._session.feed.mirrored

    def _agreed(self) -> frozenset[CodeFile]:
        return self._session.networks.agreed

    def _device(self) -> str:
        return self._session.networks.device

    def _saliency(self, parent: QWidget) -> SaliencyPanel:
        from gui.tabs.saliency import SaliencyPanel

        panel = SaliencyPanel(self._session.state, self._runners["saliency"], parent)
        panel.export_wanted.connect(self._export)
        panel.trust_wanted.connect(self._test_saliency)
        panel.compare_wanted.connect(self._add_to_comparison)
        return panel

    def _occlusion(self, parent: QWidget) -> OcclusionPanel:
        from gui.tabs.occlusion import OcclusionPanel

        panel = OcclusionPanel(self._session.state, self._runners["occlusion"], parent)
        panel.trust_wanted.connect(self._test_occlusion)
        panel.export_wanted.connect(self._export)
        return panel

    def _trust(self, parent: QWidget) -> TrustPanel:
        from gui.tabs.trust import TrustPanel

        panel = TrustPanel(self._session.state, self._runners["trust"], parent)
        panel.export_wanted.connect(self._export)
        return panel

    def _compare(self, parent: QWidget) -> ComparePanel:
        from gui.tabs.compare import ComparePanel

        session = self._session
        panel = ComparePanel(
            session.state, session.loop, self._comparison, parent, self._mirrored, self._agreed, self._device
        )
        panel.export_wanted.connect(self._export_comparison)
        if session.catalogue is not None:
            panel.show_entries(session.catalogue.entries)
        return panel


def _awaits(picture: PictureChoice | None, shown: str) -> bool:
    """Whether the picture is still to come, rather than here."""
    return picture is not None and picture.origin != shown


def _check(recipe: Recipe) -> None:
    """One sentence on what it asks that cannot be: files come from anywhere."""
    from analysis.methods.registry import method
    from analysis.methods.settings import configured
    from analysis.studies.grid import questions

    configured(method(recipe.method), recipe.settings)
    if recipe.comparison is not None:
        questions(recipe)


def _is_quick(recipe: Recipe) -> bool:
    from analysis.methods.registry import method

    return recipe.comparison is None and method(recipe.method).live
