"""What of a recipe had a part in its result, told by what the method declares."""

from dataclasses import replace

from analysis.methods.method import Ask, AsksBySettings, Method, has_a_course
from analysis.methods.registry import METHODS, method
from analysis.methods.settings import configured, settings_of
from analysis.protocol.recipe import Recipe
from analysis.protocol.target import UnitTarget, parse
from analysis.results.kinds import Maps


def dependences(recipe: Recipe) -> frozenset[Ask]:
    """Those of its method, by its settings, and, where that tests the map of another one, of that one, too."""
    technique = method(recipe.method)
    defaults = {info.name: info.default for info in settings_of(technique)}
    tested = recipe.settings.get("map", defaults.get("map"))
    inner = (other.asks for other in METHODS if other.name == tested)
    return technique.asks.union(*inner, _by_settings(technique, recipe))


def _by_settings(technique: type[Method], recipe: Recipe) -> frozenset[Ask]:
    if not hasattr(technique, "also_asks"):
        return frozenset()
    own = {info.name for info in settings_of(technique)}
    settings, found = dict(recipe.settings), frozenset[Ask]()
    for changed in ({}, *(turn.settings for turn in recipe.course)):
        settings |= changed
        asked = configured(technique, {name: value for name, value in settings.items() if name in own})
        found |= asked.also_asks() if isinstance(asked, AsksBySettings) else frozenset()
    return found


def depends_on_layer(recipe: Recipe) -> bool:
    found = dependences(recipe)
    return "layer" in found or _asks_a_unit(recipe)


def what_mattered(recipe: Recipe) -> Recipe:
    """The recipe without what the result would be the same without: picture, layer, unit and place, or a mode."""
    if "picture" not in dependences(recipe):
        recipe = replace(recipe, picture=None)
    if "data" not in dependences(recipe):
        recipe = replace(recipe, data=None, layers=())
    if method(recipe.method).gives is not Maps:
        recipe = replace(recipe, backward=None, beside=None)
    if not has_a_course(method(recipe.method)):
        recipe = replace(recipe, course=())
    if not depends_on_layer(recipe):
        return replace(recipe, layer=None, unit=None, place=None)
    if method(recipe.method).gives is not Maps and not _asks_a_unit(recipe):
        return replace(recipe, unit=None, place=None)
    return recipe


def _asks_a_unit(recipe: Recipe) -> bool:
    found = dependences(recipe)
    if not found.isdisjoint({"unit", "units"}):
        return True
    return "target" in found and isinstance(parse(recipe.target), UnitTarget)
