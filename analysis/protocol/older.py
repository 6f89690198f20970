"""What recipes of an earlier program say in words that are others by now."""

import json
from collections.abc import Mapping

from analysis.protocol.problems import Problem


def of_today(data: Mapping[str, object]) -> Mapping[str, object]:
    """What was changed while the lines of a network learnt was a setting, `[[STEP, {SETTING: VALUE}], …]`."""
    settings = data.get("settings")
    if data.get("method") != "lines" or not isinstance(settings, dict) or "changes" not in settings:
        return data
    kept = {name: value for name, value in settings.items() if name != "changes"}
    course = data.get("course") or _turns(settings["changes"])
    return {**data, "settings": kept, "course": course}


def _turns(text: object) -> list[dict[str, object]]:
    damaged = Problem(
        "The recipe is damaged: what was changed on the way is not written as [[STEP, {SETTING: VALUE}]]."
    )
    if not isinstance(text, str):
        raise damaged
    try:
        told = json.loads(text) if text.strip() else []
    except (ValueError, RecursionError) as error:
        raise damaged from error
    if not isinstance(told, list) or not all(isinstance(one, list) and len(one) == 2 for one in told):
        raise damaged
    return [{"after": step, "settings": values} for step, values in told]
