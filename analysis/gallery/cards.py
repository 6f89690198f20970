"""A row of the gallery as a card: its topic, what there is to see, and what it needs that may have to be downloaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from analysis.files.gallery import GalleryRow, names, rows
from analysis.methods.method import Family
from analysis.methods.registry import method
from analysis.protocol.recipe import to_json
from analysis.shipped import BUILTINS

if TYPE_CHECKING:
    from analysis.files.lecture import LectureCard
    from analysis.protocol.events import CatalogueEntry
    from analysis.protocol.recipe import Recipe

COMPARED = "Comparisons"
ELSEWHERE = frozenset({"alexnet", "vgg16", "vgg19", "resnet152", "squeezenet1_0"})  # as rows about them begin
TOPICS: Mapping[Family, str] = {
    "weights": "Parameters",
    "fields": "Parameters",
    "activations": "Activations",
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
    twin: str = ""  # the row that shows the same on a network that ships


def cards() -> tuple[Card, ...]:
    """All of them, topic by topic in the order in which the topics are told; first those whose networks ship."""
    there = rows()
    known = names()
    found = [replace(card_of(row), twin=_twin(row, known)) for row in there]
    told = list(dict.fromkeys((*TOPICS.values(), COMPARED)))
    ships = {builtin.name for builtin in BUILTINS}
    return tuple(
        sorted(
            found, key=lambda one: (_place(told, one.topic), one.topic, not ships.issuperset(one.networks), one.name)
        )
    )


def _twin(row: GalleryRow, known: frozenset[str]) -> str:
    """The one that it says, or the row of the same name with the network that ships in place of its own."""
    parts = ["lite0" if part in ELSEWHERE else part for part in row.name.split("-")]
    same = "-".join(parts)
    said = row.twin or (same if same != row.name else "")
    return said if said in known else ""


def card_of(row: GalleryRow) -> Card:
    sentence = row.sentence or summary_of(row.recipe)
    return Card(
        row.name, row.title, sentence, row.topic or topic_of(row.recipe), row.recipe, networks_of(row.recipe), row.twin
    )


def card_in(one: LectureCard) -> Card | None:
    """What a card of a lecture shows; one with its own recipe is named by that. None of a row that there is not."""
    row, recipe = one.of_gallery, one.shown
    if recipe is None:
        return None
    if row is not None and one.recipe is None:
        made = card_of(replace(row, title=one.heading, sentence=one.words))
        return replace(made, twin=_twin(row, names()))
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
    compared = recipe.comparison.networks if recipe.comparison is not None else ()
    choices = (recipe.model, *compared)
    return tuple(dict.fromkeys(choice.name for choice in choices if choice.weights == "default"))


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
