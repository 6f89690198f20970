"""`render` of many pictures, or of all units of a layer: a study, with a figure and the numbers of each in a folder."""

import argparse
from dataclasses import replace
from pathlib import Path

from analysis.commands import arguments as given
from analysis.commands.naming import named_class, target_of
from analysis.commands.pictures import are_many, origins_of
from analysis.commands.study import work_through
from analysis.methods.dependence import dependences
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ComparisonChoice, MethodChoice, PictureChoice, Recipe, UnitChoice


def asks_for_many(arguments: argparse.Namespace) -> bool:
    return arguments.unit == "all" or (arguments.image is not None and are_many(arguments.image))


def render_many(recipe: Recipe, arguments: argparse.Namespace) -> None:
    """`recipe` is that of one of them; `study.json` in the folder says all of it, so that the folder speaks for itself.

    A network's size and the like, and a class that is named, are looked up once, before the first.
    """
    folder = Path(arguments.output)
    if folder.suffix.lower() in given.OUTPUTS:
        raise Problem(f"There are many figures to write: say a folder for them, and not {folder.name}.")
    if recipe.comparison is not None:
        raise Problem("A recipe that compares takes one picture here; `study --recipe` asks it of many.")
    pictures = [PictureChoice(origin) for origin in origins_of([arguments.image])] if arguments.image else []
    if recipe.picture is None and not pictures and "picture" in dependences(recipe):
        raise Problem("Say of which picture: a recipe without one needs --image.")
    named = named_class(arguments.target or "")
    if given.overrules(arguments) or named is not None or arguments.unit == "all":
        from analysis.commands.opening import opened

        network = opened(recipe.model, arguments)
        if given.overrules(arguments):
            recipe = replace(recipe, model=replace(recipe.model, preprocessing=network.preprocessing))
            arguments = argparse.Namespace(**{**vars(arguments), "size": None, "mean": None, "std": None, "fit": None})
        if named is not None:
            recipe = replace(recipe, target=target_of(named, network))
        if arguments.unit == "all":
            if recipe.layer is None:
                raise Problem("All units of which layer? Name it with --layer.")
            count = network.unit_node(recipe.layer, None).units
            units = tuple(UnitChoice(recipe.target, recipe.layer, unit) for unit in range(count))
            work_through(folder, _grid(recipe, pictures, units), arguments)
            return
    units = (UnitChoice(recipe.target, recipe.layer, recipe.unit),)
    work_through(folder, _grid(recipe, pictures, units), arguments)


def _grid(recipe: Recipe, pictures: list[PictureChoice], units: tuple[UnitChoice, ...]) -> Recipe:
    method = MethodChoice(recipe.method, recipe.settings, recipe.layer, recipe.seed)
    shown = tuple(pictures) or ((recipe.picture,) if recipe.picture is not None else ())
    chosen = ComparisonChoice((method,), (recipe.model,), units=units, pictures=shown)
    return replace(recipe, picture=shown[0] if shown else None, unit=None, comparison=chosen)
