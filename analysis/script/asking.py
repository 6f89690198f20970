"""A question as a script asks it: a network, a picture, a method by its name; the answer is there when it returns."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from analysis.commands.progress import silence
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe, Setting, from_json
from analysis.script.explained import Explained
from analysis.script.networks import GivenModel, Way, calm, network_of, network_of_choice, warn_of, way_of
from analysis.script.pictures import Given, GivenPicture, given, levels_in
from analysis.script.progress import progress_bar

if TYPE_CHECKING:
    from torch import Tensor, nn

    from analysis.methods.run import Asked, Ran
    from analysis.network.network import Network
    from analysis.script.grid import Grid

Target = int | str | None


def explained(
    model: GivenModel,
    picture: GivenPicture | None,
    method: str,
    way: Way,
    target: Target = None,
    layer: str | nn.Module | None = None,
    unit: int | None = None,
    seed: int = 0,
    settings: Mapping[str, Setting] | None = None,
    progress: bool = True,
) -> Explained:
    from analysis.methods import registry
    from analysis.methods.method import needs_layer
    from analysis.methods.settings import configured

    technique = configured(registry.method(method), settings or {})
    if needs_layer(technique) and layer is None:
        raise Problem(f"{technique.title} needs a layer: say layer=… by its name, or give the module itself.")
    if target is not None and "target" not in technique.asks:
        raise Problem(f"{technique.title} asks for no target: leave target out; its settings say what it is about.")
    found = given(picture) if picture is not None else None
    with silence(not progress):
        network = network_of(model, way, found.seen if found is not None else None)
    if network.choice.in_memory:
        warn_of(network.notes)
    recipe = Recipe(
        model=network.choice,
        picture=found.choice if found is not None else None,
        layer=_path_of(layer, model),
        unit=unit,
        target=_target(target, network),
        method=method,
        settings=dict(settings or {}),
        seed=seed,
    )
    return Explained.of(_ran(network, recipe, found, progress))


def again(
    recipe: Recipe | Mapping[str, Any] | str | os.PathLike[str],
    model: GivenModel | None = None,
    trust: bool = False,
    device: str | None = None,
    progress: bool = True,
) -> Explained | Grid:
    """What a recipe describes, made again: the recipe itself, a figure or file that holds it, or one of the gallery."""
    from analysis.commands.finding import found_recipe
    from analysis.methods.dependence import dependences
    from analysis.pictures.chosen import picture_of

    if isinstance(recipe, Mapping):
        recipe = from_json(json.dumps(recipe))
    elif not isinstance(recipe, Recipe):
        recipe = found_recipe(os.path.expanduser(os.fspath(recipe)))
    way = Way(trust=trust, device=device)
    if recipe.comparison is not None:
        from analysis.script.grid import grid_of

        with silence(not progress):
            return grid_of(recipe, way, model)
    found = None
    if "picture" in dependences(recipe):
        picture = picture_of(recipe.picture)
        assert recipe.picture is not None
        found = Given(recipe.picture, picture)
    with silence(not progress):
        if model is None:
            network = network_of_choice(recipe.model, way)
        else:
            network = network_of(model, way_of(recipe.model.preprocessing, way) if not isinstance(model, str) else way)
    return Explained.of(_ran(network, recipe, found, progress))


def _ran(network: Network, recipe: Recipe, found: Given | None, progress: bool) -> Ran:
    from analysis.methods.run import resolved, run
    from analysis.network.own_code import failures_told
    from analysis.opening.loading import finished

    picture = None
    if found is not None:
        picture = found.pixels if found.seen is None else levels_in(found.seen, network.preprocessing)
    with calm(), failures_told(f"{network.title} could not be run"), progress_bar(progress) as show:
        asked = resolved(network, recipe, picture)
        if found is not None and found.seen is not None:
            asked = _with_input(asked, found.seen)
        return finished(run(asked), lambda step: show(step.done, step.total, step.note or asked.technique.title))


def _with_input(asked: Asked, seen: Tensor) -> Asked:
    """To the bit what was given, and not what comes of its picture."""
    return replace(asked, question=replace(asked.question, input=seen.to(asked.network.device)))


def _target(target: Target, network: Network) -> str:
    """A number is a class, and so is a name that the labels have, or what such names are written with."""
    from analysis.protocol.class_names import has_names, numbered
    from analysis.protocol.target import parse

    if target is None:
        return "class"
    if isinstance(target, int) or hasattr(target, "__index__"):
        return f"class:{int(target)}"
    if ":" not in target and target.partition("@")[0] not in ("class", "probability", "logprob"):
        target = f"class:{target}"
    if has_names(target):
        target = numbered(target, network.labels, network.title)
    parse(target)
    return target


def _path_of(layer: str | nn.Module | None, model: GivenModel) -> str | None:
    """The name of a layer, also of one that is given as the module that it is."""
    if layer is None or isinstance(layer, str):
        return layer
    from torch import nn

    if isinstance(model, nn.Module):
        for path, part in model.named_modules():
            if part is layer:
                return str(path).removeprefix("module.").removeprefix("_orig_mod.")
    raise Problem("This layer is no part of the network: name it, as `main.py layers` and model.named_modules() do.")
