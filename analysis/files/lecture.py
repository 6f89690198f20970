"""A lecture: cards in an order, each a recipe with a sentence for those who look and notes for who speaks.

It is a file that a teacher writes, keeps and gives away. A card names a row of the gallery or holds its own recipe:

    {"title": "Under the hood", "cards": [{"row": "lenet-conv1", "sentence": "…", "notes": "…"}, {"recipe": {…}}]}

What a card does not say is what the gallery says of its row. Names that are not known are ignored, so that a newer
lecture opens here as far as it is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import resources
from analysis.files.gallery import GalleryRow, named
from analysis.files.whole_file import check_output, write_whole
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe, from_json

FOLDER = resources.FOLDER / "lectures"
VERSION = 1
MOST_CARDS = 1000
LARGEST = 32 << 20  # bytes: a file that says it is a lecture and is larger is something else


@dataclass(frozen=True)
class LectureCard:
    """Of the gallery, or with a recipe of its own; empty words are those of the gallery's row."""

    row: str = ""
    recipe: Recipe | None = None
    title: str = ""
    sentence: str = ""
    notes: str = ""

    @cached_property
    def of_gallery(self) -> GalleryRow | None:
        """The row that it names, if this gallery has it."""
        try:
            return named(self.row) if self.row else None
        except Problem:
            return None

    @property
    def shown(self) -> Recipe | None:
        """What it is about; None of a row that there is not."""
        row = self.of_gallery
        return self.recipe or (row.recipe if row is not None else None)

    @property
    def heading(self) -> str:
        row = self.of_gallery
        return self.title or (row.title if row is not None else "") or self.row or "Without a title"

    @property
    def words(self) -> str:
        row = self.of_gallery
        return self.sentence or (row.sentence if row is not None else "")

    @property
    def twin(self) -> str:
        row = self.of_gallery
        return row.twin if row is not None else ""


@dataclass(frozen=True)
class Lecture:
    title: str
    cards: tuple[LectureCard, ...] = ()
    by: str = ""

    def __len__(self) -> int:
        return len(self.cards)

    def with_card(self, card: LectureCard, at: int | None = None) -> Lecture:
        """At the end, or before the one at this place."""
        place = len(self.cards) if at is None else at
        return replace(self, cards=(*self.cards[:place], card, *self.cards[place:]))

    def without(self, at: int) -> Lecture:
        return replace(self, cards=self.cards[:at] + self.cards[at + 1 :])

    def moved(self, at: int, to: int) -> Lecture:
        """The card at one place goes to another one."""
        card = self.cards[at]
        return self.without(at).with_card(card, to)

    def changed(self, at: int, card: LectureCard) -> Lecture:
        return replace(self, cards=(*self.cards[:at], card, *self.cards[at + 1 :]))


def shipped() -> tuple[Path, ...]:
    """The lectures that come with the program."""
    return tuple(sorted(FOLDER.glob("*.json")))


def found(name: str) -> Path:
    """A file, or the name of one that ships."""
    path = Path(name)
    if path.suffix or path.exists():
        return path
    ours = {one.stem: one for one in shipped()}
    if name in ours:
        return ours[name]
    raise Problem(f"There is neither a file nor a lecture called “{name[:80]}”: there are {', '.join(ours)}.")


def is_lecture(path: Path) -> bool:
    """Whether this is one rather than a recipe; what cannot be read is none."""
    try:
        if path.suffix.lower() != ".json" or path.stat().st_size > LARGEST:
            return False
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(data, dict) and isinstance(data.get("cards"), list) and "model" not in data


def read_lecture(path: Path) -> Lecture:
    try:
        if path.stat().st_size > LARGEST:
            raise Problem(f"{path.name} is no lecture: it is larger than any could be.")
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise Problem(f"The lecture {path} could not be read: {reason}.") from error
    return from_text(text, path.name)


def from_text(text: str, name: str = "It") -> Lecture:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problem(f"{name} is no lecture: the text in it is not JSON.") from error
    if not isinstance(data, dict) or not isinstance(data.get("cards"), list):
        raise Problem(f"{name} is no lecture: it has no list of cards.")
    version = data.get("version", VERSION)
    if not isinstance(version, int) or version > VERSION:
        raise Problem(f"{name} was made by a newer Underhood; open it with that one.")
    if len(data["cards"]) > MOST_CARDS:
        raise Problem(f"{name} has {len(data['cards']):,} cards; more than {MOST_CARDS:,} are no lecture.")
    cards = tuple(_card(one, number, name) for number, one in enumerate(data["cards"], start=1))
    return Lecture(_words(data, "title", name) or Path(name).stem, cards, _words(data, "by", name))


def _card(data: object, number: int, name: str) -> LectureCard:
    where = f"card {number} of {name}"
    if not isinstance(data, dict):
        raise Problem(f"The lecture is damaged: {where} is not a group of values.")
    row, recipe = _words(data, "row", where), data.get("recipe")
    if isinstance(recipe, str):  # who writes one by hand may call a row a recipe, as the command line does
        row, recipe = recipe, None
    if not row and recipe is None:
        raise Problem(f"The lecture is damaged: {where} names neither a row of the gallery nor a recipe.")
    try:
        own = from_json(json.dumps(recipe)) if recipe is not None else None
    except Problem as problem:
        raise Problem(f"The lecture is damaged in {where}. {problem}") from problem
    return LectureCard(row, own, *(_words(data, key, where) for key in ("title", "sentence", "notes")))


def _words(data: Mapping[str, Any], key: str, where: str) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        raise Problem(f"The lecture is damaged: the {key} of {where} is no text.")
    return value


def to_text(lecture: Lecture) -> str:
    """As a person would write it: what is empty is left out."""
    head = {"title": lecture.title} | ({"by": lecture.by} if lecture.by else {})
    return json.dumps(head | {"cards": [_written(one) for one in lecture.cards], "version": VERSION}, indent=2) + "\n"


def _written(card: LectureCard) -> dict[str, object]:
    words = {key: value for key in ("row", "title", "sentence", "notes") if (value := getattr(card, key))}
    return words | ({"recipe": asdict(card.recipe)} if card.recipe is not None else {})


def write_lecture(lecture: Lecture, path: Path) -> None:
    check_output(path, (".json",))
    write_whole(path, to_text(lecture).encode("utf-8"))
