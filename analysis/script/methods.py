"""The techniques that there are, as a list that says itself."""

from __future__ import annotations

import html
from dataclasses import dataclass

from analysis.methods.registry import METHODS
from analysis.methods.settings import settings_of
from analysis.settings.declared import SettingInfo


@dataclass(frozen=True)
class MethodInfo:
    """`asks` is what its result depends on besides the network."""

    name: str
    title: str
    summary: str
    family: str
    asks: frozenset[str]
    settings: tuple[SettingInfo, ...]


class Methods(tuple[MethodInfo, ...]):
    """A tuple that is drawn as a table."""

    __slots__ = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(info.name for info in self)

    def __repr__(self) -> str:
        return "\n".join(f"{info.name}: {info.summary}{_settings(info)}" for info in self)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{html.escape(info.name)}</code></td><td>{html.escape(info.summary)}</td>"
            f"<td><code>{html.escape(_settings(info).strip())}</code></td></tr>"
            for info in self
        )
        return f"<table><tr><th>method</th><th>what</th><th>settings</th></tr>{rows}</table>"


def all_methods() -> Methods:
    return Methods(
        MethodInfo(one.name, one.title, one.summary, one.family, frozenset(one.asks), settings_of(one))
        for one in METHODS
    )


def _settings(info: MethodInfo) -> str:
    return "".join(f"\n    {setting.name}={setting.default!r}  {setting.help}" for setting in info.settings)
