"""`render`: a method run on a picture without a window, and its result as a figure or as numbers."""

import argparse
import io
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.commands import arguments as given
from analysis.commands.finding import found_recipe
from analysis.commands.progress import progress_line
from analysis.methods.method import Context, Method, configured
from analysis.methods.registry import method
from analysis.problems import Problem
from analysis.recipe import PictureChoice, Recipe, completed, differences, to_json
from analysis.target import parse
from analysis.whole_file import check_output, write_whole

Array = NDArray[Any]

_VALUES_IN_JSON = 1000  # an array with more is described by its range only


@dataclass(frozen=True, eq=False)
class Rendering:
    """Everything about one run: `recipe` has all settings and fingerprints filled in."""

    recipe: Recipe
    network: Any  # analysis.network.network.Network, which would import torch here
    technique: Method
    picture: NDArray[np.uint8]
    input: Array
    arrays: Mapping[str, Array]
    notes: tuple[str, ...]  # what was assumed, and what is not as the recipe says


def render(arguments: argparse.Namespace) -> None:
    output = Path(arguments.output)
    check_output(output, given.OUTPUTS)
    recipe = _recipe(arguments)
    technique = configured(method(recipe.method), recipe.settings)
    parse(recipe.target)
    if technique.needs_layer and recipe.layer is None:
        raise Problem(
            f"{technique.title} needs a layer: name one with --layer (`layers {recipe.model.name}` lists them)."
        )
    pixels = _pixels(recipe)
    rendering = _run(recipe, technique, pixels, arguments)
    suffix = output.suffix.lower()
    if suffix == ".npz":
        content = _npz(rendering)
    elif suffix == ".json":
        content = _json(rendering)
    else:
        content = _figure(rendering, suffix)
    write_whole(output, content)
    for note in rendering.notes:
        print(note, file=sys.stderr)


def _recipe(arguments: argparse.Namespace) -> Recipe:
    """What was asked for on the command line, or the recipe that was named there."""
    if arguments.recipe is not None:
        for name in ("method", "model", "layer", "unit", "target", "settings", "size", "mean", "std", "fit", "labels"):
            if getattr(arguments, name):
                raise Problem(f"--recipe says all but the picture: leave {_typed(name)} out, or leave --recipe out.")
        recipe = found_recipe(arguments.recipe)
        if arguments.image is not None:
            return replace(recipe, picture=PictureChoice(given.picture_origin(arguments.image)))
        return recipe
    if arguments.method is None or arguments.model is None or arguments.image is None:
        raise Problem("Say what to draw: render METHOD --model M --image F -o OUT, or render --recipe FILE -o OUT.")
    return Recipe(
        model=given.model_choice(arguments.model, arguments),
        picture=PictureChoice(given.picture_origin(arguments.image)),
        layer=arguments.layer,
        unit=arguments.unit,
        target=arguments.target or "class",
        method=arguments.method,
        settings=given.settings(arguments.settings),
        seed=arguments.seed,
    )


def _typed(name: str) -> str:
    return {"method": "the method", "settings": "--set"}.get(name, f"--{name}")


def _pixels(recipe: Recipe) -> NDArray[np.uint8]:
    from analysis.images import open_origin

    if recipe.picture is None:
        raise Problem("The recipe names no picture: give one with --image.")
    pixels = open_origin(recipe.picture.origin)
    return np.ascontiguousarray(pixels[:, ::-1]) if recipe.picture.mirrored else pixels


def _run(recipe: Recipe, technique: Method, pixels: NDArray[np.uint8], arguments: argparse.Namespace) -> Rendering:
    import torch

    from analysis.commands.opening import opened
    from analysis.images import sha256_of
    from analysis.network.network import as_array

    network = opened(recipe.model, arguments)
    if recipe.layer is not None:
        network.unit_node(recipe.layer, recipe.unit)
    sha = sha256_of(pixels)
    context = Context(
        network=network,
        input=network.input_of(pixels),
        layer=recipe.layer,
        unit=recipe.unit,
        target=parse(recipe.target),
        seed=recipe.seed,
    )
    arrays: Mapping[str, Array] = {}
    with progress_line() as show:
        try:
            for step in technique.run(context):
                arrays = step.arrays
                show(step.done, step.total, step.note or technique.title)
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise Problem(f"{technique.title} needs more memory than there is: try --device cpu or less.") from error
    full = replace(recipe, settings=asdict(technique))  # type: ignore[call-overload]
    return Rendering(
        recipe=completed(full, network.choice, sha),
        network=network,
        technique=technique,
        picture=network.picture(pixels),
        input=as_array(context.input),
        arrays=arrays,
        notes=(*network.notes, *differences(recipe, network.choice, sha)),
    )


def _npz(rendering: Rendering) -> bytes:
    from analysis.drawing.recipe_inside import npz_text

    stream = io.BytesIO()
    members: dict[str, Any] = {**rendering.arrays, "input": rendering.input, "recipe": npz_text(rendering.recipe)}
    np.savez(stream, **members)
    return stream.getvalue()


def _json(rendering: Rendering) -> bytes:
    """The recipe with what came out besides, so that it can still be drawn with --recipe."""
    declared = rendering.technique.declares
    results = {name: _described(array, declared.get(name, "")) for name, array in rendering.arrays.items()}
    content = json.loads(to_json(rendering.recipe)) | {"results": results}
    return (json.dumps(content, indent=2) + "\n").encode("ascii")


def _described(array: Array, holds: str) -> dict[str, Any]:
    array = np.asarray(array)
    described: dict[str, Any] = {"holds": holds, "shape": array.shape, "type": str(array.dtype)}
    if array.dtype.kind in "fiub" and array.size:
        finite = array[np.isfinite(array)]
        described["finite"] = int(finite.size)
        if finite.size:
            described |= {"minimum": float(finite.min()), "maximum": float(finite.max()), "mean": float(finite.mean())}
    if array.size <= _VALUES_IN_JSON:
        described["values"] = _plain(array.tolist())
    return described


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _figure(rendering: Rendering, suffix: str) -> bytes:
    from analysis.drawing.captions import Subject
    from analysis.drawing.results import page_of

    network, recipe = rendering.network, rendering.recipe
    node = network.node(recipe.layer) if recipe.layer is not None else None
    subject = Subject(recipe, network.title, rendering.picture, node, network.labels)
    return page_of(subject, rendering.arrays).saved(suffix, recipe)
