"""What is told of how often a unit answered: the pictures that were seen, and what a silent one proves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.protocol.events import SoFar, UnitView

ENOUGH = 10  # different pictures; fewer say nothing about a unit that was silent on them


def pictures_in_words(pictures: int, different: int) -> str:
    if pictures == 1:
        return "1 picture"
    return f"{pictures:,} pictures" + (f", {different:,} of them different" if different < pictures else "")


def best_in_words(unit: UnitView) -> str:
    """The heading of its best pictures, or what is to be said where it has none."""
    if unit.silent:
        bound = f": at most {most_often(unit.different):.2g} %" if unit.different >= ENOUGH else ""
        return f"Zero on all of {pictures_in_words(unit.seen, unit.different)}{bound}"
    return f"Best of {pictures_in_words(unit.seen, unit.different)}"


def most_often(different: int) -> float:
    """In hundredths: how often a unit may answer that was silent on so many pictures, by the rule of three."""
    return min(300 / different, 100.0)


def why_silent(unit: UnitView) -> str:
    if not unit.silent:
        return ""
    words = f"This unit was zero everywhere on all of {pictures_in_words(unit.seen, unit.different)}."
    if unit.different < ENOUGH:
        return f"{words} {ENOUGH} different ones would begin to say how rare its answers are."
    return (
        f"{words} If they are a fair sample, it answers to at most {most_often(unit.different):.2g} % of such pictures "
        f"(3 of {unit.different:,}, with a confidence of 95 %)."
    )


def silent_in_words(so_far: SoFar) -> str:
    """Of a layer; nothing while too few pictures were seen, or if every unit answered."""
    silent = int(so_far.silent.sum())
    if not silent or so_far.different < ENOUGH:
        return ""
    return f"{silent:,} silent on {so_far.different:,} pictures"
