"""Pictures that were made for units are kept: each alone, with the recipe that makes it again by itself."""

from __future__ import annotations

from dataclasses import replace

from analysis.files import album
from analysis.files.png import levels_png
from analysis.methods.run import Ran
from analysis.protocol.recipe import Recipe, before
from analysis.protocol.target import UnitTarget, parse
from analysis.results.kinds import Grown
from analysis.results.over_picture import as_levels

_NO_END = 1 << 60  # steps


def keep_what_was_made(ran: Ran) -> None:
    """Where it is a picture of a unit and of nothing else."""
    grown, recipe = ran.result, ran.recipe
    if not isinstance(grown, Grown) or grown.activation is None:
        return
    in_force = before(recipe, _NO_END)
    settings = in_force.settings
    if not isinstance(parse(in_force.target), UnitTarget) or in_force.unit is None or in_force.layer is None:
        return
    if settings.get("also") or settings.get("share", 1.0) != 1.0 or settings.get("diversity"):
        return
    several = len(grown.pictures) > 1
    if several and any(turn.target is not None for turn in recipe.course):
        return  # which of them is whose, no recipe of one alone would say
    each = max(int(settings.get("pictures", 1)), 1)
    for number, picture in enumerate(grown.pictures):
        unit = in_force.unit + number // each
        made = _alone(recipe, unit, number) if several else recipe
        album.keep(made, levels_png(as_levels(picture)), in_force.layer, unit)


def _alone(recipe: Recipe, unit: int, number: int) -> Recipe:
    """Of several, each is what it would be by itself."""
    settings = {**recipe.settings, "pictures": 1, "units": 1}
    return replace(recipe, unit=unit, seed=(recipe.seed + number) % 2**32, settings=settings)
