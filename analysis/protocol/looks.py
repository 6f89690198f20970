"""The looks of a recipe: for each kind of result that has knobs, by its name, the value of each of them.

They are always whole, so that a recipe describes the same picture in every later version, whatever its defaults are
then. A recipe may look at the kinds in different ways; who turns a knob in the window turns it for all kinds that have
it (`turned`), because the next method may well give another kind, and what was faint should stay faint.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

from analysis.protocol.problems import Problem
from analysis.protocol.setting_values import checked
from analysis.results.looks import BY_NAME, NAMES, knobs
from analysis.settings.declared import Setting

Looks: TypeAlias = Mapping[str, Mapping[str, Setting]]
Look = TypeVar("Look")


def whole(looks: Looks) -> Looks:
    """With the default of each knob that is not named; one sentence on a value that cannot be, or a knob that is none.

    What is whole already is returned itself: the many recipes of a study share it.
    """
    for kind, given in looks.items():
        if kind not in BY_NAME:
            raise Problem(f"There are no looks of “{kind[:40]}”; there are those of {', '.join(BY_NAME)}.")
        known = knobs(BY_NAME[kind])
        for name in given:
            if name not in known:
                raise Problem(f"The look of {kind} has no “{name[:40]}”; it has {', '.join(known)}.")
    made = {kind: _whole(kind, looks.get(kind, {})) for kind in BY_NAME}
    return looks if _same(looks, made) else made


def _whole(kind: str, given: Mapping[str, Setting]) -> dict[str, Setting]:
    return {
        name: checked(info, given.get(name, info.default), f"In the look of {kind},")
        for name, info in knobs(BY_NAME[kind]).items()
    }


def _same(looks: Looks, made: Looks) -> bool:
    """Down to the types: 99 and 99.0 are not written alike."""
    return looks == made and all(
        type(looks[kind][name]) is type(value) for kind, values in made.items() for name, value in values.items()
    )


def look_in(looks: Looks, of: type[Look]) -> Look:
    return of(**looks[NAMES[of]])


def laid_over(looks: Looks, of: type[Any], changes: Mapping[str, Setting]) -> Looks:
    """With these values for one kind, whose look `of` is."""
    kind = NAMES[of]
    return whole({**looks, kind: {**looks.get(kind, {}), **changes}})


def turned(looks: Looks, changes: Mapping[str, Setting]) -> Looks:
    """With these values for all kinds that have such a knob."""
    for name in changes:
        if not any(name in knobs(of) for of in NAMES):
            raise Problem(f"Nothing that is called “{name[:40]}” can be set of how results are looked at.")
    for of in NAMES:
        looks = laid_over(looks, of, {name: value for name, value in changes.items() if name in knobs(of)})
    return looks


DEFAULT = whole({})
