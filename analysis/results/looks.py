"""How a result is looked at: what a person can set of the picture that a kind of result becomes.

Each kind that has something to set declares it here, once for its figure and for its view in the window; a kind that
is not in the table has nothing. A knob is a setting: its default, its words and its limits are read by the window
and by the reader of recipes. Knobs of one name mean the same in every kind that has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from analysis.results.kinds import Derivative, Graph, Heat, Maps
from analysis.results.views import VIEWS, View
from analysis.settings.declared import SettingInfo, declared, setting

COLOURS = ("grey", "viridis", "magma", "inferno", "diverging", "diverging-light")

Scale = Literal["unit", "shared"]
Order = Literal["index", "activation"]

_OPACITY = "Opacity of the map over the picture"
_CLIP = "What is stronger than this share of all places is drawn as if it were no stronger"


def _opacity() -> Any:
    return setting(0.6, _OPACITY, low=0.0, high=1.0)


def _clip() -> Any:
    """The scale ends at this percentile of the absolute values."""
    return setting(99.0, _CLIP, low=50.0, high=100.0, unit="%")


@dataclass(frozen=True)
class MapsLook:
    """How maps become pixels. `gamma` and `boost` are the old toolbox's; `boost` 1 gives every unit its own scale."""

    colours: str = setting("grey", "Colour map of the maps", choices=COLOURS)
    scale: Scale = setting("unit", "Scale: each unit its own, or one for the whole layer", choices=("unit", "shared"))
    gamma: float = setting(1.0, "Gamma: below 1 brightens weak values", low=0.001, high=10.0)
    boost: float = setting(0.0, "On a shared scale: brighten the weaker units", low=0.0, high=1.0)
    order: Order = setting("index", "How the units are sorted", choices=("index", "activation"))
    only_active: bool = setting(False, "Leave out the units that are zero everywhere on this picture")
    numbers: bool = setting(False, "Write the units' numbers into their tiles")
    smooth: bool = setting(False, "Draw the map of one unit without the edges of its cells")
    opacity: float = _opacity()


@dataclass(frozen=True)
class DerivativeLook:
    view: View = setting("norm", "How derivatives are looked at", choices=VIEWS)
    clip: float = _clip()
    opacity: float = _opacity()


@dataclass(frozen=True)
class HeatLook:
    clip: float = _clip()
    opacity: float = _opacity()


@dataclass(frozen=True)
class GraphLook:
    """`unfolded` is empty where that goes by the room there is; else `all`, `none`, or parts with spaces between."""

    unfolded: str = setting("", "Which parts are unfolded: none, all, or their paths; as fits a page if that is empty")


LOOKS: dict[type[Any], type[Any]] = {Maps: MapsLook, Derivative: DerivativeLook, Heat: HeatLook, Graph: GraphLook}
BY_NAME: dict[str, type[Any]] = {kind.__name__: look for kind, look in LOOKS.items()}  # as in recipes
NAMES: dict[type[Any], str] = {look: name for name, look in BY_NAME.items()}


_KNOBS = {look: {info.name: info for info in declared(look)} for look in NAMES}


def knobs(look: type[Any]) -> Mapping[str, SettingInfo]:
    """What is declared of each, by their names."""
    return _KNOBS[look]
