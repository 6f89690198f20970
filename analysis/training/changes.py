"""What was changed of a training while it went on, and at which step: with it the same comes again to the bit.

It is written as JSON: `[[120, {"rate": 0.01}], [300, {"width": 40}]]`.
"""

import json
from collections.abc import Mapping, Sequence

from analysis.protocol.problems import Problem
from analysis.protocol.setting_values import checked
from analysis.settings.declared import Setting, SettingInfo

Change = tuple[int, dict[str, Setting]]


def read(text: str, infos: Sequence[SettingInfo]) -> dict[int, dict[str, Setting]]:
    """What is changed before each step, by the number of steps that are behind it then."""
    if not text.strip():
        return {}
    wrong = Problem("The changes are not written as [[STEP, {SETTING: VALUE}], …]: correct them, or leave them out.")
    known = {info.name: info for info in infos}
    found: dict[int, dict[str, Setting]] = {}
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise wrong from error
    if not isinstance(told, list):
        raise wrong
    for one in told:
        if not (isinstance(one, list) and len(one) == 2 and type(one[0]) is int and isinstance(one[1], dict)):
            raise wrong
        if one[0] < 0:
            raise wrong
        for name, value in one[1].items():
            if name not in known:
                raise Problem(f"“{name}” cannot be changed on the way: {', '.join(known)} can.")
            if not isinstance(value, bool | int | float | str):
                raise wrong
            found.setdefault(one[0], {})[name] = checked(known[name], value)
    return found


def written(changes: Sequence[tuple[int, Mapping[str, Setting]]]) -> str:
    return json.dumps([[step, dict(values)] for step, values in changes]) if changes else ""
