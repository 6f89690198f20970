"""The settings of a technique: how its fields declare them, and how what was typed becomes them."""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from analysis.methods.known import known
from analysis.methods.method import Method
from analysis.protocol.problems import Problem
from analysis.protocol.setting_values import checked
from analysis.settings.declared import Setting, SettingInfo, declared
from analysis.settings.declared import setting as setting  # for the techniques


def settings_of_the_named(name: str) -> Any:
    """A field with the settings of the method that the setting `name` names; outside they are called `name.SETTING`."""
    return field(default_factory=dict, hash=False, metadata={"of": name})


def settings_of(method: type[Method], side: int | None = None) -> tuple[SettingInfo, ...]:
    """With `side`, the shorter one of the network's input, the defaults are those for pictures of that size."""
    infos = declared(method)
    return infos if side is None else tuple(dataclasses.replace(info, default=_for(info, side)) for info in infos)


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
            values[name] = checked(known[name], value)
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


def with_whole_paths(method: type[Method], settings: Mapping[str, Setting]) -> dict[str, Setting]:
    """What names a file of this folder keeps naming it in every other one."""
    naming = {info.name for info in declared(method) if info.names in ("file", "folder", "network")}
    return {name: whole_path(value) if name in naming else value for name, value in settings.items()}


def whole_path(value: Setting) -> Setting:
    """What is no file, such as the name of a network, stays as it is."""
    return os.path.abspath(value) if isinstance(value, str) and os.path.exists(value) else value


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
