"""A setting is a field of a frozen dataclass, and all that is known of it stands there: forms and files read it."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Setting = bool | int | float | str
# What a text stands for: any file, the state of a network (a file of weights, a name; see `opening.other_state`), or
# layers of a person's own as `methods.fields.designed` reads them, or what is climbed as `protocol.terms` reads it.
Names = Literal["", "file", "folder", "network", "layers", "terms"]


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
    names: Names = "",
) -> Any:
    """A field of a method or of a look: its default, what it does in a sentence, and its limits.

    `choices` may be a function, for those that are known only when all techniques are.
    `lowest` is what a form shows in place of the lowest number where that stands for something else. A default of
    pixels is meant for pictures whose shorter side has `for_side` of them, and grows and shrinks with the picture.
    Text that `names` a file or a network can be looked for in a dialog, and is kept with its whole path.
    """
    allowed = {"low": low, "high": high, "choices": choices}
    told = {"help": help, "unit": unit, "lowest": lowest, "for_side": for_side, "names": names}
    return field(default=default, metadata=told | allowed)


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
    names: Names = ""


def declared(record: type[Any]) -> tuple[SettingInfo, ...]:
    """The settings of a dataclass, in their order; its other fields are none."""
    infos = []
    for f in dataclasses.fields(record):
        if "help" not in f.metadata:
            continue
        choices = f.metadata["choices"]
        chosen = choices() if callable(choices) else choices
        known_limits = {**f.metadata, "choices": tuple(chosen) if chosen else None}
        infos.append(SettingInfo(f.name, f.default, **known_limits))  # type: ignore[arg-type]
    return tuple(infos)
