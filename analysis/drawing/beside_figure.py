"""Two units, two layers or two pictures side by side on one page: each with its picture, its maps and its own scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.drawing.captions import Subject, caption, picture_words, scale_words
from analysis.drawing.colours import table
from analysis.drawing.mosaic import mosaic
from analysis.drawing.overlay import levels, over_picture, scale_of, unit_veil
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page, wrapped
from analysis.protocol.recipe import Recipe, look
from analysis.results.looks import MapsLook

if TYPE_CHECKING:
    from torch import Tensor

    from analysis.protocol.frame import Pixels

_SIDE = (INSIDE - 2 * GAP) / 2
_LINE = 0.13  # of words
_FINEST = 2500  # pixels a side of a mosaic


@dataclass(frozen=True)
class _Half:
    recipe: Recipe  # as if it stood alone
    maps: Tensor  # units × rows × columns
    picture: Pixels


def beside_figure(subject: Subject, maps: Tensor, other: Tensor, picture: Pixels) -> Page:
    """What is kept stands at the left, as in the window."""
    recipe = subject.recipe
    halves = (_Half(kept_recipe(recipe), other, picture), _Half(recipe, maps, subject.picture))
    heights = [_height(half) for half in halves]
    chosen = look(recipe, MapsLook)
    shared = chosen.scale == "shared"
    words = f"At the left {_words(halves[0].recipe)}, at the right {_words(halves[1].recipe)}. "
    of_units = all(half.recipe.unit is not None for half in halves)
    words += "Each map has a scale of its own." if of_units else scale_words(chosen, bool((maps < 0).any()), shared)
    page = Page(f"{subject.network}, side by side", "Activations", caption(subject, words), max(heights) + 0.45)
    for number, half in enumerate(halves):
        _draw(page, MARGIN + number * (_SIDE + 2 * GAP), half)
    return page


def kept_recipe(recipe: Recipe) -> Recipe:
    """What stands beside, as if it stood alone."""
    from dataclasses import replace

    side = recipe.beside
    if side is None:
        return recipe
    layer, unit = (recipe.layer, recipe.unit) if side.layer is None else (side.layer, side.unit)
    return replace(recipe, layer=layer, unit=unit, picture=side.picture or recipe.picture, beside=None)


def _words(recipe: Recipe) -> str:
    unit = f"unit {recipe.unit} of " if recipe.unit is not None else ""
    return f"{unit}{recipe.layer or 'the whole network'}, {picture_words(recipe)}"


def _height(half: _Half) -> float:
    if half.recipe.unit is None:
        return _SIDE
    height, width = half.picture.shape[:2]
    return _picture_width() * float(height / width)


def _picture_width() -> float:
    return (_SIDE - GAP) / 2


def _draw(page: Page, left: float, half: _Half) -> None:
    """Its words above, its pictures, and below them what they are."""
    for line, words in enumerate(wrapped(_words(half.recipe), 8, _SIDE)[:2]):
        page.text(left, page.top + line * _LINE, words, 8)
    top = page.top + 2 * _LINE + 0.03
    chosen = look(half.recipe, MapsLook)
    if half.recipe.unit is None:
        _draw_mosaic(page, left, top, half)
        return
    values = half.maps[half.recipe.unit].float().numpy()
    low, high = scale_of(values)
    colours = table(chosen.colours, chosen.gamma, low < 0)
    over = over_picture(half.picture, unit_veil(values, chosen.gamma, chosen.opacity))
    wide, high_ = _picture_width(), _height(half)
    scale = f"{low:.3g} … {high:.3g}".replace("-", "−")
    shown = ((colours[levels(values, low, high)], f"the map, {scale}"), (over, "over the picture"))
    for number, (pixels, words) in enumerate(shown):
        at = left + number * (wide + GAP)
        page.frame(page.picture(at, top, wide, high_, pixels))
        page.label(at, top + high_ + 0.03, wide, words)


def _draw_mosaic(page: Page, left: float, top: float, half: _Half) -> None:
    chosen = look(half.recipe, MapsLook)
    tile = max(int(_FINEST / max(len(half.maps), 1) ** 0.5), 1)
    drawn = mosaic(half.maps, chosen, aspect=1.0, tile=tile)
    height, width = drawn.levels.shape
    share = min(1.0, width / height)
    wide, high = _SIDE * share, _SIDE * share * height / width
    page.frame(page.picture(left, top, wide, high, table(chosen.colours, chosen.gamma, drawn.signed)[drawn.levels]))
    page.label(left, top + high + 0.03, wide, f"{drawn.tiles:,} units")
