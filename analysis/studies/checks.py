"""Which map a trust check tests, as recipes: from a map to the recipe of its check, and back."""

from collections.abc import Mapping
from dataclasses import replace

from analysis.methods.registry import method
from analysis.methods.settings import settings_of
from analysis.protocol.recipe import Recipe, Setting, look, with_look
from analysis.results.kinds import Derivative
from analysis.results.looks import DerivativeLook
from analysis.results.views import VIEWS, View

_OF_THE_MAP = ("map", "view")


def check_of(tested: Recipe, check: str, own: Mapping[str, Setting] | None = None) -> Recipe:
    """The check of the map that this recipe makes, as it is looked at. `own` are settings of the check itself."""
    settings: dict[str, Setting] = {"map": tested.method, **(own or {})}
    if method(tested.method).gives is Derivative:
        settings["view"] = look(tested, DerivativeLook).view
    settings |= {f"map.{name}": value for name, value in tested.settings.items()}
    return replace(tested, method=check, settings=settings)


def map_of(check: Recipe) -> Recipe:
    """The recipe of the map that this check tests; an older one names only its method and is looked at as raw."""
    own = {info.name: info.default for info in settings_of(method(check.method))} | dict(check.settings)
    view: View = next((view for view in VIEWS if view == own["view"]), "raw")
    settings = {name[len("map.") :]: value for name, value in check.settings.items() if name.startswith("map.")}
    return with_look(replace(check, method=str(own["map"]), settings=settings), DerivativeLook, view=view)


def own_settings(check: Recipe) -> dict[str, Setting]:
    """Those that say nothing of the map."""
    return {
        name: value for name, value in check.settings.items() if name not in _OF_THE_MAP and not name.startswith("map.")
    }
