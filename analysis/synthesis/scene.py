"""The stage of a picture that is made: which part of the network's input it fills, and what is asked of it there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from analysis.network.network import Network
from analysis.protocol.answer_words import at_words, where_words
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget, UnitTarget
from analysis.protocol.terms import Term, direction_in_words, sum_in_words, terms_of
from analysis.question.class_maps import spatial_layers
from analysis.question.question import Question
from analysis.question.scalar import asked_layer, class_vector, settled
from analysis.quick.both_ways import both_ways
from analysis.quick.folding import folded
from analysis.synthesis.climbed_words import climbed_words
from analysis.synthesis.crop import Box, Sight, Size, field_of, moved, sight_of, whole
from analysis.synthesis.objective import Objective, Slope, Summand, columns, layer_output_of

SMALLEST = 3  # pixels of a side that a person may ask for
LEAST_DRAFT = 32  # pixels of a side; what is smaller is quick anyway


@dataclass(frozen=True)
class Climbed:
    """What a person says of it beside the target: how much that counts, what is climbed beside, and how finely."""

    share: float = 1.0
    also: str = ""
    diversity: float = 0.0
    draft: bool = False


PLAIN = Climbed()


@dataclass(frozen=True)
class Scene:
    """`canvas` is the size of what the network sees; the picture fills `window`, and around it is the training mean."""

    question: Question
    questions: tuple[Question, ...]  # one for each picture
    canvas: Size
    window: Box
    whole_layer: bool = False
    asked: Climbed = PLAIN
    also: tuple[Summand, ...] = ()
    said: str = ""  # what could not be as it was asked

    @property
    def network(self) -> Network:
        return self.question.network

    @property
    def count(self) -> int:
        return len(self.questions)

    @property
    def channels(self) -> int:
        return int(self.question.input.shape[1])

    @cached_property
    def sight(self) -> Sight:
        """What of the canvas is asked about, and by which network."""
        quick = folded(self.question)
        if self.canvas != _size_of(self.question.input) or not self._at_one_place:
            sight = Sight(quick.network, whole(self.canvas))
        else:
            sight = sight_of(quick, self.canvas)
        return replace(sight, network=both_ways(sight.network))

    @property
    def _at_one_place(self) -> bool:
        """Whether all that is climbed is at the same place of the same layer, so that one crop shows it."""
        where = {(one.question.unit_layer, one.question.target) for one in self.also}
        return self.asked.diversity == 0 and where <= {(self.question.unit_layer, self.question.target)}

    @cached_property
    def objective(self) -> Objective:
        """By the quickest way."""
        return self._objective(self.sight.question, self.asked.diversity)

    @cached_property
    def plainly(self) -> Objective:
        """Of the network as it is, all that it sees, and each picture by itself."""
        return self._objective(lambda question: question, 0.0)

    def _objective(self, seen: Callable[[Question], Question], diversity: float) -> Objective:
        also = tuple(replace(one, question=seen(one.question)) for one in self.also)
        apart = _layer_apart(self.question) if diversity else None
        questions = tuple(seen(one) for one in self.questions)
        return Objective(questions, self.whole_layer, self.asked.share, also, diversity, apart)

    def slope_of(self, pictures: Tensor, leaf: Tensor, warm: bool = False) -> Slope:
        """As `Objective.slope_of`, of pictures that fill the window."""
        return self.objective.slope_of(moved(pictures, self.window, self.sight.box), leaf, warm)

    def on_canvas(self, pictures: Tensor) -> Tensor:
        return moved(pictures, self.window, whole(self.canvas))

    def activations(self, pictures: Tensor) -> Tensor:
        """Of the network as it is."""
        with torch.inference_mode(False), torch.no_grad():
            return self.plainly.values(self.on_canvas(pictures))

    # between what the network sees and levels from 0 to 1

    def levels(self, pictures: Tensor) -> Tensor:
        mean, std = self._mean_and_std()
        return pictures * std + mean

    def normalised(self, levels: Tensor) -> Tensor:
        mean, std = self._mean_and_std()
        return (levels - mean) / std

    def _mean_and_std(self) -> tuple[Tensor, Tensor]:
        said, like = self.network.preprocessing, self.question.input
        return like.new_tensor(said.mean).view(-1, 1, 1), like.new_tensor(said.std).view(-1, 1, 1)

    # where pictures begin

    def noise(self, sd: float) -> Tensor:
        """Normal noise in the window, of each picture by a seed of its own."""
        shape = (self.channels, *self.window.size)
        drawn = [sd * torch.randn(shape, generator=generator) for generator in self.generators()]
        return torch.stack(drawn).to(self.question.input)

    def begun(self, start: str, sd: float) -> Tensor:
        """What the network sees at first: noise, grey, or its picture with the same noise, which tells copies apart."""
        if start == "noise":
            return self.noise(sd)
        if start == "grey":
            return self.normalised(self.question.input.new_full((self.count, self.channels, *self.window.size), 0.5))
        picture = moved(self._picture(), whole(self.canvas), self.window)
        pictures = picture.expand(self.count, -1, -1, -1).clone()
        return pictures + self.noise(sd) if self.count > 1 else pictures

    def _picture(self) -> Tensor:
        given = self.question.input
        if _size_of(given) == self.canvas:
            return given
        return torch.nn.functional.interpolate(given, self.canvas, mode="bilinear", align_corners=False, antialias=True)

    def generators(self) -> list[torch.Generator]:
        """One for each picture: it is drawn as the first one of that seed would be."""
        return [torch.Generator().manual_seed((self.question.seed + i) % 2**63) for i in range(self.count)]

    # in words

    @cached_property
    def climbed(self) -> str:
        if not self.objective.is_sum:
            return climbed_words(self.question, self.whole_layer)
        own = "its target" if self.count > 1 else _in_words(Summand(1.0, self.question))
        parts = [(self.asked.share, own)] if self.asked.share else []
        parts += [(one.weight, _in_words(one)) for one in self.also]
        parts += [(-self.asked.diversity, "how alike the others are")] if self.asked.diversity else []
        side = climbed_words(self.question, self.whole_layer) if self.asked.share else ""
        return sum_in_words(parts) + (f"; its target is {side}" if side else "")

    @property
    def titles(self) -> tuple[str, ...]:
        """What tells each picture from the others."""
        several_units = len({(one.target, one.unit) for one in self.questions}) > 1
        seeds = self.count > len({(one.target, one.unit) for one in self.questions})
        titles = []
        for number, one in enumerate(self.questions):
            parts = []
            if several_units:
                parts.append(_name_of(one))
            if seeds:
                parts.append(f"seed {self.question.seed + number}")
            titles.append(" · ".join(parts))
        return tuple(titles)


def scene(
    question: Question,
    size: int = 0,
    pictures: int = 1,
    units: int = 1,
    margin: int = 0,
    of_picture: bool = False,
    whole_layer: bool = False,
    asked: Climbed = PLAIN,
) -> Scene:
    """`size` is the shorter side of the picture; 0 is what one unit sees, with a margin, or else the network's own.

    Without `of_picture` the class that answers most is that of a plain grey picture.
    """
    if not bool(question.input.isfinite().all()):
        raise Problem(f"The picture that {question.network.title} is given is NaN or infinite: choose another one.")
    if whole_layer:
        question = replace(question, target=UnitTarget("map"), unit=None)
    elif asked.share:
        question = _definite(question, of_picture)
    also = _summands(question, terms_of(asked.also))
    if not (asked.share or also):
        raise Problem("There is nothing to climb: give the target a share, or name what else is climbed.")
    if not asked.share:  # the target is in nothing of it
        question, units = also[0].question, 1
    own = _size_of(question.input)
    canvas = own
    window = None
    if size == 0 and not whole_layer:
        window = _field_of_all(question, also, own)
    elif size:
        if size < SMALLEST:
            raise Problem(f"A picture of {size} pixels a side is too small: ask for {SMALLEST} or more, or for 0.")
        canvas = (round(size * own[0] / min(own)), round(size * own[1] / min(own)))
    said = ""
    half = (round(canvas[0] / 2), round(canvas[1] / 2))
    if asked.draft and window is not None:
        said = f"No more than {max(window.size)} pixels are seen of the picture here, so the draft is as fine as any."
    elif asked.draft and min(half) < LEAST_DRAFT:
        said = f"A picture of {min(canvas)} pixels is small already, so the draft is as fine as any."
    elif asked.draft and not takes(question, also, half):
        said = f"{question.network.title} takes no picture of half the size, so the draft is as fine as any."
    elif asked.draft:
        canvas = half
    said = said or _of_probabilities(question)
    box = whole(canvas) if window is None else window.grown(margin).within(canvas)
    questions = tuple(one for one in _beside(question, units) for _ in range(pictures))
    return Scene(question, questions, canvas, box, whole_layer, asked, also, said)


def _of_probabilities(question: Question) -> str:
    """What is said where the network ends in a softmax, behind which nothing leads up once it is sure."""
    if not isinstance(question.target, ClassTarget) or question.target.kind != "class":
        return ""
    try:
        with torch.inference_mode(False), torch.no_grad():
            found = class_vector(question.network, torch.zeros_like(question.input[:1]))
    except Problem:  # of an answer that is no vector; what cannot be climbed is said when it is
        return ""
    ones = torch.ones(len(found), dtype=found.dtype, device=found.device)
    if found.shape[1] < 2 or not bool((found >= 0).all()) or not torch.allclose(found.sum(1), ones, atol=1e-3):
        return ""
    return (
        f"{question.network.title} ends in a softmax: a probability is climbed, which hardly leads up where it is near "
        "0 or 1. If too little grows, climb a unit of the layer before it."
    )


def _field_of_all(question: Question, also: Sequence[Summand], size: Size) -> Box | None:
    """What all that is climbed sees together; None where something sees everything, or it is not known."""
    boxes = [field_of(one, size) for one in (question, *(one.question for one in also))]
    found = [box for box in boxes if box is not None]
    if len(found) < len(boxes):
        return None
    top, left = min(box.top for box in found), min(box.left for box in found)
    return Box(top, left, max(box.bottom for box in found), max(box.right for box in found))


def takes(question: Question, also: Sequence[Summand], size: Size, whole_layer: bool = False) -> bool:
    """Whether the network can be asked all of that of pictures of this size."""
    blank = question.input.new_zeros((1, question.input.shape[1], *size))
    try:
        with torch.inference_mode(False), torch.no_grad():
            Objective((question,), whole_layer, 1.0, tuple(also)).values(blank)
    except Problem:
        return False
    return True


def _summands(question: Question, terms: Sequence[Term]) -> tuple[Summand, ...]:
    return tuple(_summand(question, term) for term in terms)


def _summand(question: Question, term: Term) -> Summand:
    network = question.network
    if isinstance(term.target, ClassTarget):
        return Summand(term.weight, _definite(replace(question, target=term.target), of_picture=False))
    unit = None if term.direction else term.unit if term.unit is not None else question.unit
    path = term.layer if term.layer is not None else asked_layer(question).path
    about = replace(question, target=term.target, layer=network.unit_node(path, unit), unit=unit)
    if term.direction:
        about = replace(about, unit=0)  # of all units at that place, which see the same of the picture
    else:
        return Summand(term.weight, _definite(about, of_picture=False))
    node = asked_layer(about)
    with torch.inference_mode(False), torch.no_grad():
        answered = columns(about, layer_output_of(network, node.path, node.calls, question.input))[0]
    along = answered if term.of_picture else _of_units(term, node, answered)
    length = float(along.norm())
    if not length:
        raise Problem(f"{node.path} answers the picture with zeros there, which is no direction: choose another one.")
    return Summand(term.weight, about, along / length, named=direction_in_words(term))


def _of_units(term: Term, node: LayerNode, like: Tensor) -> Tensor:
    along = torch.zeros_like(like)
    for unit, share in term.along:
        if unit >= len(along):
            raise Problem(
                f"{node.path} has units 0 to {len(along) - 1}; there is no {unit}, which the direction names."
            )
        along[unit] = share
    return along


def _layer_apart(question: Question) -> LayerNode | None:
    """In which pictures are told from each other: the unit's own layer, or the last one with places."""
    if isinstance(question.target, UnitTarget):
        return asked_layer(question)
    return next(iter(spatial_layers(question)), None)


