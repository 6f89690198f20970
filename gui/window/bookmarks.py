"""Units that a person marked, each with a note: kept with the session, and opened whatever network is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal

from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, Recipe, from_json, same_network, to_json
from gui.views.layer_words import path_in_words
from gui.views.network_words import choice_in_words

if TYPE_CHECKING:
    from gui.commands.palette import PaletteEntry
    from gui.window.session import Session

KEY = "session/bookmarks"


@dataclass(frozen=True)
class Bookmark:
    """Without a unit it is of the whole layer."""

    model: ModelChoice
    layer: str
    unit: int | None
    note: str = ""

    @property
    def place(self) -> str:
        unit = f"unit {self.unit} · " if self.unit is not None else ""
        return f"{unit}{path_in_words(self.layer)}"

    @property
    def title(self) -> str:
        """Its note first, which is what a person knows it by."""
        return f"{self.note} – {self.place}" if self.note else self.place

    def is_of(self, other: Bookmark) -> bool:
        same_place = (self.layer, self.unit) == (other.layer, other.unit)
        return same_place and same_network(self.model, other.model)


class Bookmarks(QObject):
    changed = Signal()

    def __init__(self, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings

    def all(self) -> list[Bookmark]:
        """The newest first; what cannot be read is left out."""
        self._settings.sync()
        try:
            rows = json.loads(str(self._settings.value(KEY, "[]", type=str)))
        except ValueError:
            return []
        found = [_read(row) for row in rows] if isinstance(rows, list) else []
        return [bookmark for bookmark in found if bookmark is not None]

    def find(self, like: Bookmark) -> Bookmark | None:
        """The one of the same unit."""
        return next((one for one in self.all() if one.is_of(like)), None)

    def put(self, bookmark: Bookmark) -> None:
        """In place of the one of the same unit, if there is one."""
        self._write([bookmark, *(one for one in self.all() if not one.is_of(bookmark))])

    def remove(self, bookmark: Bookmark) -> None:
        self._write([one for one in self.all() if not one.is_of(bookmark)])

    def _write(self, bookmarks: list[Bookmark]) -> None:
        rows = [
            {"recipe": json.loads(to_json(Recipe(one.model, layer=one.layer, unit=one.unit))), "note": one.note}
            for one in bookmarks
        ]
        self._settings.setValue(KEY, json.dumps(rows))
        self._settings.sync()
        self.changed.emit()


def _read(row: object) -> Bookmark | None:
    if not isinstance(row, dict):
        return None
    try:
        recipe = from_json(json.dumps(row.get("recipe")))
    except Problem:
        return None
    note = row.get("note", "")
    return Bookmark(recipe.model, recipe.layer or "", recipe.unit, note if isinstance(note, str) else "")


def looked_at(session: Session) -> Bookmark | None:
    """What would be marked now: the chosen unit, or the layer as long as none is."""
    network, state = session.state.network, session.state
    if network is None or state.layer is None:
        return None
    return Bookmark(network.choice, state.layer, state.unit)


def open_bookmark(session: Session, bookmark: Bookmark) -> None:
    """At once where its network is loaded; otherwise that is loaded first, with a picture that it knows."""
    state = session.state
    session.window.tabs.setCurrentWidget(session.window.activations)
    if state.network is None or not same_network(state.network.choice, bookmark.model):
        recipe = Recipe(bookmark.model, layer=bookmark.layer, unit=bookmark.unit, looks=state.looks)
        session.open_recipe(recipe, by_hand=True)
        return
    if state.network.root.find(bookmark.layer) is None:
        session.note(f"This network has no layer {bookmark.layer} any more, so there is nothing to go to.")
    elif state.layer != bookmark.layer:
        state.set_layer(bookmark.layer, bookmark.unit)
    else:
        state.set_unit(bookmark.unit)


def found_bookmarks(session: Session, bookmarks: Bookmarks) -> Iterator[PaletteEntry]:
    """Rows of the palette."""
    from gui.commands.palette import PaletteEntry

    for one in bookmarks.all():
        go = partial(open_bookmark, session, one)
        yield PaletteEntry("bookmark", one.title, choice_in_words(one.model), go)
