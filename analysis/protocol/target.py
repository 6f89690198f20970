"""The scalar that is explained: a class's logit, probability or log-probability, or a unit's response.

Its text is the same on the command line (`--target`), in recipes and in the window:
`class`, `class:N`, `probability:N`, `logprob:N`, `unit:mean`, `unit:max`, `unit:center`, `unit:ROW,COL`, `unit:map`.

`class:N-class:M` is why the one and not the other: the difference of the two. Where the answer has a number for each
class at many places, as a map that segments has, `class:N` is the mean over them, `class:N@ROW,COL` one place,
`class:N@region` the mean over those where N answers most, and `class:N@STEP` a step of a sequence, or a box of a list.
"""

import re
from dataclasses import dataclass
from typing import Literal

from analysis.protocol.problems import Problem

ClassKind = Literal["class", "probability", "logprob"]
Where = Literal["mean", "max", "center", "map"] | tuple[int, int]
At = Literal["region"] | int | tuple[int, int]  # the region of a class, a step, or a row and column


@dataclass(frozen=True)
class ClassTarget:
    """`index` None is the maximally responding class. `against` is the class whose number is taken off.

    `at` is where of an answer that has places; None is their mean, and all that there is of an answer that has none.
    """

    kind: ClassKind = "class"
    index: int | None = None
    against: int | None = None
    at: At | None = None


@dataclass(frozen=True)
class UnitTarget:
    """A scalar of the chosen unit's map in the chosen layer. "max" without a unit is the layer's strongest response.

    "map" is half the sum of its squares, whose derivative is the map itself: the backward pass starts from what the
    unit shows, as in the deep visualisation toolbox.
    """

    where: Where = "mean"


Target = ClassTarget | UnitTarget

_CLASS = re.compile(
    r"(?P<kind>class|probability|logprob)(?::(?P<index>\d{1,9}))?"
    r"(?:\s*-\s*(?P=kind):(?P<against>\d{1,9}))?"
    r"(?:@(?:(?P<region>region)|(?P<first>\d{1,9})(?:,(?P<second>\d{1,9}))?))?"
)


def parse(text: str) -> Target:
    if found := _CLASS.fullmatch(text.strip()):
        target = _class(found)
        if target.against is None or target.against != target.index:
            return target
        raise Problem(
            f"The target “{text[:40]}” is a class without itself, which is always 0: name two, class:N-class:M."
        )
    kind, _, rest = text.strip().partition(":")
    if kind == "unit":
        if rest in ("mean", "max", "center", "map"):
            return UnitTarget(rest)  # type: ignore[arg-type]
        if place := re.fullmatch(r"(\d{1,9}),(\d{1,9})", rest):
            return UnitTarget((int(place[1]), int(place[2])))
    raise Problem(
        f"There is no target “{text[:40]}”: use class, class:N, class:N-class:M, probability:N, logprob:N, "
        "unit:mean, unit:max, unit:center, unit:map or unit:ROW,COL."
    )


def _class(found: re.Match[str]) -> ClassTarget:
    index, against, first, second = (
        int(found[name]) if found[name] is not None else None for name in ("index", "against", "first", "second")
    )
    at: At | None = "region" if found["region"] else first
    if first is not None and second is not None:
        at = first, second
    return ClassTarget(found["kind"], index, against, at)  # type: ignore[arg-type]


def text_of(target: Target) -> str:
    if isinstance(target, ClassTarget):
        text = target.kind if target.index is None else f"{target.kind}:{target.index}"
        if target.against is not None:
            text += f"-{target.kind}:{target.against}"
        return text if target.at is None else f"{text}@{at_text(target.at)}"
    where = target.where
    return f"unit:{where}" if isinstance(where, str) else f"unit:{where[0]},{where[1]}"


def at_text(at: At) -> str:
    return f"{at[0]},{at[1]}" if isinstance(at, tuple) else str(at)
