"""The one loop that runs a recipe, for the window, the command line and studies alike.

What a recipe says in words is looked up once, in `resolved`; `run` asks it a step at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analysis.methods.dependence import dependences, what_mattered
from analysis.methods.method import Method, Progress, can_be_steered, has_a_course
from analysis.methods.registry import method
from analysis.methods.settings import configured, written
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import PictureChoice, Recipe, completed, differences
from analysis.protocol.requests import backward_of
from analysis.protocol.target import ClassTarget, parse, text_of
from analysis.question.pace import Pace
from analysis.question.question import Keep, Leg, OtherSide, Question
from analysis.results.kinds import Adversary, Array, Grown, Maps
from analysis.results.numbers import numbers_of

if TYPE_CHECKING:
    from torch import Tensor

    from analysis.datasets.data_set import DataSet
    from analysis.network.network import Network
    from analysis.protocol.events import Floats
    from analysis.protocol.frame import Fitted, Picture, Pixels
    from analysis.protocol.planes import Planes
    from analysis.protocol.reins import Reins
    from analysis.protocol.trail import Trail
    from analysis.results.kinds import Result


GETS_READY = "gets ready between pictures"


@dataclass(frozen=True, eq=False)
class Asked:
    """A recipe that has met its network and its picture: nothing in it has to be looked up any more."""

    recipe: Recipe  # as it was given
    network: Network
    technique: Method
    question: Question
    picture: Pixels  # what the network sees of it; mid-grey where none is asked for
    sha256: str | None  # of the picture as it was given
    said: tuple[str, ...] = ()  # what was assumed of the picture, a sentence each


@dataclass(frozen=True, eq=False)
class Ran:
    """What came of it. `recipe` has all settings and fingerprints filled in, so that it makes the same again."""

    asked: Asked
    recipe: Recipe
    result: Result
    logits: Floats | None  # what the network answers to the picture, where a class is asked about
    notes: tuple[str, ...]  # what was assumed, and what is not as the recipe says

    @property
    def numbers(self) -> dict[str, Array]:
        """Everything that its `.npz` file holds besides the recipe: the result's numbers, and what the network saw."""
        from analysis.network.network import as_array

        return {**numbers_of(self.result), "input": as_array(self.asked.question.input)}


def resolved(
    network: Network,
    recipe: Recipe,
    given: Picture | None,
    hurried: Callable[[], bool] = bool,
    beside: Picture | None = None,
    reins: Reins | None = None,
    trail: Trail | None = None,
    keep: Keep | None = None,
) -> Asked:
    """The recipe as a question to this network; `hurried` tells whether somebody waits between two steps.

    There may be no picture where the method asks for none. `beside` is that of the other side, where it is at hand.
    `trail` is what a run of the same recipe left of its steps, and takes what this one leaves.
    """
    from analysis.network.network import looked_at
    from analysis.pictures.images import sha256_of
    from analysis.protocol.planes import Planes

    layer = network.unit_node(recipe.layer, recipe.unit) if recipe.layer is not None else None
    technique = configured(method(recipe.method), recipe.settings, network.preprocessing.side)
    if given is None and "picture" in dependences(recipe):
        raise Problem(f"{technique.title} is about a picture: choose one first.")
    seen = None if given is None else network.picture(given)
    if seen is not None:
        network = network.about(seen)
    question = Question(
        network=network,
        input=_grey(network) if seen is None else network.input_of_fitted(seen),
        layer=layer,
        unit=recipe.unit,
        place=recipe.place,
        target=parse(recipe.target),
        seed=recipe.seed,
        backward=backward_of(recipe),
        beside=_other_side(network, recipe, seen, beside) if technique.gives is Maps else None,
        data=_data(recipe, technique),
        layers=recipe.layers,
        pace=Pace(hurried),
        reins=reins,
        keep=keep,
    )
    if has_a_course(technique):
        question = replace(question, course=_course(network, recipe, question))
    if can_be_steered(technique):
        if trail is not None:
            trail.belongs_to(_base(network, recipe, technique, given))
        question = replace(question, trail=trail)
    picture = looked_at(seen) if seen is not None else _grey_to_look_at(network)
    said = _of_planes(seen, technique) if isinstance(seen, Planes) else ()
    return Asked(recipe, network, technique, question, picture, sha256_of(given) if given is not None else None, said)


