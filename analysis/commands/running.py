"""One run of a method for a command: the picture, the progress line, and what came out with its complete recipe."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.commands.progress import progress_line
from analysis.methods.dependence import what_mattered
from analysis.methods.method import Method
from analysis.methods.registry import method
from analysis.methods.settings import configured, written
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe, completed, differences
from analysis.protocol.requests import backward_of
from analysis.protocol.target import ClassTarget, parse
from analysis.question.question import Question
from analysis.results.kinds import Maps, Result

if TYPE_CHECKING:
    from analysis.network.network import Network

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Rendering:
    """Everything about one run: `recipe` has all settings and fingerprints filled in."""

    recipe: Recipe
    network: "Network"
    technique: Method
    picture: NDArray[np.uint8]
    input: Array
    result: Result
    logits: Array | None  # what the network answers to the picture, where a class is asked about
    notes: tuple[str, ...]  # what was assumed, and what is not as the recipe says


def pixels_of(recipe: Recipe) -> NDArray[np.uint8]:
    from analysis.pictures.images import open_origin

    if recipe.picture is None:
        raise Problem("The recipe names no picture: give one with --image.")
    pixels = open_origin(recipe.picture.origin)
    return np.ascontiguousarray(pixels[:, ::-1]) if recipe.picture.mirrored else pixels


def run_on(network: "Network", recipe: Recipe, pixels: NDArray[np.uint8]) -> Rendering:
    """The recipe's method, its progress shown as a line."""
    from analysis.network.own_code import failures_told

    with failures_told(f"{network.title} could not be run"):
        return _ran_on(network, recipe, pixels)


def _ran_on(network: "Network", recipe: Recipe, pixels: NDArray[np.uint8]) -> Rendering:
    import torch

    from analysis.network.network import as_array
    from analysis.pictures.images import sha256_of

    if recipe.layer is not None:
        network.unit_node(recipe.layer, recipe.unit)
    technique = configured(method(recipe.method), recipe.settings, network.preprocessing.side)
    sha = sha256_of(pixels)
    context = Question(
        network=network,
        input=network.input_of(pixels),
        layer=recipe.layer,
        unit=recipe.unit,
        target=parse(recipe.target),
        seed=recipe.seed,
        backward=backward_of(recipe),
    )
    warnings = _warnings(network, technique)
    result: Result | None = None
    said = ""
    with progress_line() as show:
        try:
            for step in technique.run(context):
                result, said = step.result, step.note
                show(step.done, step.total, step.note or technique.title)
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise Problem(f"{technique.title} needs more memory than there is: try --device cpu or less.") from error
    if result is None:
        raise Problem(f"{technique.title} gave no result.")
    full = replace(what_mattered(recipe), settings=written(technique, network.preprocessing.side))
    return Rendering(
        recipe=completed(full, network.choice, sha),
        network=network,
        technique=technique,
        picture=network.picture(pixels),
        input=as_array(context.input),
        result=result,
        logits=_logits(context) if _of_class(context, technique) else None,
        notes=(
            *network.notes,
            *warnings,
            *differences(recipe, network.choice, sha),
            *_left_out(recipe, technique),
            *_last_of_several(network, full),
            *([f"{technique.title}: {said}"] if said else []),
        ),
    )


def _warnings(network: "Network", technique: Method) -> tuple[str, ...]:
    """What the doctor finds that makes an explanation by this method mislead."""
    from analysis.network.doctor import examine

    if technique.gives is Maps:
        return ()
    return tuple(
        found.sentence
        for found in examine(network)
        if found.severity != "note" and (not found.methods or technique.name in found.methods)
    )


def _left_out(recipe: Recipe, technique: Method) -> tuple[str, ...]:
    if recipe.layer is None or what_mattered(recipe).layer is not None:
        return ()
    return (f"{technique.title} of {recipe.target} does not depend on a layer, so {recipe.layer} is left out.",)


def _last_of_several(network: "Network", recipe: Recipe) -> tuple[str, ...]:
    """`recipe` has a layer only where it matters."""
    words = network.node(recipe.layer).last_of_several if recipe.layer is not None else ""
    return (words,) if words else ()


def _of_class(context: Question, technique: Method) -> bool:
    return isinstance(context.target, ClassTarget) and technique.gives is not Maps


def _logits(context: Question) -> Array:
    import torch

    from analysis.network.network import as_array
    from analysis.question.scalar import class_vector

    with torch.no_grad():
        return as_array(class_vector(context.network, context.input)[0])
