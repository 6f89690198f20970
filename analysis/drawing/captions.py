"""What a figure says of itself: network, layer, unit, method and its settings, picture and scale, in words."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.methods.dependence import dependences
from analysis.methods.method import asks_no_network
from analysis.methods.registry import about_words, method, target_of
from analysis.methods.setting_words import setting_words
from analysis.protocol.answer_words import answer_to, at_words, name_of_class, strongest, value_words, where_words
from analysis.protocol.events import Floats
from analysis.protocol.frame import Pixels
from analysis.protocol.layers import LayerNode
from analysis.protocol.origin import Origin
from analysis.protocol.recipe import Recipe, Setting, TurnChoice
from analysis.protocol.requests import Backward, backward_of
from analysis.protocol.target import ClassTarget, parse
from analysis.results.kinds import Derivative, Maps
from analysis.results.looks import MapsLook


@dataclass(frozen=True, eq=False)
class Subject:
    """What a figure is about. `picture` is what the network saw of the picture, `node` the recipe's layer.

    `logits` is what the network answers to it, where that is known, `remark` a sentence that its recipe does not tell.
    """

    recipe: Recipe
    network: str
    picture: Pixels
    node: LayerNode | None = None
    labels: Sequence[str] | None = None
    logits: Floats | None = None
    numbers: str = "class"  # what one number of the answer is called
    remark: str = ""
    other: LayerNode | None = None  # the layer that stands beside


def title(subject: Subject) -> str:
    """Network, layer and unit."""
    recipe = subject.recipe
    if asks_no_network(method(recipe.method)):
        return method(recipe.method).title
    parts = [subject.network]
    if recipe.layer:
        parts.append(recipe.layer)
    if recipe.unit is not None:
        parts.append(f"unit {recipe.unit}")
    return " · ".join(parts)


def subtitle(subject: Subject) -> str:
    """Method and target; of a method that tests another one's map, that one, too."""
    technique, words = method(subject.recipe.method), target_words(subject)
    asked = backward_of(subject.recipe)
    if asks_no_network(technique):
        return technique.summary
    if not words:
        return flow_words(asked) if asked is not None and asked.in_mosaic else technique.title
    tested = str(subject.recipe.settings.get("map", "random"))
    whose = f" of the map by {method(tested).title}, explaining" if tested != "random" else " of"
    return f"{technique.title}{whose} {about_words(subject.recipe, words)}"


