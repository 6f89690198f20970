"""`render`: a method run on a picture without a window, and its result as a figure or as numbers."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analysis.commands import arguments as given
from analysis.commands.beside import errors_beside_in_words
from analysis.commands.finding import found_recipe, twin_named
from analysis.commands.many import asks_for_many, render_many
from analysis.commands.naming import named_class, target_of
from analysis.commands.numbers import result_in_words
from analysis.commands.running import run_on
from analysis.datasets.names import whole_origin
from analysis.files.npz import npz_bytes
from analysis.files.whole_file import check_output, write_whole
from analysis.methods.dependence import dependences
from analysis.methods.method import asks_no_network, needs_layer, target_of_a_unit
from analysis.methods.registry import method
from analysis.methods.settings import configured, with_whole_paths
from analysis.pictures.chosen import picture_of
from analysis.protocol.origin import Origin, origin_in_data
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import NO_NETWORK, ModelChoice, PictureChoice, Recipe
from analysis.protocol.target import ClassTarget, parse
from analysis.results.kinds import Maps


def render(arguments: argparse.Namespace) -> None:
    output = Path(arguments.output)
    if asks_for_many(arguments):
        render_many(asked_for(arguments), arguments)
        return
    check_output(output, given.OUTPUTS)
    recipe = asked_for(arguments)
    suffix = output.suffix.lower()
    with errors_beside_in_words(), twin_named(arguments.recipe):
        if recipe.comparison is not None:
            from analysis.commands.compare import compared

            content, notes = compared(recipe, suffix, arguments)
        else:
            content, notes = rendered(recipe, suffix, arguments)
    write_whole(output, content)
    for note in notes:
        print(note, file=sys.stderr)


def rendered(recipe: Recipe, suffix: str, arguments: argparse.Namespace) -> tuple[bytes, Sequence[str]]:
    """The output file's content, and what is to be said beside it."""
    technique = configured(method(recipe.method), recipe.settings)
    parse(recipe.target)
    if needs_layer(technique) and recipe.layer is None and not recipe.layers:
        raise Problem(
            f"{technique.title} needs a layer: name one with --layer (`layers {recipe.model.name}` lists them)."
        )
    picture = picture_of(recipe.picture) if "picture" in dependences(recipe) else None
    from analysis.commands.opening import opened

    network = opened(recipe.model, arguments)
    if (named := named_class(getattr(arguments, "target", None) or "")) is not None:
        recipe = replace(recipe, target=target_of(named, network))
    ran = run_on(network, recipe, picture)
    if suffix == ".npz":
        content = npz_bytes(ran.recipe, ran.numbers)
    elif suffix == ".json":
        content = result_in_words(ran.recipe, ran.result)
    else:
        from analysis.drawing.run_figure import figure_of

        content = figure_of(ran, suffix)
    return content, ran.notes


def asked_for(arguments: argparse.Namespace) -> Recipe:
    """What was asked for on the command line, or the recipe that was named there."""
    if arguments.recipe is not None:
        for name, unsaid in _OF_RECIPES.items():
            if getattr(arguments, name) != unsaid:
                raise Problem(f"--recipe says all but the picture: leave {_typed(name)} out, or leave --recipe out.")
        recipe = found_recipe(arguments.recipe)
        if arguments.data is not None:
            recipe = replace(recipe, data=_data(recipe, arguments.data))
        if arguments.image is not None:
            return replace(recipe, picture=PictureChoice(given.picture_origin(arguments.image)))
        return recipe
    needs_picture = arguments.method is None or "picture" in dependences(_named(arguments))
    alone = arguments.method is not None and asks_no_network(method(arguments.method))
    without_model = arguments.model is None and not alone
    if arguments.method is None or without_model or (needs_picture and arguments.image is None):
        raise Problem("Say what to draw: render METHOD --model M --image F -o OUT, or render --recipe FILE -o OUT.")
    named = named_class(arguments.target or "")  # its number is known as soon as the network is there
    target = named.kind if named is not None else arguments.target
    if target is None:
        of_a_unit = target_of_a_unit(method(arguments.method)) if arguments.unit is not None else None
        target = of_a_unit or "class"
    if arguments.unit is not None:
        _check_unit(arguments, target)
    if arguments.target is not None:
        _check_target(arguments, target)
    data = _data(_named(arguments), arguments.data)
    return Recipe(
        model=NO_NETWORK if alone else given.model_choice(arguments.model, arguments),
        picture=PictureChoice(given.picture_origin(arguments.image)) if needs_picture else None,
        layer=arguments.layer,
        unit=None if arguments.unit == "all" else arguments.unit,
        target=target,
        method=arguments.method,
        settings=with_whole_paths(method(arguments.method), given.settings(arguments.settings)),
        seed=arguments.seed,
        data=data,
    )


def _data(recipe: Recipe, named: str | None) -> str | None:
    """The data set by its whole path, where the method is about one."""
    title = method(recipe.method).title
    if "data" in dependences(recipe):
        if named is None:
            raise Problem(f"{title} is about a whole data set: name one with --data.")
        return whole_origin(Origin.parse(origin_in_data(named))).path
    if named is not None:
        raise Problem(f"{title} is not about a data set: leave --data out.")
    return None


def _named(arguments: argparse.Namespace) -> Recipe:
    """The method with the settings that say which other one it tests."""
    return Recipe(ModelChoice(""), method=arguments.method, settings=given.settings(arguments.settings))


# What a recipe says, and what stands there where it was not typed.
_OF_RECIPES: dict[str, object] = {
    **dict.fromkeys(("method", "model", "layer", "unit", "target", "size", "mean", "std", "fit", "labels")),
    "settings": [],
    "weights": "default",
    "seed": 0,
    "weights_seed": None,
}


def _check_unit(arguments: argparse.Namespace, target: str) -> None:
    """A unit that nothing asks for would still stand in the figure's title."""
    if arguments.layer is None:
        raise Problem("A unit belongs to a layer: name it with --layer, or leave --unit out.")
    technique = method(arguments.method)
    if technique.gives is Maps or not technique.asks.isdisjoint({"unit", "units"}):
        return
    if isinstance(parse(target), ClassTarget):
        raise Problem(
            f"The target {target} does not ask for a unit: add --target unit:mean, unit:max, unit:center or "
            "unit:ROW,COL, or leave --unit out."
        )


def _check_target(arguments: argparse.Namespace, target: str) -> None:
    """A loss map has its class among its settings; another one that was typed would be passed over."""
    parse(target)
    technique = method(arguments.method)
    if technique.gives is not Maps and "target" not in technique.asks:
        raise Problem(
            f"{technique.title} asks for no target: leave --target out; what it is about is said with --set "
            "(`methods` lists its settings)."
        )


def _typed(name: str) -> str:
    return {"method": "the method", "settings": "--set"}.get(name, f"--{name.replace('_', '-')}")
