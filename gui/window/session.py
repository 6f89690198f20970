"""One session with the window: everything that lives as long as it, and who listens to whom.

Panels know the state and their own signals; what joins them is here, what commands do is in `bindings.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage

from analysis.files.lecture import is_lecture
from analysis.opening.begins_with import PICTURES, begins_with, comes_with_weights, first_network, kind_by_name, kind_of
from analysis.protocol.origin import Origin
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe, from_json, to_json
from gui.lane.backward import BackwardMode
from gui.lane.jobs import Jobs
from gui.lane.kept_side import KeptSide
from gui.lane.lanes import Lanes
from gui.lane.live_loop import LiveLoop
from gui.lane.networks import Networks
from gui.lane.opened_atlas import OpenedAtlas
from gui.lane.worker import EngineLike, real_engine
from gui.options import WindowOptions
from gui.process.settings_file import is_saved, unsaved
from gui.sources.handful import NETWORK_SUFFIXES, RECIPE_SUFFIXES, sorted_out
from gui.sources.opening import NAMES
from gui.sources.tensor import is_tensor
from gui.window.doubts import Doubts, is_source, left_out, without
from gui.window.dreaming import Dreaming
from gui.window.main_window import MainWindow
from gui.window.tab_router import TabRouter

if TYPE_CHECKING:
    from analysis.pictures.samples import Kind
    from analysis.protocol.events import Catalogue, Failure, Live, Loaded
    from analysis.protocol.frame import Frame
    from analysis.protocol.preprocessing import Overruling
    from analysis.protocol.problems import CodeFile
    from gui.sources.feed import Feed
    from gui.sources.source import Source
    from gui.window.openings import Opening, Openings

FIRST_NETWORK = first_network()
FIRST_PICTURE = PICTURES[kind_by_name(ModelChoice(FIRST_NETWORK)) or "photographs"]
FIRST = Recipe(ModelChoice(FIRST_NETWORK), PictureChoice(FIRST_PICTURE))
RECENT = 10
SAVED_EVERY = 5000  # milliseconds
STAYS = 3.0  # seconds that a failure is told at least while pictures stream
DRAW = "This network reads digits that are drawn by hand: draw one on the sketch pad."
NOTHING_DRAWN = "Draw on the sketch pad in the Picture dock: the answer appears here while you draw."
HINT = "Click a unit to look at it · U and O walk the layers · Ctrl+K finds everything · H shows all keys"


class Session(QObject):
    """What is opened and shown, from the first start to the last word: sources, network, recipe, what is remembered."""

    first_answer = Signal()  # the first picture has been through the network and is on the screen
    closing = Signal()  # the last moment at which everything still runs
    closed = Signal()
    fed = Signal()  # the feed has another source, or was frozen, thawed or mirrored

    def __init__(
        self,
        options: WindowOptions,
        settings: QSettings | None = None,
        make_engine: Callable[[], EngineLike] = real_engine,
        window: MainWindow | None = None,
        openings: Openings | None = None,
    ) -> None:
        super().__init__()
        self.options = options
        self.settings = settings or QSettings()
        self.window = window or MainWindow()
        self.window.furnish()
        self.state = self.window.state
        self.jobs = Jobs(self)
        self.lanes = Lanes(self.jobs, self, make_engine)
        self.dispatcher = self.lanes["view"]
        self.atlas = OpenedAtlas(self.settings, self)
        self.networks = Networks(self.state, self.dispatcher, self.jobs, self)
        self.loop = LiveLoop(self.state, self.dispatcher, self.window.activations.mosaic, self)
        self.loop.passed_over.connect(self.lanes.leap)
        self.catalogue: Catalogue | None = None
        self.tabs = TabRouter(self, self)
        self.dreaming = Dreaming(self.state, self.tabs, self)
        self.backward = BackwardMode(self.state, self)
        self.kept = KeptSide(self, self)
        self._feed: Feed | None = None
        self._wanted: Recipe | None = None
        self._live_note = self._unwanted_note = ""
        self._waiting_words = ""
        self._failure: tuple[Failure, float] | None = None  # that is being told, and when it came
        self._answered = False
        self._comes_back = False  # all of it, as it was when the window closed
        self._chosen = False  # the network was chosen by hand, so a picture that it knows may come with it
        self._kind: Kind | None = None  # of the network that the picture in view was there for
        self._closed = False
        self._fell_back = False  # to the first picture, when the source asked for gave none
        self._saved: tuple[object, ...] | None = None  # what this window wrote last into the settings
        self._told_unsaved = False
        self._saving = QTimer(self)
        self._saving.setInterval(SAVED_EVERY)
        self._saving.timeout.connect(self.save)
        self._openings = openings
        self._doubts = Doubts(openings, self, self) if openings is not None else None
        self._join()

    @property
    def feed(self) -> Feed:
        """The source of pictures; it and what it needs are made at the first use, after the window stands."""
        if self._feed is None:
            from gui.sources.feed import Feed

            self._feed = Feed(self)
            self._feed.frame.connect(self._take_frame)
            self._feed.failed.connect(self._source_failed)
            self._feed.recovered.connect(self._source_recovered)
            self._feed.remarked.connect(self._remark)
            self._feed.waiting.connect(self._show_waiting)
            self._feed.leapt.connect(self.loop.pass_over)
            self._feed.leapt.connect(self.window.picture.leap)
            self._feed.opened.connect(self._remember_picture)
            self._feed.changed.connect(self._source_changed)
            self._feed.changed.connect(self.fed)
            self._feed.switched.connect(self.fed)
            if self._doubts is not None:
                self._doubts.watch_sources(self._feed)
        return self._feed

    @Slot(str)
    def feed_origin(self, origin: str) -> None:
        """Shows the picture that is named."""
        self.feed.open_origin(origin)

    @property
    def mirrored(self) -> bool:
        """Whether the source swaps left and right."""
        return self._feed is not None and self._feed.mirrored

    @property
    def agreed(self) -> frozenset[CodeFile]:
        """The files that the person let run as programs."""
        return self.networks.agreed

    @property
    def device(self) -> str:
        """Where networks compute."""
        return self.networks.device

    @property
    def first_picture(self) -> str:
        """The origin of a picture that the network knows, as far as it is known itself."""
        return PICTURES[self._kind or "photographs"]

    def recipe(self, at_once: bool = False) -> Recipe:
        """Everything that is seen now; with `at_once` without what takes long to compute again."""
        return self.tabs.described(self.looked_at(), at_once)

    def looked_at(self) -> Recipe:
        """Network, picture, layer and unit that are seen now, whatever tab is in front."""
        network, frame, state = self.state.network, self.loop.seen, self.state
        picture = None
        if frame is not None:
            picture = PictureChoice(frame.origin, mirrored=self.feed.mirrored)
        return Recipe(
            model=network.choice if network is not None else ModelChoice(FIRST_NETWORK),
            picture=picture,
            layer=state.layer,
            unit=state.unit,
            place=state.place,
            target=state.target,
            looks=state.looks,
            backward=self.backward.choice if not self.kept.on else None,
            beside=self.kept.choice,
        )

    # beginning and end

    @Slot()
    def begin(self, given: Source | None = None) -> None:
        """Called once the window stands: loads the network and opens the source, or the one that is given."""
        died = self._died_of()
        recipe = self._first_recipe(died)
        self.networks.choose_device(self.options.device)
        self.window.statusBar().showMessage(HINT)
        source = self.options.source
        if source is not None and died is not None and is_source(_origin_of(source), died.source):
            source, recipe = None, replace(recipe, picture=PictureChoice(self.first_picture))
        if source is not None or given is not None:
            recipe = replace(recipe, picture=None)
        if self._comes_back and self.settings.value("session/moving", False, type=bool):
            self.feed.frame.connect(self._move_on, Qt.ConnectionType.SingleShotConnection)
        self.open_recipe(recipe, trusted=self.options.trusted, said=self.options.said)
        front = self._front_of_last_time() if self._comes_back else None
        if front is not None:
            self.tabs.come_back_to(replace(front, picture=recipe.picture))
        if given is not None:
            self.feed.use(given)
        elif source is not None:
            self.open_source(source)
        options = self.options
        self._chosen = options.model is not None and options.recipe is None and source is None and given is None
        if died is not None:
            again = ("Try again", partial(self._try_again, died))
            self.window.notice.show_notice(left_out(died, FIRST), "warning", ways=[again])
        self._saving.start()

    def _died_of(self) -> Opening | None:
        """What was being opened when a window before this one died, unless it is what every start begins with."""
        dead = self._openings.take_dead() if self._openings is not None else []
        return next((opening for opening in reversed(dead) if left_out(opening, FIRST)), None)

    def _try_again(self, opening: Opening) -> None:
        recipe, options = opening.recipe, self.options
        trusted = options.trusted and recipe.model == options.model
        self.open_recipe(replace(recipe, picture=None) if opening.source else recipe, trusted)
        if opening.source in NAMES:
            self.feed.use_named(opening.source)
        elif opening.source:
            self.feed.open_origin(opening.source)

    def _first_recipe(self, died: Opening | None) -> Recipe:
        """What was asked for, or looked at last; after a death only what was asked for and did not cause it."""
        options = self.options
        last = self._recipe_of_last_time() if died is None and options.recipe is None else None
        self._comes_back = last is not None and options.model is None
        recipe = options.recipe or last or FIRST
        self._kind = kind_by_name(recipe.model)
        if options.model is not None:
            picture = recipe.picture if options.recipe else self._picture_for(options.model, recipe.picture)
            recipe = Recipe(options.model, picture=picture, looks=recipe.looks)
        if died is not None:
            recipe, asked = without(recipe, died, FIRST), recipe
            if recipe.model != asked.model:
                return recipe
        if options.layer is not None:
            recipe = replace(recipe, layer=options.layer, unit=None, place=None)
        if options.unit is not None:
            recipe = replace(recipe, unit=options.unit)
        return recipe

    def _picture_for(self, model: ModelChoice, shown: PictureChoice | None) -> PictureChoice | None:
        """What the network begins with; of one that is known by a file only, that is seen when it is opened."""
        kind = kind_by_name(model)
        if kind is None:
            return shown
        picture = begins_with(shown.origin if shown is not None else None, self._kind, kind)
        self._kind = kind
        return shown if picture is None else PictureChoice(picture)

    @Slot()
    def _move_on(self) -> None:
        """As it did last time, which its name does not say."""
        if self.feed.source is not None:
            self.feed.source.move_on()

    def _front_of_last_time(self) -> Recipe | None:
        """What the tab in front was to make when the window closed, if it was something that takes long."""
        text = str(self.settings.value("session/front", "", type=str))
        try:
            return from_json(text) if text else None
        except Problem:
            return None

    def _recipe_of_last_time(self) -> Recipe | None:
        """What was looked at when the window closed; a network from a file is not opened again unasked."""
        from analysis.opening import own_file

        text = str(self.settings.value("session/recipe", "", type=str))
        try:
            recipe = from_json(text) if text else None
        except Problem:
            return None
        if recipe is None or own_file.is_one(recipe.model.name) or recipe.model.in_memory:
            return None
        if _has_lost_its_weights(recipe.model):
            return None
        if not _is_gone(recipe.picture):
            return recipe
        return replace(recipe, picture=PictureChoice(PICTURES[kind_by_name(recipe.model) or "photographs"]))

    @Slot()
    def close(self) -> None:
        """Stops the sources and the engine, and remembers where we were."""
        if self._closed:
            return
        self._closed = True
        self.closing.emit()
        self._saving.stop()
        self._saved = None  # the window that is closed last is the one that comes back
        self.save()
        if self._doubts is not None:
            self._doubts.end()
        self.window.hide()  # a step of the engine may take its time to end, and a dead window is ugly
        self.loop.stop()
        if self._feed is not None:
            self._feed.stop()
        self.lanes.close()
        self.closed.emit()

    @Slot()
    def save(self) -> None:
        """Where we are, if it is not where we were; also while we work, because who kills a program does not ask."""
        recipe_now = self.recipe(at_once=True)
        recipe = to_json(recipe_now) if self.state.network is not None else ""
        longer = self.tabs.in_front_at_length(self.looked_at()) if recipe else None
        front = to_json(longer) if longer is not None else ""
        moving = self._feed is not None and self._feed.source is not None and self._feed.source.goes_on_moving
        now = (recipe, front, moving, self.window.layout_now())
        if now == self._saved:
            return
        self._saved = now
        if recipe and not recipe_now.model.in_memory:
            self.settings.setValue("session/recipe", recipe)
            self.settings.setValue("session/front", front)
            self.settings.setValue("session/moving", moving)
        self.window.save_layout(self.settings)
        self.settings.sync()
        if not self._told_unsaved and not is_saved(self.settings):
            self._told_unsaved = True
            self.window.notice.show_notice(unsaved(self.settings), "warning")

    # opening things

    def open_recipe(
        self, recipe: Recipe, trusted: bool = False, by_hand: bool = False, said: Overruling | None = None
    ) -> None:
        """Brings back what a recipe describes; what cannot be brought back is said. `said`: how it sees pictures."""
        self.window.notice.clear()
        if self.state.network is not None and _needs_no_network(recipe):
            self.state.set_looks(recipe.looks)
            self.tabs.open_beside_network(recipe)
            return
        self._chosen = by_hand  # as a network that is chosen: with a picture that it knows
        self._wanted = recipe
        if self._doubts is not None:
            self._doubts.expect(recipe)
        self.tabs.open(recipe)
        self.backward.await_network(recipe.backward)
        self.kept.await_network(recipe.beside)
        self.state.set_looks(recipe.looks)
        self.networks.load(recipe.model, recipe, trusted, said=said)
        if recipe.picture is not None:
            self._open_picture(recipe.picture)

    @Slot(object)
    def _open_card(self, recipe: Recipe) -> None:
        self.open_recipe(recipe)

    def open_network(self, choice: ModelChoice, remember: bool = False) -> None:
        """Chosen by hand, wherever. With `remember` the choice says how the person's own file sees pictures."""
        self.window.notice.clear()
        self._chosen = True
        self.tabs.forget_wanted()
        self.backward.forget_awaited()
        self.kept.forget_awaited()
        self.networks.load(choice, remember=remember)

    @Slot(str)
    def open_path(self, path: str) -> None:
        """A picture, folder or video becomes the source; a figure or recipe made here takes us back to it."""
        suffix = Path(path).suffix.lower()
        if is_tensor(path):
            self.window.notice.clear()
            self.feed.open_path(path)
            return
        if suffix in NETWORK_SUFFIXES:
            self.window.network.open_file(path)
            return
        if suffix == ".json" and is_lecture(Path(path)):
            self.window.notice.clear()
            self.tabs.show_lecture()
            self.tabs.lecture.open_file(Path(path))
            return
        recipe = self._recipe_in(path, suffix)
        if recipe is not None:
            self.open_recipe(recipe)
        elif suffix not in RECIPE_SUFFIXES:
            self.window.notice.clear()
            self.feed.open_path(path)
            if not os.path.exists(path):
                self._forget("recent/pictures", path)

    @Slot(object)
    def open_paths(self, paths: Sequence[str]) -> None:
        """What was dropped, pasted or chosen together: as much of it as can be seen at a time."""
        if len(paths) == 1:
            self.open_path(paths[0])
        if len(paths) < 2:
            return
        handful = sorted_out(paths)
        self.window.notice.clear()
        if handful.network:
            self.window.network.open_file(*handful.network)
        if len(handful.shown) == 1:
            self.open_path(handful.shown[0])
        elif handful.shown:
            self.feed.open_paths(handful.shown)
        if handful.left_out and not self.window.notice.sentence:
            self._remark(handful.sentence)

    def paste(self) -> None:
        """The files on the clipboard, those whose paths stand there as text, or the picture."""
        from gui.commands.clipboard import paths_on

        self.window.notice.clear()
        clipboard = QGuiApplication.clipboard()
        paths = paths_on(clipboard.mimeData())
        if paths:
            self.open_paths(paths)
        elif clipboard.mimeData().hasImage():
            self.feed.use_image(clipboard.image())
        else:
            self._remark("There is no picture on the clipboard: copy a picture, or a picture file, and paste again.")

    def _recipe_in(self, path: str, suffix: str) -> Recipe | None:
        """The recipe in a figure; any other picture has none, which is no error."""
        if suffix not in (*RECIPE_SUFFIXES, ".png"):
            return None
        from analysis.files.recipe_inside import has_recipe, read_recipe

        try:
            if suffix == ".png" and not has_recipe(path):
                return None
            return read_recipe(path)
        except Problem as problem:
            self.window.notice.show_notice(str(problem))
            return None

    def _open_picture(self, picture: PictureChoice) -> None:
        origin = Origin.parse(picture.origin)
        if origin.passing:
            self.note(f"The picture came from {origin.in_words} and is gone; another one is shown.")
            self.tabs.do_without_picture()
            self.feed.open_origin(self.first_picture, picture.mirrored)
        else:
            self.feed.open_origin(picture.origin, picture.mirrored)

    def open_source(self, source: str) -> None:
        """A source by its name, a picture by its origin, or a path."""
        self.window.notice.clear()
        if source in ("camera", "screen", "sketch", "noise"):
            self.feed.use_named(source)
            return
        origin = Origin.found(_origin_of(source))
        if origin.named or origin.place is not None or origin.kind == "tensor":
            self.feed.open_origin(origin.text)
        else:
            self.open_path(origin.text)

    def _remember(self, key: str, value: str) -> None:
        """Puts it first in a list of recent things, and leaves in it what another window put there meanwhile."""
        self.settings.sync()
        old = self.recent(key)
        self.settings.setValue(key, [value, *(one for one in old if one != value)][:RECENT])
        self.settings.sync()

    def _forget(self, key: str, value: str) -> None:
        self.settings.sync()
        self.settings.setValue(key, [one for one in self.recent(key) if one != value])
        self.settings.sync()

    def recent(self, key: str) -> list[str]:
        value = self.settings.value(key, [])
        return [str(one) for one in value] if isinstance(value, list) else [str(value)]

    def recent_networks(self) -> list[ModelChoice]:
        """The networks that were shown last, each with its weights; what cannot be read is left out."""
        choices = []
        for text in self.recent("recent/networks"):
            with suppress(Problem):
                choices.append(from_json(text).model)
        return choices

    # what happens

    @Slot(str)
    def note(self, sentence: str) -> None:
        self.window.notice.show_notice(sentence, "hint")

    @Slot(str)
    def _remark(self, sentence: str) -> None:
        """What a key found nothing to do, and the like: said in passing."""
        self.window.notice.show_notice(sentence, "hint", passing=True)

    def _join(self) -> None:
        window, state, networks = self.window, self.state, self.networks
        window.notice.closed.connect(self._note_closed)
        window.dropped.connect(self.open_paths)
        window.pasted_image.connect(self._use_image)
        window.closing.connect(self.close)
        self.loop.shown.connect(self._show)
        self.loop.status.connect(self._show_status)
        networks.listed.connect(self._show_catalogue)
        self.jobs.failed.connect(self._show_failure)
        self.jobs.started.connect(window.jobs.add)
        self.jobs.progressed.connect(window.jobs.show_progress)
        self.jobs.ended.connect(window.jobs.remove)
        window.jobs.cancelled.connect(self.jobs.cancel)
        window.jobs.moved.connect(self.jobs.move)
        window.jobs.hurried.connect(self.lanes.hurry)
        networks.loading.connect(window.network.show_loading)
        networks.progressed.connect(window.network.show_progress)
        networks.failed.connect(window.network.show_failure)
        networks.trust_wanted.connect(self._ask_trust)
        networks.cancelled.connect(self._load_cancelled)
        for ended in (networks.failed, networks.cancelled):
            ended.connect(self.tabs.forget_wanted)
            ended.connect(self.backward.forget_awaited)
            ended.connect(self.kept.forget_awaited)
        networks.noted.connect(self.note)
        window.network.times_wanted.connect(self.loop.measure_times)
        window.network.remember_in(self.settings)
        window.network.load_requested.connect(self._open_said)
        window.network.device_requested.connect(networks.use_device)
        window.network.cancel_requested.connect(networks.cancel)
        window.unit.picture_wanted.connect(self._hold)
        state.network_changed.connect(self._network_changed)
        window.predictions.explain_wanted.connect(self.tabs.explain_class)
        window.predictions.menu_made.connect(self.dreaming.offer_class)
        window.network.menu_made.connect(self.dreaming.offer_layer)
        self.tabs.open_wanted.connect(self._open_card)
        self.backward.noted.connect(self.note)
        self.kept.noted.connect(self.note)
        self.loop.look_beside(self.kept, window.activations.beside.left.mosaic)
        window.activations.looked_through.connect(self.loop.look_through)
        window.activations.use(self.kept)
        self.backward.mended.connect(self._take_back_note)

    @Slot(str)
    def _take_back_note(self, sentence: str) -> None:
        if self.window.notice.sentence == sentence:
            self.window.notice.clear()

    @Slot(object)
    def _open_said(self, choice: ModelChoice) -> None:
        self.open_network(choice, remember=True)

    @Slot(object)
    def _take_frame(self, frame: Frame) -> None:
        self.window.picture.show_frame(frame)
        self._name_shown()
        self.loop.take(frame)
        if self._wanted is not None and not frame.moving and self.feed.coming is None:
            self._compare_picture(self._wanted, frame)

    @Slot()
    def _name_shown(self) -> None:
        network, source = self.state.network, self._feed.source if self._feed is not None else None
        picture = source.title if source is not None else ""
        self.window.name_shown(network.title if network is not None else "", picture)

    def _compare_picture(self, recipe: Recipe, frame: Frame) -> None:
        """Says so when the picture is not the one that the recipe was made with."""
        self._wanted = None
        picture = recipe.picture
        if picture is None or picture.sha256 is None or picture.origin != frame.origin:
            return
        from analysis.pictures.images import sha256_of

        if sha256_of(frame.exact) != picture.sha256:
            self.note(f"The picture {picture.origin} has changed since this was made, so what you see differs from it.")

    @Slot(object)
    def _show(self, live: Live) -> None:
        window = self.window
        self._take_back_failure(live)
        window.picture.show_live(live)
        if self._is_empty(live):
            window.activations.be_calm(NOTHING_DRAWN)
            window.predictions.be_calm(NOTHING_DRAWN)
        else:
            window.activations.show_live(live)
            window.unit.show_live(live)
            window.predictions.show_live(live)
            if live.layer_means is not None:
                window.network.set_layer_means(dict(live.layer_means))
            if live.layer_times is not None:
                window.network.set_layer_times(live.layer_times)
        self._show_live_notes(" ".join(live.notes))
        if not self._answered:
            self._answered = True
            self.first_answer.emit()
            self.networks.list_catalogue()

    def _is_empty(self, live: Live) -> bool:
        """A sketch pad on which nothing is drawn: what a network answers to that tells nobody anything."""
        source = self._feed.source if self._feed is not None else None
        return live.frame.origin == "sketch" and bool(getattr(source, "empty", False))

    def _take_back_failure(self, live: Live) -> None:
        """What the network could not do with one picture is over with the next; a stream must not flicker."""
        if self._failure is None:
            return
        failure, came = self._failure
        if live.request_id > failure.request_id and not (live.frame.moving and perf_counter() - came < STAYS):
            self._failure = None
            if self.window.notice.sentence == failure.summary:
                self.window.notice.clear()

    def _show_live_notes(self, words: str) -> None:
        """Said while it is so, and taken back when it is over."""
        notice = self.window.notice
        if words and words != self._unwanted_note and (words != self._live_note or not notice.sentence):
            self.note(words)
        elif not words and self._live_note and notice.sentence == self._live_note:
            notice.clear()
        self._live_note = words
        if words != self._unwanted_note:
            self._unwanted_note = ""

    @Slot(str)
    def _note_closed(self, sentence: str) -> None:
        """What was closed by hand is not said again with the next picture."""
        if sentence == self._live_note:
            self._unwanted_note = sentence

    @Slot(str)
    def _show_status(self, words: str) -> None:
        self.window.show_rates(words)

    @Slot(object)
    def _show_catalogue(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.window.network.show_catalogue(catalogue.entries)

    @Slot(object)
    def _show_failure(self, failure: Failure) -> None:
        self.window.notice.show_notice(failure.summary, details=failure.traceback)
        if not self.jobs.knows(failure.request_id):
            self._failure = (failure, perf_counter())
            self.window.activations.show_failure()

    @Slot()
    def _load_cancelled(self) -> None:
        self.window.network.show_cancelled()

    @Slot(object, object)
    def _ask_trust(self, failure: Failure, changed: bool, trust: Callable[[], object]) -> None:
        self.window.network.ask_trust(failure, changed, trust)

    @Slot()
    def _network_changed(self) -> None:
        network: Loaded | None = self.state.network
        if network is None:
            return
        self.window.network.show_loaded(network)
        self._name_shown()
        choice = network.choice
        if not choice.in_memory:
            self._remember("recent/networks", to_json(Recipe(ModelChoice(choice.name, choice.weights, choice.seed))))
        self._begin_with_what_it_knows(kind_of(network))

    def _begin_with_what_it_knows(self, kind: Kind) -> None:
        """A network that was chosen by hand brings its picture, unless one of the person's own is in view."""
        before, self._kind = self._kind, kind
        if not self._chosen:
            return
        self._chosen = False
        if self.feed.coming is not None and kind != "scenes":
            return  # what the person is waiting for
        frame = self.loop.frame
        picture = begins_with(frame.origin if frame is not None else None, before, kind)
        if picture is not None:
            self.feed.open_origin(picture)
        begins = picture is not None or (frame is not None and frame.origin == PICTURES[kind])
        if kind == "digits" and begins and not self.window.notice.sentence:
            draw = ("Draw a digit", partial(self.feed.use_named, "sketch"))
            self.window.notice.show_notice(DRAW, "hint", ways=[draw], passing=True)

    @Slot(str)
    def _source_failed(self, sentence: str) -> None:
        feed = self.feed
        ways: list[tuple[str, Callable[[], object]]] = []
        if feed.given_up is not None:
            ways.append(("Try again", feed.try_again))
            if feed.given_up.adjustable:
                ways.append(("Choose another", feed.use_anyway))
        self.window.notice.show_notice(sentence, ways=ways)
        if self._wanted is not None and self._wanted.picture is not None:
            self._wanted = None
            self.tabs.do_without_picture()
        if self.loop.frame is None and not self._fell_back:  # an empty window tells nobody anything
            self._fell_back = True
            feed.open_meanwhile(self.first_picture)

    @Slot(str)
    def _source_recovered(self, sentence: str) -> None:
        if self.window.notice.sentence == sentence:
            self.window.notice.clear()

    @Slot(str)
    def _show_waiting(self, title: str) -> None:
        bar = self.window.statusBar()
        if title:
            self._waiting_words = f"Waiting for the first picture of {title} · Esc gives it up"
            bar.showMessage(self._waiting_words)
        elif self._waiting_words and bar.currentMessage() == self._waiting_words:
            bar.clearMessage()

    @Slot(str)
    def _remember_picture(self, path: str) -> None:
        self._remember("recent/pictures", path)

    @Slot()
    def _source_changed(self) -> None:
        from gui.sources.bars.table import controls_for

        source = self.feed.source
        if source is not None:
            source.changed.connect(self.fed)
            source.changed.connect(self._name_shown)
        if self.window.picture.use_controls(controls_for(self.feed.source, self.window.picture)):
            self.window.make_room_to_draw()

    @Slot(object)
    def _use_image(self, image: QImage) -> None:
        self.feed.use_image(image)

    @Slot(object)
    def _hold(self, frame: Frame) -> None:
        """A picture of the past, held still until the feed is thawed."""
        self.feed.hold(frame)


def _origin_of(source: str) -> str:
    """As the feed names what `open_source` opens."""
    origin = Origin.parse(source)
    return source if origin.is_source or origin.named else str(Path(source).absolute())


def _needs_no_network(recipe: Recipe) -> bool:
    """Whether whatever network is looked at may stay."""
    from analysis.methods.method import asks_no_network
    from analysis.methods.registry import method

    try:
        return recipe.comparison is None and asks_no_network(method(recipe.method))
    except Problem:  # told when it is to be shown
        return False


def _has_lost_its_weights(choice: ModelChoice) -> bool:
    """Whether their file is not there any more, without which the window would begin with no network at all."""
    if choice.weights == "default":
        return not comes_with_weights(choice.name)
    return choice.weights != "random" and not os.path.isfile(choice.weights)


def _is_gone(picture: PictureChoice | None) -> bool:
    """Whether a picture existed only while its source ran, or its file is not there any more."""
    return picture is None or not Origin.parse(picture.origin).is_there()