def _base(network: Network, recipe: Recipe, technique: Method, given: Picture | None) -> Recipe:
    """All that the steps before the first turn depend on."""
    from analysis.pictures.images import sha256_of

    plain = completed(
        replace(recipe, course=(), settings=written(technique, network.preprocessing.side)), network.choice, None
    )
    if given is None or "picture" not in dependences(recipe):
        return replace(plain, picture=None)
    return replace(plain, picture=PictureChoice("", sha256_of(given)))


def _course(network: Network, recipe: Recipe, question: Question) -> tuple[Leg, ...]:
    """Each turn with all that holds from then on."""
    settings, legs = dict(recipe.settings), []
    for turn in recipe.course:
        settings |= turn.settings
        technique = configured(method(recipe.method), settings, network.preprocessing.side)
        if turn.target is not None:
            question = replace(question, target=parse(turn.target))
        if turn.layer is not None:
            question = replace(question, layer=network.unit_node(turn.layer, turn.unit), unit=turn.unit)
        elif turn.unit is not None and question.layer is not None:
            question = replace(question, layer=network.unit_node(question.layer.path, turn.unit), unit=turn.unit)
        legs.append(Leg(turn, technique, question))
    return tuple(legs)


def _data(recipe: Recipe, technique: Method) -> DataSet | None:
    if "data" not in dependences(recipe):
        return None
    from analysis.datasets.recent import recent

    if not recipe.data:
        raise Problem(f"{technique.title} is about a whole data set: choose one first.")
    return recent(recipe.data)


def _other_side(network: Network, recipe: Recipe, seen: Fitted | None, found: Picture | None) -> OtherSide | None:
    """What stands beside the recipe's maps; `seen` is what the network sees of the recipe's."""
    from analysis.network.network import looked_at
    from analysis.pictures.chosen import picture_of

    choice = recipe.beside
    if choice is None:
        return None
    if recipe.backward is not None:
        raise Problem("What flows back is not shown side by side with another unit: leave one of the two out.")
    layer, unit = (recipe.layer, recipe.unit) if choice.layer is None else (choice.layer, choice.unit)
    if layer is None:
        raise Problem("There is no layer to look at side by side: name one.")
    node = network.unit_node(layer, unit)
    if found is not None or choice.picture is not None:
        seen = network.picture(found if found is not None else picture_of(choice.picture))
    if seen is None:
        raise Problem("There is no picture to look at side by side: name one.")
    return OtherSide(network.input_of_fitted(seen), looked_at(seen), node, unit)


def run(
    asked: Asked, answer: bool = True, warn: bool = True, enough: Callable[[], bool] = bool
) -> Generator[Progress, None, Ran]:
    """The method's steps. With `answer` the network is asked about the plain picture, too, with `warn` the doctor.

    What is there when `enough` says so is taken for the result, as far as it got.
    """
    import torch

    from analysis.network.full_precision import in_full_precision
    from analysis.question.in_pieces import in_pieces

    network, technique, question = asked.network, asked.technique, asked.question
    warnings = _warnings(network, technique) if warn else ()
    last: Progress | None = None
    try:
        whole = in_full_precision(network.device, network.module, technique.run(question))
        steps = in_pieces(whole, question.pace.is_hurried if _goes_in_pieces(network, technique) else bool)
        for step in question.pace.watch(steps):
            last = step or last or Progress(0, 0, note=GETS_READY)
            yield last
            if step is not None and step.result is not None and enough():
                _close(steps)
                break
    except (torch.OutOfMemoryError, MemoryError) as error:
        if network.device.type == "cpu":
            raise Problem(f"{technique.title} needs more memory than there is: ask for less of it.") from error
        raise Problem(f"{technique.title} needs more memory than {network.device} has: choose the CPU.") from error
    if last is None or last.result is None:
        raise Problem(f"{technique.title} gave no result.")
    mattered = what_mattered(asked.recipe)
    course = mattered.course if last.course is None else last.course
    settings = written(technique, network.preprocessing.side)
    named = replace(mattered, settings=settings, course=course, target_name=_target_name(asked))
    full = completed(named, network.choice, asked.sha256)
    notes = (
        *network.notes,
        *asked.said,
        *warnings,
        *differences(asked.recipe, network.choice, asked.sha256),
        *_left_out(asked.recipe, full, technique),
        *_last_of_several(question, full),
        *_answering_most(asked),
        *([f"{technique.title}: {last.note}"] if last.note else []),
    )
    return Ran(asked, full, last.result, _logits(asked) if answer else None, notes)


