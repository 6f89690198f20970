"""What the tabs ask of each other and of the window, and how recipes come to them and go.

The table of tabs says which there are, and where what is asked goes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from analysis.files.lecture import LectureCard
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget, text_of
from gui.tabs.around import Around
from gui.tabs.late_tab import LateTab
from gui.tabs.method_tab import MethodTab
from gui.tabs.panel import TabPanel
from gui.tabs.tab import Tab
from gui.tabs.table import ACTIVATIONS, COMPARES, EXPLAINS, GALLERY, GROUPS, LECTURE, TESTS_MAPS, tab_of

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from analysis.protocol.events import Live, MethodResult
    from analysis.protocol.frame import Frame
    from analysis.protocol.recipe import PictureChoice, Recipe
    from gui.export.figures import Shown
    from gui.tabs.lectures import LecturePanel
    from gui.window.main_window import MainWindow


class Surroundings(Around, Protocol):
    """What the tabs together need of the session."""

    @property
    def window(self) -> MainWindow: ...
    def feed_origin(self, origin: str) -> None: ...
    @property
    def settings(self) -> QSettings: ...
    def looked_at(self) -> Recipe:
        """Network, picture, layer and unit that are seen now, whatever tab is in front."""


NOTHING_SEEN = "There is nothing to put into a lecture yet: a network and a picture are needed."
TOLD = 6000  # milliseconds
NOTHING_SHOWN = "There is nothing to export in this tab yet: run what it shows first."


class TabRouter(QObject):
    """`tabs["saliency"]` is the tab with this key, whose `panel` is made when it is first asked for."""

    export_wanted = Signal(object)  # MethodResult or Compared, as it is looked at
    open_wanted = Signal(object)  # Recipe
    draw_wanted = Signal(object, str)  # Recipe, and what its file may be called
    fetch_wanted = Signal(object)  # names of networks
    dream_wanted = Signal(object)  # terms, of which a picture is to be made
    lecture_wanted = Signal(object, int)  # Lecture, and the card that it begins with

    def __init__(self, session: Surroundings, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._pages = session.window.tabs
        self._wanted: Recipe | None = None
        self._network_is_there = False
        self._picture_is_missing = False
        self._only_shows = False  # what is wanted: the person has not asked to run it
        self._late: dict[str, LateTab[TabPanel]] = {}
        for group in GROUPS:
            for tab in group.tabs:
                if tab is not ACTIVATIONS:
                    self._late[tab.key] = late = _late(tab, self)
                    self._pages.add_tab(group.title, late, tab.title, tab.help)
        self._maps: LateTab[TabPanel] | None = None  # the tab of maps that was in front last
        self._looked: QWidget = session.window.activations  # the tab in front, or the last one before the gallery
        self._pages.currentChanged.connect(self._offer_test)
        session.loop.shown.connect(self._open_wanted)
        session.state.network_changed.connect(self._note_network)
        # Queued: the tabs forget first what they know of the network before.
        session.window.closing.connect(self._end)

    def __getitem__(self, key: str) -> LateTab[TabPanel]:
        return self._late[key]

    def make(self, tab: Tab, parent: QWidget) -> TabPanel:
        make = tab.make
        panel = make(self._session, parent) if make is not None else MethodTab(tab, self._session, parent)
        panel.export_wanted.connect(self.export_wanted)
        panel.trust_wanted.connect(self._test)
        panel.compare_wanted.connect(self._compare)
        panel.open_wanted.connect(self.open_wanted)
        panel.draw_wanted.connect(self.draw_wanted)
        panel.fetch_wanted.connect(self.fetch_wanted)
        panel.dream_wanted.connect(self.dream_wanted)
        panel.lecture_wanted.connect(self.lecture_wanted)
        panel.keep_wanted.connect(self._keep_row)
        panel.seen_wanted.connect(self.keep_seen)
        panel.remember_in(self._session.settings)
        panel.picture_wanted.connect(self._session.feed_origin)
        panel.mosaic_wanted.connect(self._show_mosaic)
        return panel

    @Slot()
    def _end(self) -> None:
        self._wanted = None
        for late in self._late.values():
            if late.made:
                late.panel.end()

    @Slot()
    def _show_mosaic(self) -> None:
        self._pages.setCurrentWidget(self._session.window.activations)

    # from tab to tab

    @Slot(object, object)
    def _test(self, result: MethodResult, frame: Frame | None) -> None:
        """Whether to believe the map that is on the screen, as it is looked at."""
        from gui.tabs.trust import TrustPanel

        panel = self._go_to(TESTS_MAPS)
        assert isinstance(panel, TrustPanel)
        panel.test(result.recipe, frame)

    @Slot()
    def _offer_test(self) -> None:
        """Who goes from a map to the tab that tests maps finds that one there, to be tested."""
        from analysis.methods.known import can_be_tested
        from analysis.methods.registry import method
        from gui.tabs.trust import TrustPanel

        page, maps = self._pages.currentWidget(), self._maps
        if page not in (self._late[GALLERY.key], self._late[LECTURE.key]):
            self._looked = page
        late = next((late for late in self._late.values() if late is page), None)
        if late is None or not late.made:
            return
        if isinstance(late.panel, MethodTab):
            self._maps = late
        elif isinstance(late.panel, TrustPanel) and maps is not None and isinstance(maps.panel, MethodTab):
            result = maps.panel.shown()
            if result is not None and can_be_tested(method(result.recipe.method)):
                late.panel.offer(result.recipe, maps.panel.frame)

    @Slot(object)
    def _compare(self, recipe: Recipe) -> None:
        from gui.tabs.compare import ComparePanel

        panel = self._go_to(COMPARES)
        assert isinstance(panel, ComparePanel)
        panel.add(recipe)

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

    def made_in_front(self, tab: Tab) -> MethodTab:
        """A tab of methods, where it can be seen."""
        panel = self._go_to(tab)
        assert isinstance(panel, MethodTab)
        return panel

    def choose_method(self, tab: Tab, name: str) -> None:
        """As in the tab's own menu."""
        self.made_in_front(tab).methods.choose(name)

    def _explain(self, target: str) -> None:
        panel = self._go_to(EXPLAINS)
        assert isinstance(panel, MethodTab)
        panel.explain(target)

    def _go_to(self, tab: Tab) -> TabPanel:
        late = self._late[tab.key]
        self._pages.setCurrentWidget(late)
        return late.panel

    # the lecture

    @property
    def lecture(self) -> LecturePanel:
        from gui.tabs.lectures import LecturePanel

        panel = self._late[LECTURE.key].panel
        assert isinstance(panel, LecturePanel)
        return panel

    def show_lecture(self) -> None:
        self._go_to(LECTURE)

    @Slot(str)
    def _keep_row(self, name: str) -> None:
        self._keep(LectureCard(row=name))

    @Slot()
    def keep_seen(self) -> None:
        """What is seen now; in the gallery, what was seen before it."""
        if self._session.state.network is None:
            self._session.window.notice.show_notice(NOTHING_SEEN, "hint", passing=True)
            return
        late = next((late for late in self._late.values() if late is self._looked), None)
        recipe = self._made(self._session.looked_at(), late.panel if late is not None else None)
        self._keep(LectureCard(recipe=recipe, title=words_of(recipe)))

    def _keep(self, card: LectureCard) -> None:
        lecture = self.lecture
        lecture.add(card)
        words = f"Card {len(lecture.lecture)} of “{lecture.lecture.title}”: {card.heading}."
        self._session.window.statusBar().showMessage(words, TOLD)

    # figures

    @property
    def _front(self) -> TabPanel | None:
        """What is in front, unless that is the first tab."""
        page = self._pages.currentWidget()
        return next((late.panel for late in self._late.values() if late is page), None)

    @property
    def in_front(self) -> bool:
        """Whether another tab than the first is."""
        return self._front is not None

    def shown(self) -> Shown | None:
        """What the tab in front shows, and a word where that is nothing yet; None in the first one."""
        front = self._front
        shown = front.shown() if front is not None else None
        if front is not None and shown is None:
            self._session.window.notice.show_notice(NOTHING_SHOWN, "hint", passing=True)
        return shown

    # recipes

    def described(self, recipe: Recipe, at_once: bool = False) -> Recipe:
        """The recipe with what the tab in front makes; with `at_once` only if that is quick to compute again."""
        return self._made(recipe, self._front, at_once)

    def _made(self, recipe: Recipe, panel: TabPanel | None, at_once: bool = False) -> Recipe:
        asked = panel.recipe() if panel is not None else None
        if asked is None or (at_once and not _is_quick(asked)):
            return recipe
        return replace(asked, picture=recipe.picture, looks=recipe.looks)

    def open(self, recipe: Recipe) -> None:
        """Shows the tab that makes what the recipe describes, as soon as its picture is there."""
        self._wanted, self._network_is_there, self._picture_is_missing = None, False, False
        self._only_shows = False
        if recipe.method != ACTIVATIONS.key or recipe.comparison is not None:
            self._wanted = recipe
        else:
            self._pages.setCurrentWidget(self._session.window.activations)

    def open_beside_network(self, recipe: Recipe) -> None:
        """Of a recipe that asks for none: the network that is there stays."""
        self.open(recipe)
        self._note_network()

    def come_back_to(self, recipe: Recipe) -> None:
        """The tab that was in front last time, as it was asked then; what takes long is not run unasked."""
        self._wanted, self._only_shows = recipe, True

    def in_front_at_length(self, recipe: Recipe) -> Recipe | None:
        """What the tab in front would make, where that is not quick: `described` leaves it out."""
        described = self.described(recipe)
        return None if described is recipe or _is_quick(described) else described

    def do_without_picture(self) -> None:
        """The recipe's picture is not to be had: its tab comes back all the same, but nothing is run on another one."""
        self._picture_is_missing = True

    @Slot()
    def forget_wanted(self) -> None:
        """The recipe's network does not come, or another one was chosen."""
        self._wanted = None

    @property
    def wanted(self) -> Recipe | None:
        """What is shown as soon as its network and its picture are there."""
        return self._wanted

    @Slot()
    def _note_network(self) -> None:
        self._network_is_there = True
        QTimer.singleShot(0, self._open_what_asks_no_picture)  # after everybody has heard of the network

    @Slot()
    def _open_what_asks_no_picture(self) -> None:
        """There may be none, and none may come."""
        from analysis.methods.dependence import dependences

        recipe = self._wanted
        if recipe is None or recipe.comparison is not None or not self._network_is_there:
            return
        try:
            asks_a_picture = "picture" in dependences(recipe)
        except Problem:  # told when it is to be shown
            return
        if not asks_a_picture:
            self._wanted = None
            self._show(recipe, run=not self._only_shows)

    @Slot(object)
    def _open_wanted(self, live: Live) -> None:
        recipe = self._wanted
        if recipe is None or not self._network_is_there:
            return
        if not self._picture_is_missing and _awaits(recipe.picture, live.frame.origin):
            return
        self._wanted = None
        self._show(recipe, run=not (self._picture_is_missing or self._only_shows))

    def _show(self, recipe: Recipe, run: bool) -> None:
        """The tab that makes what the recipe describes, with its settings."""
        try:
            _check(recipe)
        except Problem as problem:
            self._session.window.notice.show_notice(str(problem))
            return
        tab = tab_of(recipe)
        if tab is not None and tab is not ACTIVATIONS:
            self._go_to(tab).show_recipe(recipe, run)


def _late(tab: Tab, router: TabRouter) -> LateTab[TabPanel]:
    return LateTab(lambda parent: router.make(tab, parent))


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


def words_of(recipe: Recipe) -> str:
    """A title for what a recipe describes, until the person gives it one."""
    from analysis.methods.registry import method
    from gui.views.layer_words import path_in_words

    if recipe.comparison is not None:
        return "A comparison"
    parts = [method(recipe.method).title, Path(recipe.model.name).name]
    if recipe.layer is not None:
        parts.append(path_in_words(recipe.layer))
    if recipe.unit is not None:
        parts.append(f"unit {recipe.unit}")
    return " · ".join(parts)


def _is_quick(recipe: Recipe) -> bool:
    from analysis.methods.registry import method

    return recipe.comparison is None and method(recipe.method).live
