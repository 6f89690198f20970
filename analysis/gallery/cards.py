"""A row of the gallery as a card: its topic, what there is to see, and what it needs that may have to be downloaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from analysis.datasets.at_hand import was_not_downloaded
from analysis.datasets.names import OWN, known
from analysis.files.gallery import GalleryRow, rows
from analysis.methods.method import Family, asks_no_network
from analysis.methods.registry import method
from analysis.protocol.origin import Origin
from analysis.protocol.recipe import to_json
from analysis.shipped import BUILTINS

if TYPE_CHECKING:
    from analysis.files.lecture import LectureCard
    from analysis.protocol.events import CatalogueEntry
    from analysis.protocol.recipe import Recipe

COMPARED = "Comparisons"
SHIPS = frozenset(builtin.name for builtin in BUILTINS)
TOPICS: Mapping[Family, str] = {
    "weights": "Parameters",
    "fields": "Parameters",
    "activations": "Activations",
    "scenes": "Dynamics",
    "derivatives": "Derivatives",
    "class activation maps": "Derivatives",
    "occlusion": "Perturbation",
    "perturbation": "Perturbation",
    "trust": "Trust",
    "synthesis": "Synthesis",
    "adversaries": "Adversaries",
    "fooling": "Adversaries",
}


@dataclass(frozen=True)
class Card:
    name: str
    title: str
    sentence: str
    topic: str
    recipe: Recipe
    networks: tuple[str, ...]  # all that it is about, as the catalogue calls them
    twin: str = ""  # the row that shows the same on a network, and of a data set, that ship
    data: tuple[str, ...] = ()  # the data sets that it is about and that do not ship


@cache
def cards() -> tuple[Card, ...]:
    """All of them, topic by topic in the order in which these are told; first those that need no download."""
    found = [card_of(row) for row in rows()]
    ours = [card for card in found if SHIPS.issuperset(card.networks) and not card.data]
    whole = [replace(card, twin="" if card in ours else _twin(card, ours)) for card in found]
    told = list(dict.fromkeys((*TOPICS.values(), COMPARED)))
    return tuple(sorted(whole, key=lambda one: (_place(told, one.topic), one.topic, one not in ours, one.name)))


def _twin(card: Card, ours: Iterable[Card]) -> str:
    """The one that it says; else, of those by the same method whose networks ship, the one whose name is most alike."""
    alike = {
        one.name: SequenceMatcher(None, one.name, card.name).ratio() for one in ours if _asked(one) == _asked(card)
    }
    return card.twin if card.twin in alike else max(alike, key=lambda name: alike[name], default="")


def _asked(card: Card) -> str:
    return COMPARED if card.recipe.comparison is not None else card.recipe.method


def card_of(row: GalleryRow) -> Card:
    sentence = row.sentence or summary_of(row.recipe)
    recipe, topic = row.recipe, row.topic or topic_of(row.recipe)
    return Card(row.name, row.title, sentence, topic, recipe, networks_of(recipe), row.twin, data_of(recipe))


def card_in(one: LectureCard) -> Card | None:
    """What a card of a lecture shows; one with its own recipe is named by that. None of a row that there is not."""
    row, recipe = one.of_gallery, one.shown
    if recipe is None:
        return None
    if row is not None and one.recipe is None:
        known = next((card for card in cards() if card.name == row.name), None) or card_of(row)
        return replace(known, title=one.heading, sentence=one.sentence or known.sentence)
    name = f"own-{sha256(to_json(recipe).encode()).hexdigest()[:16]}"
    return card_of(GalleryRow(name, one.heading, recipe, one.words))


def topic_of(recipe: Recipe) -> str:
    if recipe.comparison is not None:
        return COMPARED
    family = method(recipe.method).family
    return TOPICS.get(family, family.capitalize())


def summary_of(recipe: Recipe) -> str:
    """What its method shows; of a comparison, what its methods have in common."""
    if recipe.comparison is not None:
        titles = [method(choice.name).title for choice in recipe.comparison.methods]
        return f"{', '.join(dict.fromkeys(titles))}: the same question asked in several ways."
    return method(recipe.method).summary


def networks_of(recipe: Recipe) -> tuple[str, ...]:
    """None where its method needs none, or makes its own."""
    if recipe.comparison is None and asks_no_network(method(recipe.method)):
        return ()
    compared = recipe.comparison.networks if recipe.comparison is not None else ()
    choices = (recipe.model, *compared)
    return tuple(dict.fromkeys(choice.name for choice in choices if choice.weights == "default"))


def data_of(recipe: Recipe) -> tuple[str, ...]:
    """The known data sets that it asks for and that do not ship, without their parts; paths are the person's own."""
    pictures = (recipe.picture, *(recipe.comparison.pictures if recipe.comparison is not None else ()))
    origins = [Origin.parse(picture.origin) for picture in pictures if picture is not None]
    asked = [recipe.data, recipe.settings.get("data"), *(one.path for one in origins if one.kind == "data")]
    names = [found[0] for one in asked if isinstance(one, str) and (found := known(one)) is not None]
    return tuple(dict.fromkeys(name for name in names if name not in OWN))


def lacking_data(card: Card) -> tuple[str, ...]:
    """Of its data sets those that are nowhere here."""
    return tuple(name for name in card.data if was_not_downloaded(name))


def data_in_words(names: Sequence[str]) -> str:
    """Such as “The data set MNIST is needed first: put its files, as torchvision downloads them, into ~/data.”"""
    if not names:
        return ""
    several = len(names) > 1
    return (
        f"The data set{'s'[:several]} {' and '.join(names)} {'are' if several else 'is'} needed first: put "
        f"{'their' if several else 'its'} files, as torchvision downloads them, into ~/data."
    )


def needed(card: Card, entries: Iterable[CatalogueEntry]) -> tuple[CatalogueEntry, ...]:
    """Of the networks that there are, those whose weights this card would have to download first."""
    known = {entry.name: entry for entry in entries}
    return tuple(known[name] for name in card.networks if name in known and known[name].megabytes)


def lacking(card: Card, entries: Iterable[CatalogueEntry]) -> tuple[str, ...]:
    """Networks of it that nobody has: their weights were taken away, or their library is not installed."""
    known = {entry.name: entry for entry in entries}
    return tuple(name for name in card.networks if name not in known or known[name].megabytes is None)


def needs_in_words(needed: Sequence[CatalogueEntry]) -> str:
    """Such as “AlexNet, 244 MB, is to be downloaded first.”"""
    if not needed:
        return ""
    each = " and ".join(f"{entry.title} ({entry.megabytes:,.0f} MB)" for entry in needed)
    return f"{each} {'is' if len(needed) == 1 else 'are'} to be downloaded first."


def matching(found: Iterable[Card], words: str, topic: str = "") -> tuple[Card, ...]:
    """Those in whose words all of these stand; a topic narrows it down."""
    wanted = words.lower().split()
    return tuple(
        card for card in found if (not topic or card.topic == topic) and all(word in _text(card) for word in wanted)
    )


def _text(card: Card) -> str:
    titles = (method(card.recipe.method).title, card.recipe.method)
    return " ".join((card.name, card.title, card.sentence, card.topic, *card.networks, *titles)).lower()


def _place(told: Sequence[str], topic: str) -> int:
    return told.index(topic) if topic in told else len(told)
