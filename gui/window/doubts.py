"""Which network and which source have just been opened and may end the program: written down until they have not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Slot

from analysis.protocol.frame import stream_of
from analysis.protocol.origin import Origin
from analysis.protocol.recipe import ModelChoice, Recipe
from gui.views.network_words import choice_in_words
from gui.window.openings import Opening

if TYPE_CHECKING:
    from gui.lane.dispatcher import Dispatcher
    from gui.lane.live_loop import LiveLoop
    from gui.lane.networks import Networks
    from gui.sources.feed import Feed
    from gui.window.openings import Openings

PROVED = 2000  # milliseconds after its first answer or picture


class Watched(Protocol):
    """What is looked at of the session."""

    @property
    def networks(self) -> Networks: ...
    @property
    def dispatcher(self) -> Dispatcher: ...
    @property
    def loop(self) -> LiveLoop: ...
    @property
    def feed(self) -> Feed: ...
    def looked_at(self) -> Recipe: ...


class Doubts(QObject):
    """What gives an answer and lives on has proved itself, and so has what fails with a sentence."""

    def __init__(self, openings: Openings, session: Watched, parent: QObject) -> None:
        super().__init__(parent)
        self._openings, self._session = openings, session
        self._network: ModelChoice | None = None  # in doubt
        self._source = ""  # in doubt
        self._since = 0  # the newest frame when it was opened
        self._wanted: Recipe | None = None  # that a start or a figure asked for, layer and all
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PROVED)
        self._patience.timeout.connect(self._prove)
        networks = session.networks
        networks.opening.connect(self._open_network)
        networks.failed.connect(self._end_network)
        networks.trust_wanted.connect(self._end_network)
        networks.cancelled.connect(self._end_network)
        session.loop.shown.connect(self._survive)
        session.dispatcher.failed.connect(self._survive)

    def watch_sources(self, feed: Feed) -> None:
        feed.opening.connect(self._open_source)
        feed.failed.connect(self._end_source)

    def expect(self, recipe: Recipe) -> None:
        """What is opened next comes with a layer, a unit and so on, which a second try would want back."""
        self._wanted = recipe

    def end(self) -> None:
        self._patience.stop()
        self._openings.end()

    @Slot(object)
    def _open_network(self, choice: ModelChoice) -> None:
        self._network = choice
        self._write()

    @Slot(str)
    def _open_source(self, source: str) -> None:
        frame = self._session.loop.frame
        self._source, self._since = source, frame.number if frame is not None else 0
        self._write()

    @Slot()
    def _end_network(self) -> None:
        self._network = None
        self._write()

    @Slot()
    def _end_source(self) -> None:
        self._source = ""
        self._write()

    @Slot()
    def _survive(self) -> None:
        """Counts from the first answer of the network, to a picture of the source, that are in doubt."""
        session = self._session
        if self._patience.isActive() or (self._network is None and not self._source):
            return
        if self._network is not None and session.networks.busy:
            return
        frame = session.loop.frame
        if not self._source or (session.feed.coming is None and frame is not None and frame.number > self._since):
            self._patience.start()

    @Slot()
    def _prove(self) -> None:
        self._network, self._source, self._wanted = None, "", None
        self._write()

    def _write(self) -> None:
        self._patience.stop()
        if self._network is None and not self._source:
            self._wanted = None
            self._openings.write(None)
        else:
            self._openings.write(Opening(self._recipe(), self._network is not None, self._source))

    def _recipe(self) -> Recipe:
        wanted = self._wanted or self._session.looked_at()
        if self._network is None or wanted.model == self._network:
            return wanted
        return Recipe(self._network, picture=wanted.picture, looks=wanted.looks)


def left_out(opening: Opening, first: Recipe) -> str:
    """One sentence on what the program did not survive; empty if that is only what it always begins with."""
    parts = []
    if opening.source and not is_source(_origin(first), opening.source):
        parts.append(_source_in_words(opening.source))
    if opening.network and not _is_same(first.model, opening.recipe.model):
        parts.append(f"the network {choice_in_words(opening.recipe.model)}")
    if not parts:
        return ""
    without = "it" if len(parts) == 1 else "them"
    return f"Underhood ended unexpectedly while it opened {' and '.join(parts)}, so it begins without {without}."


def without(recipe: Recipe, opening: Opening, first: Recipe) -> Recipe:
    """The recipe with what was in doubt as a first start has it."""
    if opening.network and _is_same(recipe.model, opening.recipe.model):
        recipe = Recipe(first.model, picture=recipe.picture, looks=recipe.looks)
    return replace(recipe, picture=first.picture) if is_source(_origin(recipe), opening.source) else recipe


def is_source(asked: str, doubted: str) -> bool:
    """Also when another of its pictures is asked for."""
    return bool(doubted) and stream_of(asked) == stream_of(doubted)


def _is_same(one: ModelChoice, other: ModelChoice) -> bool:
    """However pictures are prepared for it."""
    return (one.name, one.weights) == (other.name, other.weights)


def _origin(recipe: Recipe) -> str:
    return recipe.picture.origin if recipe.picture is not None else ""


def _source_in_words(source: str) -> str:
    return Origin.parse(source).whole.in_words
