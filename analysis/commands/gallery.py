"""`gallery`: which rows there are and what they need; with `--draw` their thumbnails are made, and the sheet of all."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from analysis.commands.listing import print_json, print_table
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from analysis.gallery.cards import Card
    from analysis.network.network import Network
    from analysis.opening.loading import Loading, Steps
    from analysis.protocol.events import CatalogueEntry
    from analysis.protocol.recipe import ModelChoice

GROWN = "Synthesis"  # takes longest, so it comes last
MOST_OPENED = 2  # networks at a time, of those that the rows go through


def gallery(arguments: argparse.Namespace) -> None:
    from analysis.gallery.cards import cards, matching

    found = matching(cards(), " ".join(arguments.words))
    if arguments.draw is not None or arguments.sheet is not None:
        _draw(found, arguments)
    elif arguments.json:
        print_json(_described(found))
    else:
        entries = entries_for(found)
        rows = [(card.name, card.topic, ", ".join(card.networks), _needs(card, entries), card.title) for card in found]
        print_table(("name", "topic", "network", "needs", "title"), rows)


def _described(found: Sequence[Card]) -> list[dict[str, object]]:
    """`needs` and `needs_data` are what is still to be downloaded; `downloaded` says that nothing is."""
    from analysis.gallery.cards import lacking_data, needed

    entries = entries_for(found)
    return [
        {
            "name": card.name,
            "title": card.title,
            "sentence": card.sentence,
            "topic": card.topic,
            "networks": list(card.networks),
            "needs": [
                {"network": one.name, "megabytes": round(one.megabytes or 0, 1)} for one in needed(card, entries)
            ],
            "needs_data": list(lacking_data(card)),
            "downloaded": _is_here(card, entries),
            "twin": card.twin or None,
            "recipe": asdict(card.recipe),
        }
        for card in found
    ]


def _needs(card: Card, entries: Sequence[CatalogueEntry]) -> str:
    """What is to be had first, in few words."""
    from analysis.gallery.cards import lacking, lacking_data, needed

    downloads = [f"{one.megabytes:,.0f} MB" for one in needed(card, entries)]
    nowhere = [f"{name} (not to be had here)" for name in lacking(card, entries)]
    return ", ".join([*([" + ".join(downloads)] if downloads else []), *nowhere, *lacking_data(card)])


def is_here(card: Card) -> bool:
    """Whether it needs neither a download nor a data set."""
    return _is_here(card, entries_for((card,)))


def _is_here(card: Card, entries: Sequence[CatalogueEntry]) -> bool:
    from analysis.gallery.cards import lacking, lacking_data, needed

    return not (needed(card, entries) or lacking(card, entries) or lacking_data(card))


def entries_for(found: Iterable[Card]) -> tuple[CatalogueEntry, ...]:
    """Of the providers that these cards' networks are from; no library is imported for networks that nobody asks."""
    from analysis.opening import catalogue, shipped_networks, timm_models

    names = {name for card in found for name in card.networks}
    shipped = catalogue.entries("built in")
    others = names - set(shipped_networks.names())
    of_timm = {name for name in others if name.startswith(timm_models.PREFIX)}
    return (
        *shipped,
        *(catalogue.entries("torchvision") if others - of_timm else ()),
        *(catalogue.entries("timm") if of_timm else ()),
    )


# --- drawing them


def _draw(found: Sequence[Card], arguments: argparse.Namespace) -> None:
    """All that need no download, each by itself: one that fails is said, and keeps none of the others."""
    from analysis.files.whole_file import check_output, write_whole
    from analysis.gallery import thumbnails

    folder = Path(arguments.draw) if arguments.draw is not None else thumbnails.FOLDER
    if arguments.sheet is not None:
        check_output(Path(arguments.sheet), (".webp",))
    if arguments.draw is not None:
        entries = entries_for(found)
        here = [card for card in found if _is_here(card, entries)]
        folder.mkdir(parents=True, exist_ok=True)
        todo = [card for card in here if arguments.again or not (folder / f"{card.name}.webp").is_file()]
        failed = _thumbnails(todo, folder, arguments)
        print(
            f"{len(todo) - failed} drawn, {len(here) - len(todo)} were there, {len(found) - len(here)} need a download."
        )
        if failed:
            raise Problem(f"{failed} rows of the gallery could not be drawn; what was wrong with each is said above.")
    if arguments.sheet is not None:
        from analysis.gallery.contact_sheet import contact_sheet

        paths = [(card, folder / f"{card.name}.webp") for card in found]
        shown = [(card, thumbnails.read(path)) for card, path in paths if path.is_file()]
        if not shown:
            raise Problem(f"There are no thumbnails in {folder}: make them with --draw first.")
        write_whole(Path(arguments.sheet), thumbnails.webp(contact_sheet(shown), quality=70))
        print(f"{len(shown)} thumbnails on {arguments.sheet}.")


def _thumbnails(todo: Sequence[Card], folder: Path, arguments: argparse.Namespace) -> int:
    """Network by network, so that each is opened once; how many could not be drawn."""
    from analysis.commands.progress import progress_line
    from analysis.files.whole_file import write_whole
    from analysis.gallery import thumbnails
    from analysis.gallery.drawing import drawing
    from analysis.opening.loading import finished

    opened = _Opened(arguments)
    failed = 0
    for number, card in enumerate(sorted(todo, key=lambda card: (card.topic == GROWN, card.networks)), start=1):
        began = perf_counter()
        try:
            with progress_line() as show:
                title = f"{number} of {len(todo)}: {card.name}"
                steps = drawing(card.recipe, opened.network)
                drawn = finished(steps, _told(show, title))
        except Problem as problem:
            failed += 1
            print(f"{card.name}: {problem}", file=sys.stderr)
            continue
        write_whole(folder / f"{card.name}.webp", thumbnails.webp(thumbnails.of(drawn)))
        print(f"{card.name}  {perf_counter() - began:.1f} s", flush=True)
    return failed


def _told(show: Callable[[float, float, str], object], title: str) -> Callable[[Loading], object]:
    return lambda step: show(step.done, step.total, title)


class _Opened:
    """The networks that were asked for last stay opened."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._kept: dict[ModelChoice, Network] = {}

    def network(self, choice: ModelChoice) -> Steps[Network]:
        from analysis.commands.opening import opening

        if choice not in self._kept:
            self._kept[choice] = yield from opening(choice, self._arguments)
            while len(self._kept) > MOST_OPENED:
                del self._kept[next(iter(self._kept))]
        return self._kept[choice]
