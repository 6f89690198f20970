"""The recipe that a command names: inside a file, in the gallery, or written out as JSON."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe


def found_recipe(name: str) -> Recipe:
    if name.lstrip().startswith("{"):
        from analysis.protocol.recipe import from_json

        return from_json(name)
    if os.path.exists(name) or os.path.splitext(name)[1]:
        from analysis.files.recipe_inside import read_recipe

        return read_recipe(name)
    from analysis.files.gallery import named

    return named(name).recipe


@contextmanager
def twin_named(name: str | None) -> Iterator[None]:
    """A row of the gallery that could not be drawn for what is not here names the one that needs no download."""
    try:
        yield
    except Problem as problem:
        twin = _twin_of(name) if name is not None else ""
        if not twin:
            raise
        raise Problem(f"{problem} The row {twin} shows the same without any download.") from problem


def _twin_of(name: str) -> str:
    from analysis.commands.gallery import is_here
    from analysis.gallery.cards import cards

    card = next((one for one in cards() if one.name == name), None)
    return "" if card is None or is_here(card) else card.twin