def caption(subject: Subject, scale: str = "") -> str:
    """Everything that it takes to make the figure again, in sentences."""
    recipe = subject.recipe
    if asks_no_network(method(recipe.method)):
        said = (f"{title(subject)}.", subject.remark, settings_words(recipe), course_words(recipe), scale)
        return " ".join(sentence for sentence in said if sentence)
    model = recipe.model
    weights = {"default": "its own weights", "random": f"random weights of seed {model.seed}"}.get(
        model.weights, f"weights from {os.path.basename(model.weights)}"
    )
    fingerprint = f" ({model.weights_hash[:8]})" if model.weights_hash else ""
    where = f"layer {recipe.layer} of " if recipe.layer else ""
    if recipe.layers:
        where = f"layer{'s'[: len(recipe.layers) != 1]} {', '.join(recipe.layers)} of "
    height, width = subject.picture.shape[:2]
    seen = f" over the data set {os.path.basename(recipe.data) or recipe.data}" if recipe.data else ""
    if "picture" in dependences(recipe):
        seen = f" for {picture_words(recipe)}" if recipe.picture else ""
        seen += f", seen at {width} × {height}"
    sentences = [
        f"{subtitle(subject)}; {where}{subject.network} with {weights}{fingerprint}{seen}.",
        subject.remark,
        field_words(subject),
        settings_words(recipe),
        course_words(recipe),
        scale,
        beside_words(recipe) if method(recipe.method).gives is Maps else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def flow_words(asked: Backward) -> str:
    """What flows back, from where."""
    return f"{asked.rule.capitalize()} that flows back from {asked.layer} · unit {asked.unit}"


def beside_words(recipe: Recipe) -> str:
    """Of the small picture beside that which the network saw, in backward mode."""
    asked, choice = backward_of(recipe), recipe.backward
    if asked is None or choice is None:
        return ""
    what = "It is the derivative of half the squares of that unit's map. " if asked.in_mosaic else ""
    whose = "" if asked.in_mosaic else f" ({asked.rule}, from {asked.layer} · unit {asked.unit})"
    return f"{what}Beside the title: what flows back to the picture{whose}, seen as {choice.view}, and the picture."


def target_words(subject: Subject) -> str:
    """What is explained; empty for a method that explains nothing."""
    target = target_of(subject.recipe) if subject.recipe.comparison is None else parse(subject.recipe.target)
    if target is None:
        return ""
    if isinstance(target, ClassTarget):
        of = {"class": "", "probability": "the probability of ", "logprob": "the log-probability of "}[target.kind]
        index = target.index if target.index is not None else strongest(subject.logits)
        if index is None:
            other = "" if target.against is None else f" and not {_class_words(subject, target.against)}"
            return f"{of}the maximally responding class{other}{at_words(target)}"
        name = _class_words(subject, index)
        if target.against is not None:
            name += f" and not {_class_words(subject, target.against)}"
        own = "picture" in dependences(subject.recipe)  # or else the answer is to another one
        return f"{of}{name}{at_words(target)}" + (_answer_words(target, subject.logits) if own else "")
    if subject.recipe.unit is None:
        return f"the strongest response of {subject.recipe.layer}"
    return f"unit {subject.recipe.unit} of {subject.recipe.layer} ({where_words(target)})"


def _class_words(subject: Subject, index: int) -> str:
    known = name_of_class(subject.labels, index)
    return f"{subject.numbers} {index}" + (f" ({known})" if known else "")


def _answer_words(target: ClassTarget, logits: Floats | None) -> str:
    """How the network answers that, and whether it was the answer that led there."""
    found = answer_to(target, logits)
    if found is None:
        return ""
    kind = "logit " if target.kind == "class" else ""
    kind = kind if target.against is None else f"{kind}difference "
    led = ", which responds most" if target.index is None and target.against is None else ""
    return f"{led}: {kind}{value_words(target, found[1])}"


def picture_words(recipe: Recipe) -> str:
    if recipe.picture is None:
        return "no picture"
    origin = Origin.parse(recipe.picture.origin)
    name = f"a picture from {origin.in_words}" if origin.passing else origin.in_words
    return name + (" (mirrored)" if recipe.picture.mirrored else "")


def field_words(subject: Subject) -> str:
    """What one place of the unit sees, where a unit is shown."""
    field = subject.node.receptive_field if subject.node is not None else None
    if field is None or subject.recipe.unit is None or "picture" not in method(subject.recipe.method).asks:
        return ""
    return (
        f"Each place sees {field.size[1]} × {field.size[0]} pixels of it, "
        f"{field.stride[1]} × {field.stride[0]} pixels from the next."
    )


def settings_words(recipe: Recipe) -> str:
    if not recipe.settings:
        return ""
    return f"Settings: {setting_words(method(recipe.method), _settings(recipe))}."


def course_words(recipe: Recipe) -> str:
    """What was changed while it ran."""
    technique, told = method(recipe.method), []
    for turn in recipe.course:
        words = [setting_words(technique, turn.settings)] if turn.settings else []
        if turn.target is not None:
            words.append(f"it is asked about {_asked_words(turn)}")
        if words:
            told.append(f"From step {turn.after + 1:,} on: {'; '.join(words)}.")
    return " ".join(told)


def _asked_words(turn: TurnChoice) -> str:
    target = parse(turn.target or "class")
    if isinstance(target, ClassTarget):
        other = "" if target.against is None else f" and not class {target.against}"
        which = "the class that responds most" if target.index is None else f"class {target.index}"
        of = {"class": "", "probability": "the probability of ", "logprob": "the log-probability of "}[target.kind]
        return f"{of}{which}{other}{at_words(target)}"
    return f"unit {turn.unit} of {turn.layer} ({where_words(target)})"


def _settings(recipe: Recipe) -> Mapping[str, Setting]:
    """Those that matter: a map that is no derivative is looked at in one way only, and not every method draws lots."""
    settings = dict(recipe.settings)
    tested = str(settings.get("map", ""))
    if tested and (tested == "random" or method(tested).gives is not Derivative):
        settings.pop("view", None)
    return settings | ({"seed": recipe.seed} if "seed" in dependences(recipe) else {})


def scale_words(look: MapsLook, signed: bool, shared: bool) -> str:
    """How values became brightness."""
    own = "Each unit is drawn on its own scale"
    if shared:
        own = "All units are drawn on one scale"
        if look.boost > 0:
            own += f", weak ones boosted by {look.boost:g}"
    ends = "zero in the middle" if signed else "from zero"
    gamma = f", gamma {look.gamma:g}" if look.gamma != 1 else ""
    return f"{own}, {ends}{gamma}."
