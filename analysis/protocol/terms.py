"""What is climbed beside the target: other targets and directions, each with its weight, as one line of text.

Such as `-0.5 class:7; 2 unit:mean 12 features.28; 1 direction:center features.28`: a weight, what it is of, and of a
unit its number and its layer. What is left out is the recipe's own. A direction is what the layer answers to the
picture that is shown, of length 1: how far a picture's own answer reaches along it is what counts. One that was
found in another way names how much of which units it has: `1 direction:mean=12*0.6,3*-0.4 features.28`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.protocol.answer_words import at_words, where_words
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget, Target, UnitTarget, parse, text_of

DIRECTION = "direction"
FEW = 3  # units of a direction that are named
_FORM = "WEIGHT TARGET [UNIT [LAYER]], or WEIGHT direction:center [LAYER]"
_OF_UNITS = "write units with how much of each, such as direction:mean=12*0.6,3*-0.4"


@dataclass(frozen=True)
class Term:
    """Of a direction `target` says at which place; it has no unit, but `along` may say how much of each it has."""

    weight: float
    target: Target
    unit: int | None = None
    layer: str | None = None
    direction: bool = False
    along: tuple[tuple[int, float], ...] = ()

    @property
    def of_picture(self) -> bool:
        """Whether it is a direction that the picture which is shown decides."""
        return self.direction and not self.along


def terms_of(text: str) -> tuple[Term, ...]:
    return tuple(_term(part.strip()) for part in text.split(";") if part.strip())


def _term(text: str) -> Term:
    words = text.split(maxsplit=1)
    try:
        weight = float(words[0])
    except ValueError:
        weight = math.nan
    if not math.isfinite(weight) or len(words) < 2:
        raise Problem(f"“{text[:60]}” is nothing to climb: write {_FORM}, several with semicolons between them.")
    kind, _, where = words[1].split()[0].partition(":")
    rest = words[1].split()[1:]
    if kind == DIRECTION:
        where, of_units, units = where.partition("=")
        target = parse(f"unit:{where or 'mean'}")
        if isinstance(target, UnitTarget) and target.where in ("max", "map"):
            raise Problem(f"A direction has a place, its center, or the mean of all of them, not “{where}”.")
        along = _along(units) if of_units else ()
        return Term(weight, target, layer=" ".join(rest) or None, direction=True, along=along)
    target = parse(words[1].split()[0])
    if isinstance(target, ClassTarget):
        if rest:
            raise Problem(f"“{text[:60]}” is of a class, which has no unit and no layer: leave “{' '.join(rest)}” out.")
        return Term(weight, target)
    if rest and not rest[0].isdecimal():
        raise Problem(f"“{text[:60]}” names the unit “{rest[0]}”: write its number, and then its layer.")
    return Term(weight, target, int(rest[0]) if rest else None, " ".join(rest[1:]) or None)


def _along(text: str) -> tuple[tuple[int, float], ...]:
    found: dict[int, float] = {}
    for part in text.split(","):
        unit, _, share = part.partition("*")
        try:
            number, much = int(unit), float(share)
        except ValueError:
            number, much = -1, math.nan
        if number < 0 or not math.isfinite(much) or number in found:
            raise Problem(f"“{part[:40]}” is no part of a direction: {_OF_UNITS}, each unit once.")
        found[number] = much
    if not any(found.values()):
        raise Problem(f"A direction of zeros is none: {_OF_UNITS}.")
    return tuple(found.items())


def terms_in_words(text: str) -> str:
    """Such as “less 0.5 times class 7 and 2 times unit 12 of features.28 (mean)”, for who reads a caption."""
    return sum_in_words([(term.weight, _named(term)) for term in terms_of(text)])


def sum_in_words(parts: Sequence[tuple[float, str]]) -> str:
    """Such as “king crab, 2 times unit 3 of conv5 (centre), less samoyed”."""
    said = []
    for weight, words in parts:
        times = "" if abs(weight) == 1 else f"{abs(weight):g} times "
        said.append(f"{'less ' if weight < 0 else ''}{times}{words}")
    if len(said) < 2:
        return "".join(said)
    return ", ".join(said[:-1]) + (", " if said[-1].startswith("less ") else " and ") + said[-1]


def direction_in_words(term: Term) -> str:
    if not term.along:
        return "the direction of the picture"
    order = sorted(term.along, key=lambda one: -abs(one[1]))
    first = ", ".join(f"{'' if share > 0 else 'less '}{unit}" for unit, share in order[:FEW])
    more = f" and {len(order) - FEW} more" if len(order) > FEW else ""
    return f"the direction of unit{'s'[: len(order) != 1]} {first}{more}"


def _named(term: Term) -> str:
    """Without the network, which would know the names of its classes, and which layer is meant where none is named."""
    target = term.target
    if isinstance(target, ClassTarget):
        of = {"class": "", "probability": "the probability of ", "logprob": "the log-probability of "}[target.kind]
        which = "the class that responds most" if target.index is None else f"class {target.index}"
        other = "" if target.against is None else f" and not class {target.against}"
        return f"{of}{which}{other}{at_words(target)}"
    layer = term.layer or "its layer"
    if term.direction:
        return f"{direction_in_words(term)} in {layer} ({where_words(target)})"
    return f"{'its unit' if term.unit is None else f'unit {term.unit}'} of {layer} ({where_words(target)})"


def text_of_terms(terms: tuple[Term, ...]) -> str:
    return "; ".join(_text(term) for term in terms)


def _text(term: Term) -> str:
    target = text_of(term.target)
    words = [f"{term.weight:g}", target.replace("unit", DIRECTION, 1) if term.direction else target]
    if term.along:
        words[1] += "=" + ",".join(f"{unit}*{share:g}" for unit, share in term.along)
    if term.unit is not None:
        words.append(str(term.unit))
    if term.layer is not None:
        words.append(term.layer)
    return " ".join(words)