def _in_words(one: Summand) -> str:
    target, network = one.question.target, one.question.network
    if isinstance(target, ClassTarget):
        of = {"class": "", "probability": "the probability of ", "logprob": "the log-probability of "}[target.kind]
        other = "" if target.against is None else f" and not {network.label(target.against).partition(',')[0]}"
        return f"{of}{_name_of(one.question)}{other}{at_words(target)}"
    path = asked_layer(one.question).path or "the network"
    if one.along is not None:
        return f"{one.named} in {path} ({where_words(target)})"
    if one.question.unit is None:
        return f"all of {path}" if target.where == "map" else f"the strongest response of {path}"
    return f"unit {one.question.unit} of {path} ({where_words(target)})"


def _definite(question: Question, of_picture: bool) -> Question:
    target = question.target
    if isinstance(target, UnitTarget):
        node = asked_layer(question)
        if question.unit is None and target.where != "max":
            raise Problem(f"No unit of {node.path} was chosen; click one, or name it with --unit.")
        return question
    if target.index is None or target.at is not None:
        given = question.input if of_picture else torch.zeros_like(question.input)
        return replace(settled(replace(question, input=given)), input=question.input)
    return question


def _beside(question: Question, units: int) -> tuple[Question, ...]:
    """The question, and that of the next units of the layer, or the next classes."""
    if units == 1:
        return (question,)
    target, network = question.target, question.network
    if isinstance(target, UnitTarget):
        node = asked_layer(question)
        if question.unit is None:
            raise Problem("Several units begin with one: choose it, or ask for one picture.")
        last = min(question.unit + units, node.units)
        return tuple(replace(question, unit=unit) for unit in range(question.unit, last))
    assert isinstance(target, ClassTarget)
    assert target.index is not None
    classes = len(network.labels) if network.labels is not None else target.index + units
    last = min(target.index + units, classes)
    others = (index for index in range(target.index, last) if index != target.against)
    return tuple(replace(question, target=replace(target, index=index)) for index in others)


def _name_of(question: Question) -> str:
    if isinstance(question.target, ClassTarget) and question.target.index is not None:
        return question.network.label(question.target.index).partition(",")[0]
    return f"unit {question.unit}"


def _size_of(pictures: Tensor) -> Size:
    return int(pictures.shape[2]), int(pictures.shape[3])
