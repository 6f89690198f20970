"""Several methods × several networks on one picture as one figure: the lecture's pages."""

import os
from collections.abc import Collection
from typing import Any

import numpy as np

from analysis.drawing.captions import Subject, picture_words, settings_words, target_words
from analysis.drawing.explanations import drawn, shared_ends, veil
from analysis.drawing.overlay import laid_over
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page, wrapped
from analysis.methods.registry import method
from analysis.protocol.frame import Pixels
from analysis.protocol.recipe import ComparisonChoice, MethodChoice, ModelChoice, Recipe, Setting, look
from analysis.results.kinds import Derivative, Heat
from analysis.results.looks import LOOKS, DerivativeLook, HeatLook
from analysis.studies.grid import Compared, Outcome

_LABEL = 0.85  # width of the methods' names
_WIDEST = 1.9  # of a picture, in inches
_WORDS = 0.17  # height of a line below a picture
_LINE = 0.13  # of another one


def comparison_figure(compared: Compared) -> Page:
    """A row for each method, a column for each network, on top what each network saw."""
    recipe, comparison, results = compared.recipe, compared.recipe.comparison, compared.results
    assert comparison is not None
    rows, networks = comparison.methods, comparison.networks
    ends = shared_ends((one.result for one in results.values()), recipe.looks) if comparison.shared else {}
    side = min((INSIDE - _LABEL - GAP * (len(networks) - 1)) / len(networks), _WIDEST)
    step = side + _WORDS + 0.06
    asked = Subject(recipe, recipe.model.name, np.zeros((1, 1, 3), np.uint8), labels=compared.labels)
    page = Page(
        f"{picture_words(recipe)}, explained",
        f"Of {target_words(asked)}",
        _caption(compared, comparison),
        step * (len(rows) + 1) + _LINE,
    )
    lefts = [MARGIN + _LABEL + number * (side + GAP) for number in range(len(networks))]
    for column, (left, network) in enumerate(zip(lefts, networks, strict=True)):
        seen = next((result.picture for (_, at), result in results.items() if at == column), None)
        if seen is not None:
            _draw(page, left, page.top, side, seen, seen)
        _words_under(page, left, page.top, side, _network_words(network), lines=2)
    for row, choice in enumerate(rows):
        top = page.top + (row + 1) * step + _LINE
        for line, words in enumerate(wrapped(method(choice.name).title.replace("-", "- "), 7, _LABEL - 0.1)):
            page.text(MARGIN, top + 0.05 + _LINE * line, words.replace("- ", "-"), 7)
        for column, left in enumerate(lefts):
            result = results.get((row, column))
            if result is None:
                _say_why(page, left, top, side, compared.outcomes.get((row, column)))
                continue
            seen_as = look(recipe, LOOKS[type(result.result)])
            shown = drawn(result.result, result.picture.shape[:2], seen_as, ends.get(type(result.result)))
            pixels = laid_over(result.picture, veil(shown, seen_as.opacity)) if comparison.over else shown.pixels
            _draw(page, left, top, side, pixels, result.picture)
            _words_under(page, left, top, side, f"{shown.low:.3g} … {shown.high:.3g}".replace("-", "−"))
    return page


def _draw(page: Page, left: float, top: float, side: float, pixels: Pixels, seen: Pixels) -> None:
    """In the middle of a square, in the shape of the picture that the network saw."""
    height, width = seen.shape[:2]
    high, wide = side * min(1.0, height / width), side * min(1.0, width / height)
    page.frame(page.picture(left + (side - wide) / 2, top + (side - high) / 2, wide, high, pixels))


def _say_why(page: Page, left: float, top: float, side: float, why: Outcome | None) -> None:
    words = why if isinstance(why, str) else "no result"
    for line, part in enumerate(wrapped(words, 6, side - 0.1)):
        if 0.1 + 0.11 * (line + 1) < side:
            page.text(left + side / 2, top + 0.1 + 0.11 * line, part, 6, align="center")


def _words_under(page: Page, left: float, top: float, side: float, words: str, lines: int = 1) -> None:
    """As many as there is room for."""
    parts = wrapped(words.replace("_", "_ "), 7, side)
    kept = [part.replace("_ ", "_") for part in parts[:lines]]
    if len(parts) > lines:
        kept[-1] += " …"
    for line, part in enumerate(kept):
        page.label(left, top + side + 0.03 + _LINE * line, side, part)


def _network_words(choice: ModelChoice) -> str:
    """With what is not the network's own, so that the same one twice can be told apart."""
    words = [os.path.basename(choice.name)]
    if choice.weights != "default":
        seeded = choice.weights == "random"
        words.append(f"random weights of seed {choice.seed}" if seeded else os.path.basename(choice.weights))
    if choice.preprocessing is not None:
        words.append(choice.preprocessing.fit_words)
    return ", ".join(words)


def _caption(compared: Compared, comparison: ComparisonChoice) -> str:
    """How it is drawn, the settings of each method, and whose weights they were."""
    recipe = compared.recipe
    scale = "One scale for all derivatives, and one for all maps" if comparison.shared else "Each on its own scale"
    kinds = {type(result.result) for result in compared.results.values()}
    derivatives, maps = look(recipe, DerivativeLook), look(recipe, HeatLook)
    clip = _each(kinds, f"{derivatives.clip:g} %", f"{maps.clip:g} %")
    opacity = _each(kinds, f"{derivatives.opacity:.0%}", f"{maps.opacity:.0%}")
    over = f" Every map lies over its picture, at most {opacity} of it." if comparison.over else ""
    words = [f"{scale}, clipped at {clip}; derivatives are shown as {derivatives.view}.{over}"]
    words += [_row_words(compared, number, row) for number, row in enumerate(comparison.methods)]
    hashes = [f"{_network_words(one)} ({one.weights_hash[:8]})" for one in comparison.networks if one.weights_hash]
    if hashes:
        words.append(f"Weights: {'; '.join(hashes)}.")
    return " ".join(word for word in words if word)


def _each(kinds: Collection[type[Any]], of_derivatives: str, of_maps: str) -> str:
    """A recipe may look at the two in different ways; said is what is drawn."""
    if Heat not in kinds or of_derivatives == of_maps:
        return of_derivatives
    return of_maps if Derivative not in kinds else f"{of_derivatives} (derivatives) and {of_maps} (maps)"


def _row_words(compared: Compared, number: int, row: MethodChoice) -> str:
    """Its layer and settings; what each network has a number of its own for, in the order of the networks."""
    used = [result.recipe.settings for (at, _), result in sorted(compared.results.items()) if at == number]
    own: dict[str, Setting] = {}
    for name in dict.fromkeys(name for settings in used for name in settings if name not in row.settings):
        own[name] = " and ".join(dict.fromkeys(str(settings[name]) for settings in used if name in settings))
    asked = Recipe(compared.recipe.model, method=row.name, settings={**own, **row.settings}, seed=row.seed)
    settings = settings_words(asked).removeprefix("Settings: ").removesuffix(".")
    layer = f"of layer {row.layer}" if row.layer is not None else ""
    said = ", ".join(words for words in (layer, settings) if words)
    return f"{method(row.name).title}: {said}." if said else ""
