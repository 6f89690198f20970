"""What was typed or read for a setting, as the value of it that it declares, or one sentence on why it cannot be."""

import math

from analysis.protocol.problems import Problem
from analysis.settings.declared import Setting, SettingInfo

_LONGEST = 60  # letters of a wrong value that are repeated


def checked(info: SettingInfo, value: Setting, whose: str = "The setting") -> Setting:
    """`value`, which may come as text from the command line, as the type and within the limits of the setting."""
    kind = type(info.default)
    wrong = Problem(f"{whose} {info.name} cannot be “{_shown(value)}”: {_allowed(info)}.")
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


def _shown(value: Setting) -> str:
    words = str(value)
    return words if len(words) <= _LONGEST else words[:_LONGEST] + "…"


def _allowed(info: SettingInfo) -> str:
    if info.choices:
        return "it is one of " + ", ".join(info.choices)
    if isinstance(info.default, bool):
        return "it is on or off"
    kind = {int: "a whole number", float: "a number", str: "text"}[type(info.default)]
    low = "" if info.low is None else f" from {info.low:g}"
    high = "" if info.high is None else f" to {info.high:g}"
    return f"it is {kind}{low}{high}{' ' + info.unit if info.unit else ''}"
