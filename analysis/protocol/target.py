"""The scalar that is explained: a class's logit, probability or log-probability, or a unit's response.

Its text is the same on the command line (`--target`), in recipes and in the window:
`class`, `class:N`, `probability:N`, `logprob:N`, `unit:mean`, `unit:max`, `unit:center`, `unit:ROW,COL`, `unit:map`.
"""

import re
from dataclasses import dataclass
from typing import Literal

from analysis.protocol.problems import Problem

ClassKind = Literal["class", "probability", "logprob"]
Where = Literal["mean", "max", "center", "map"] | tuple[int, int]


@dataclass(frozen=True)
class ClassTarget:
    """`index` None is the maximally responding class."""

    kind: ClassKind = "class"
    index: int | None = None


@dataclass(frozen=True)
class UnitTarget:
    """A scalar of the chosen unit's map in the chosen layer. "max" without a unit is the layer's strongest response.

    "map" is half the sum of its squares, whose derivative is the map itself: the backward pass starts from what the
    unit shows, as in the deep visualisation toolbox.
    """

    where: Where = "mean"


Target = ClassTarget | UnitTarget


def parse(text: str) -> Target:
    kind, colon, rest = text.strip().partition(":")
    if kind in ("class", "probability", "logprob"):
        if not colon:
            return ClassTarget(kind)  # type: ignore[arg-type]
        if re.fullmatch(r"\d{1,9}", rest):
            return ClassTarget(kind, int(rest))  # type: ignore[arg-type]
    elif kind == "unit":
        if rest in ("mean", "max", "center", "map"):
            return UnitTarget(rest)  # type: ignore[arg-type]
        if place := re.fullmatch(r"(\d{1,9}),(\d{1,9})", rest):
            return UnitTarget((int(place[1]), int(place[2])))
    raise Problem(
        f"There is no target “{text[:40]}”: use class, class:N, probability:N, logprob:N, "
        "unit:mean, unit:max, unit:center, unit:map or unit:ROW,COL."
    )


def text_of(target: Target) -> str:
    if isinstance(target, ClassTarget):
        return target.kind if target.index is None else f"{target.kind}:{target.index}"
    where = target.where
    return f"unit:{where}" if isinstance(where, str) else f"unit:{where[0]},{where[1]}"