def _goes_in_pieces(network: Network, technique: Method) -> bool:
    """Whether others may come between: known code counts no calls, and on a GPU modes of the process are changed."""
    from analysis.network.known_code import is_steady

    made = issubclass(technique.gives, (Grown, Adversary))
    return made and network.device.type == "cpu" and is_steady(network.module)


def _close(steps: Iterator[Progress | None]) -> None:
    """Nothing that it put on for its steps outlives them."""
    if isinstance(steps, Generator):
        steps.close()


def _grey(network: Network) -> Tensor:
    import torch

    size = network.preprocessing
    return network.normalised(torch.full((size.channels, size.height, size.width), 128.0))


def _grey_to_look_at(network: Network) -> Pixels:
    import numpy as np

    return np.full((network.preprocessing.height, network.preprocessing.width, 3), 128, np.uint8)


def _of_planes(seen: Planes, technique: Method) -> tuple[str, ...]:
    """What the picture is made of, how it is normalised, and what a method's black or grey is for it."""
    words = {str(value) for value in vars(technique).values()}
    colours = [name for name in ("black", "grey", "noise", "white") if name in words]
    ends: tuple[str, ...] = ()
    if colours and seen.limits is not None:
        ends = (
            f"For {technique.title} black is the least number of each plane of {seen.name}, white the largest, and "
            "grey the middle of the two.",
        )
    return (*seen.notes, *ends)


def _warnings(network: Network, technique: Method) -> tuple[str, ...]:
    """What the doctor finds that makes an explanation by this method mislead."""
    from analysis.network.doctor import examine

    if technique.gives is Maps or "picture" not in technique.asks:
        return ()
    return tuple(
        found.sentence
        for found in examine(network)
        if found.severity != "note" and (not found.methods or technique.name in found.methods)
    )


def _left_out(asked: Recipe, full: Recipe, technique: Method) -> tuple[str, ...]:
    if asked.layer is None or full.layer is not None:
        return ()
    return (f"{technique.title} of {asked.target} does not depend on a layer, so {asked.layer} is left out.",)


def _last_of_several(question: Question, full: Recipe) -> tuple[str, ...]:
    """`full` has a layer only where it matters."""
    if question.layer is None or full.layer is None:
        return ()
    said = (question.layer.last_of_several, question.layer.what_heads_show)
    return tuple(words for words in said if words)


def _target_name(asked: Asked) -> str | None:
    """So that a reader of the recipe, and another network, know which class a number is."""
    from analysis.protocol.class_names import name_of_target

    return name_of_target(asked.question.target, asked.network.labels)


def _answering_most(asked: Asked) -> tuple[str, ...]:
    """Which class it was, where a figure cannot tell: of an answer with many numbers for each."""
    from analysis.question.scalar import settled

    network, question = asked.network, asked.question
    of_class = isinstance(question.target, ClassTarget) and "target" in dependences(asked.recipe)
    if not of_class or network.output == "classes":
        return ()
    found = settled(question).target
    if found == question.target or not isinstance(found, ClassTarget) or found.index is None:
        return ()
    return (f"The class that answers most is {found.index} ({network.label(found.index)}): {text_of(found)}.",)


def _logits(asked: Asked) -> Floats | None:
    import torch

    from analysis.network.full_precision import full_precision
    from analysis.network.network import as_array
    from analysis.question.scalar import class_vector

    of_class = isinstance(asked.question.target, ClassTarget) and asked.technique.gives is not Maps
    if not of_class or "picture" not in dependences(asked.recipe):
        return None
    if asked.network.output != "classes":  # it has many numbers for each class
        return None
    with torch.no_grad(), full_precision(asked.network.device):
        return as_array(class_vector(asked.network, asked.question.input)[0])
