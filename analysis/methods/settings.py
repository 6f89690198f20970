"""The settings of a technique: how its fields declare them, and how what was typed becomes them."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.methods.known import known
from analysis.methods.method import Method
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Setting


def setting(
    default: Setting,
    help: str,  # noqa: A002 - it is the help text of the form and of the command line
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    choices: Sequence[str] | Callable[[], Sequence[str]] | None = None,
    lowest: str = "",
    for_side: int | None = None,
) -> Any:
    """A field of a method: its default, what it does in a sentence, and its limits.

    `choices` may be a function, for those that are known only when all techniques are.
    `lowest` is what a form shows in place of the lowest number where that stands for something else. A default of
    pixels is meant for pictures whose shorter side has `for_side` of them, and grows and shrinks with the picture.
    """
    allowed = {"low": low, "high": high, "choices": choices}
    told = {"help": help, "unit": unit, "lowest": lowest, "for_side": for_side}
    return field(default=default, metadata=told | allowed)


def settings_of_the_named(name: str) -> Any:
    """A field with the settings of the method that the setting `name` names; outside they are called `name.SETTING`."""
    return field(default_factory=dict, hash=False, metadata={"of": name})


@dataclass(frozen=True)
class SettingInfo:
    """A setting as the form and `main.py methods` show it."""

    name: str
    default: Setting
    help: str
    low: float | None
    high: float | None
    unit: str
    choices: tuple[str, ...] | None
    lowest: str = ""
    for_side: int | None = None  # of the picture that the default is meant for, if it depends on that


def settings_of(method: type[Method], side: int | None = None) -> tuple[SettingInfo, ...]:
    """With `side`, the shorter one of the network's input, the defaults are those for pictures of that size."""
    infos = []
    for f in dataclasses.fields(method):  # type: ignore[arg-type]
        if "of" in f.metadata:
            continue
        choices = f.metadata["choices"]
        chosen = choices() if callable(choices) else choices
        known_limits = {**f.metadata, "choices": tuple(chosen) if chosen else None}
        info = SettingInfo(f.name, f.default, **known_limits)  # type: ignore[arg-type]
        infos.append(info if side is None else dataclasses.replace(info, default=_for(info, side)))
    return tuple(infos)


def configured(method: type[Method], settings: Mapping[str, Setting], side: int | None = None) -> Method:
    """The method with these settings, or one sentence on which of them cannot be; `side` as in `settings_of`."""
    known = {info.name: info for info in settings_of(method, side)}
    named = _named(method)
    values: dict[str, Any] = {info.name: info.default for info in known.values()}
    inner: dict[str, dict[str, Setting]] = {name: {} for name in named}
    for name, value in settings.items():
        outer, dot, own = name.partition(".")
        if dot and outer in inner:
            inner[outer][own] = value
        elif name in known:
            values[name] = _checked(known[name], value)
        else:
            names = ", ".join(known) or "no settings"
            raise Problem(f"{method.title} has no setting “{name}”; it has {names}.")
    for name, field_name in named.items():
        complete = _of_the_named(str(values[name]), inner[name], side)
        values[field_name] = {own: complete[own] for own in inner[name]}
    return method(**values)


def unforced(method: type[Method], settings: Mapping[str, Setting], side: int) -> dict[str, Setting]:
    """The settings without those that say what a picture of this size says by itself."""
    by_size = {info.name: info.default for info in settings_of(method, side) if info.for_side is not None}
    return {name: value for name, value in settings.items() if by_size.get(name) != value}


def written(technique: Method, side: int | None = None) -> dict[str, Setting]:
    """Every setting by its name, as a recipe stores them; of the method that it names, too, with the defaults there."""
    named = {field_name: name for name, field_name in _named(type(technique)).items()}
    settings: dict[str, Setting] = {}
    for f in dataclasses.fields(technique):  # type: ignore[arg-type]
        value = getattr(technique, f.name)
        if f.name in named:
            outer = named[f.name]
            complete = _of_the_named(getattr(technique, outer), value, side)
            settings |= {f"{outer}.{own}": setting for own, setting in complete.items()}
        else:
            settings[f.name] = value
    return settings


def _named(method: type[Method]) -> dict[str, str]:
    """The settings that name another method, and the fields with the settings of that one."""
    return {f.metadata["of"]: f.name for f in dataclasses.fields(method) if "of" in f.metadata}  # type: ignore[arg-type]


def _of_the_named(name: str, settings: Mapping[str, Setting], side: int | None) -> dict[str, Setting]:
    """All settings of the method of this name; something that is no method, such as a random map, has none."""
    technique = known(name)
    if technique is not None:
        return written(configured(technique, settings, side), side)
    if settings:
        raise Problem(f"There are no settings of “{name}”: leave {', '.join(settings)} out.")
    return {}


def _for(info: SettingInfo, side: int) -> Setting:
    """The default for pictures of this size: the same share of them."""
    if info.for_side is None or not isinstance(info.default, int):
        return info.default
    number = max(round(info.default * side / info.for_side), int(info.low or 0))
    return number if info.high is None else min(number, int(info.high))


def _checked(info: SettingInfo, value: Setting) -> Setting:
    """`value`, which may come as text from the command line, as the type and within the limits of the setting."""
    kind = type(info.default)
    wrong = Problem(f"The setting {info.name} cannot be “{value}”: {_allowed(info)}.")
    if kind is bool:
        if isinstance(value, str) and value.lower() in ("true", "yes", "on", "1", "false", "no", "off", "0"):
            return value.lower() in ("true", "yes", "on", "1")
        if isinstance(value, bool):
            return value
        raise wrong
    if kind is str:
        if isinstance(value, str) and (info.choices is None or value in info.choices):
            return value
        raise wrong
    if isinstance(value, bool):
        raise wrong
    try:
        number = float(value) if kind is float else int(str(value))
    except (ValueError, OverflowError) as error:
        raise wrong from error
    if isinstance(number, float) and not math.isfinite(number):
        raise wrong
    if (info.low is not None and number < info.low) or (info.high is not None and number > info.high):
        raise wrong
    return number


def _allowed(info: SettingInfo) -> str:
    if info.choices:
        return "it is one of " + ", ".join(info.choices)
    if isinstance(info.default, bool):
        return "it is on or off"
    kind = {int: "a whole number", float: "a number", str: "text"}[type(info.default)]
    low = "" if info.low is None else f" from {info.low:g}"
    high = "" if info.high is None else f" to {info.high:g}"
    return f"it is {kind}{low}{high}{' ' + info.unit if info.unit else ''}"
