"""What is explained, and how strongly the network answers it, in words such as “tabby 14.2”."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from analysis.protocol.answer_words import answer_to, at_words, name_of_class, value_words, where_words
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget, Target, UnitTarget, parse, text_of
from gui.views.short_numbers import short

if TYPE_CHECKING:
    from analysis.protocol.events import Floats, Live, Loaded, UnitView
    from analysis.protocol.recipe import Recipe

KINDS = {"class": "logit", "probability": "probability", "logprob": "log-probability"}
NO_END = 1 << 60  # steps: what is asked about now, however often that was changed
SURE = 0.999  # a probability whose derivative is a thousandth of what it could be


def class_words(network: Loaded | None, index: int) -> str:
    """The class by its name, or its number where it has none."""
    return name_of_class(network.labels if network is not None else None, index) or f"{_numbers(network)} {index}"


def _asked_words(target: ClassTarget, network: Loaded | None, index: int | None) -> str:
    words = "the best class" if index is None else class_words(network, index)
    if target.against is not None:
        words += f" and not {class_words(network, target.against)}"
    return words + at_words(target)


def _numbers(network: Loaded | None) -> str:
    return network.numbers if network is not None else "class"


def read(text: str) -> Target:
    """The target that a text names; the maximally responding class where it names none."""
    try:
        return parse(text)
    except Problem:
        return ClassTarget()


def target_words(text: str, network: Loaded | None, layer: str | None, unit: int | None) -> str:
    """Such as “the best class”, “tabby (probability)”, “conv5 · unit 151, maximum”."""
    target = read(text)
    if isinstance(target, ClassTarget):
        words = _asked_words(target, network, target.index)
        return words if target.kind == "class" else f"{words} ({KINDS[target.kind]})"
    return f"{layer} · unit {unit}, {where_words(target)}" if unit is not None else f"{layer} · its strongest response"


def explained_words(recipe: Recipe, network: Loaded | None, live: Live | None) -> str:
    """What the recipe's method explains, with its value where that is known; empty where it explains nothing."""
    from analysis.methods.registry import about_words, target_of
    from analysis.protocol.recipe import before

    recipe = before(recipe, NO_END)
    target = target_of(recipe)
    if target is None:
        return ""
    asked = replace(recipe, target=text_of(target))
    words = score_words(asked, network, live) or target_words(asked.target, network, recipe.layer, recipe.unit)
    return about_words(recipe, words)


def map_words(recipe: Recipe) -> str:
    """The method, and with which settings and how its map is looked at."""
    from analysis.methods.registry import method
    from analysis.methods.setting_words import setting_words
    from analysis.protocol.recipe import look
    from analysis.results.kinds import Derivative
    from analysis.results.looks import DerivativeLook

    technique = method(recipe.method)
    words = setting_words(technique, recipe.settings)
    parts = [words] if words else []
    if technique.gives is Derivative:
        parts.append(f"seen as {look(recipe, DerivativeLook).view}")
    how = f" ({escape(', '.join(parts))})" if parts else ""
    return f"<b>{technique.title}</b>{how}"


def score_words(recipe: Recipe, network: Loaded | None, live: Live | None) -> str:
    """The explained answer with its value for the picture that the live answer is of; empty where it is not known."""
    target = read(recipe.target)
    if live is None:
        return ""
    if isinstance(target, ClassTarget):
        return _class_score(target, network, live.logits)
    if live.unit is None or (live.unit.layer, live.unit.unit) != (recipe.layer, recipe.unit):
        return ""  # another one is looked at by now
    value = _unit_value(target, live.unit)
    words = f"{live.unit.layer} · unit {live.unit.unit}, {where_words(target)}"
    return words if value is None else f"{words} {short(value)}"


def score_of_logits(text: str, network: Loaded | None, logits: Floats) -> str:
    """The same of one number per class; empty for a unit."""
    target = read(text)
    return _class_score(target, network, logits) if isinstance(target, ClassTarget) else ""


def saturated(text: str, network_answer: Live | None) -> str:
    """A sentence where a probability is so sure that its derivative says next to nothing; empty otherwise."""
    target = read(text)
    if not isinstance(target, ClassTarget) or target.kind != "probability":
        return ""
    found = answer_to(target, network_answer.logits if network_answer is not None else None)
    share = found[1] if found is not None else 0.0
    if SURE <= share <= 1:
        return f"The probability is {share:.2%}, where the softmax hardly moves any more: explain the logit instead."
    return ""


def _class_score(target: ClassTarget, network: Loaded | None, logits: Floats | None) -> str:
    found = answer_to(target, logits)
    if found is None:
        return ""
    kind = f" ({KINDS[target.kind]})" if target.kind == "logprob" else ""
    return f"{_asked_words(target, network, found[0])}: {value_words(target, found[1])}{kind}"


def _unit_value(target: UnitTarget, unit: UnitView) -> float | None:
    map_ = unit.map
    rows, columns = map_.shape
    if target.where == "map":
        return None
    if target.where == "mean":
        return float(map_.mean())
    if target.where == "max":
        return float(map_.max())
    row, column = (rows // 2, columns // 2) if target.where == "center" else target.where
    return float(map_[row, column]) if row < rows and column < columns else None
