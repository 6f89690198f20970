"""Settings as a person reads them below a figure: “samples 9, noise 0.25, batch automatic, exact”."""

import os
from collections.abc import Mapping

from analysis.methods.method import Method
from analysis.methods.registry import METHODS
from analysis.methods.settings import settings_of
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Setting
from analysis.protocol.terms import terms_in_words
from analysis.settings.declared import SettingInfo


def setting_words(technique: type[Method], settings: Mapping[str, Setting]) -> str:
    """Those of a map that is tested stand behind its name."""
    infos = {info.name: info for info in settings_of(technique)}
    words = []
    for name, value in settings.items():
        if value == "":
            continue
        outer, dot, _ = name.partition(".")
        if dot and outer in settings:
            continue
        said = _word(name, value, infos.get(name))
        inner = {own[len(name) + 1 :]: one for own, one in settings.items() if own.startswith(f"{name}.")}
        named = next((one for one in METHODS if one.name == value), None)
        if inner and named is not None:
            said += f" ({setting_words(named, inner)})"
        words.append(said)
    return ", ".join(words)


def _word(name: str, value: Setting, info: SettingInfo | None) -> str:
    name = name.replace("_", " ")
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if info is not None and info.lowest and value == info.low:
        return f"{name} {info.lowest}"
    if info is not None and info.names in ("file", "folder", "network"):
        return f"{name} {os.path.basename(str(value)) or 'nothing'}"
    if info is not None and info.names == "terms":
        return f"{name} {_terms_in_words(str(value))}"
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{name} {shown}".replace(" -", " −")


def _terms_in_words(text: str) -> str:
    """What is wrong in them is said by who climbs; here it stands as it was typed."""
    try:
        return terms_in_words(text)
    except Problem:
        return text
