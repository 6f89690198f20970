"""What a technique is: a frozen dataclass whose fields are its settings and whose `run` yields partial results.

From this one declaration come the form in its tab, the command line's `--set`, the recipe's settings, the progress bar,
cancelling and the contract tests.
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from numpy.typing import NDArray

from analysis.pace import Pace
from analysis.problems import Problem
from analysis.recipe import Setting
from analysis.target import ClassTarget, Target

if TYPE_CHECKING:
    import torch

    from analysis.network.network import Network

Array = NDArray[Any]

# How the result wants to be drawn and what the window offers for it:
# "maps" units × rows × columns, "derivative" signed channels × height × width, "heat" a map over the picture,
# "curves" lines with named axes, "picture" an RGB picture.
Drawing = Literal["maps", "derivative", "heat", "curves", "picture"]


@dataclass(frozen=True)
class Progress:
    """One partial result. The last one of a run has `done == total` and holds everything the method declares."""

    done: int
    total: int
    arrays: Mapping[str, Array]
    note: str = ""


@dataclass(frozen=True)
class Context:
    """All a technique may know: the network, the picture as the network saw it, and what is asked about."""

    network: "Network"
    input: "torch.Tensor"  # 1×C×H×W, normalised, on the network's device
    layer: str | None = None
    unit: int | None = None
    target: Target = field(default_factory=ClassTarget)
    seed: int = 0
    pace: Pace = field(default_factory=Pace, compare=False)


class Method(Protocol):
    """A technique. Implementations are `@dataclass(frozen=True)` with every field made by `setting`."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]  # one sentence for a student
    drawing: ClassVar[Drawing]
    declares: ClassVar[Mapping[str, str]]  # every array of the last Progress, "result" first, and what it holds
    needs_layer: ClassVar[bool]
    live: ClassVar[bool]  # cheap enough to follow a webcam

    def run(self, context: Context) -> Iterator[Progress]:
        """Yields after every short step (≤ about 50 ms of work; `context.pace` says how much that is of many things).

        No hook, mode or changed flag survives a yield.
        """
        ...


def setting(
    default: Setting,
    help: str,  # noqa: A002 - it is the help text of the form and of the command line
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    choices: Sequence[str] | None = None,
    lowest: str = "",
) -> Any:
    """A field of a method: its default, what it does in a sentence, and its limits.

    `lowest` is what a form shows in place of the lowest number where that stands for something else.
    """
    allowed = {"low": low, "high": high, "choices": tuple(choices) if choices else None}
    return field(default=default, metadata={"help": help, "unit": unit, "lowest": lowest, **allowed})


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


def settings_of(method: type[Method]) -> tuple[SettingInfo, ...]:
    infos = []
    for f in dataclasses.fields(method):  # type: ignore[arg-type]
        m = f.metadata
        default: Any = f.default
        infos.append(SettingInfo(f.name, default, m["help"], m["low"], m["high"], m["unit"], m["choices"], m["lowest"]))
    return tuple(infos)


def configured(method: type[Method], settings: Mapping[str, Setting]) -> Method:
    """The method with these settings, or one sentence on which of them cannot be."""
    known = {info.name: info for info in settings_of(method)}
    values: dict[str, Setting] = {}
    for name, value in settings.items():
        if name not in known:
            names = ", ".join(known) or "no settings"
            raise Problem(f"{method.title} has no setting “{name}”; it has {names}.")
        values[name] = _checked(known[name], value)
    return method(**values)


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
