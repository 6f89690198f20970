"""Several methods × several networks on one picture as one figure: the lecture's pages."""

import os
from collections.abc import Sequence

from analysis.drawing.captions import Subject, picture_words, settings_words, target_words
from analysis.drawing.explanations import Look, drawn, full_strength
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page, wrapped
from analysis.events import MethodResult
from analysis.methods.method import configured
from analysis.methods.registry import method

_LABEL = 0.85  # width of the methods' names
_WIDEST = 1.9  # of a picture, in inches
_WORDS = 0.17  # height of a line below a picture


def comparison_figure(results: Sequence[MethodResult], look: Look, shared: bool) -> Page:
    """A row for each method, a column for each network, on top what each network saw."""
    networks = list(dict.fromkeys(_network(result) for result in results))
    rows = list(dict.fromkeys(_method(result) for result in results))
    at = {(_method(result), _network(result)): result for result in results}
    techniques = {key: configured(method(result.recipe.method), result.recipe.settings) for key, result in at.items()}
    strongest: dict[str, float] = {}
    if shared:
        for key, result in at.items():
            kind = techniques[key].drawing
            strongest[kind] = max(strongest.get(kind, 0.0), full_strength(techniques[key], result.arrays, look))
    side = min((INSIDE - _LABEL - GAP * (len(networks) - 1)) / len(networks), _WIDEST)
    step = side + _WORDS + 0.06
    page = Page(_title(results), _subtitle(results), _caption(results, look, shared), step * (len(rows) + 1))
    lefts = [MARGIN + _LABEL + number * (side + GAP) for number in range(len(networks))]
    for left, network in zip(lefts, networks, strict=True):
        seen = next(result.picture for result in results if _network(result) == network)
        page.frame(page.picture(left, page.top, side, side, seen))
        page.label(left, page.top + side + 0.03, side, _network_words(network))
    for number, row in enumerate(rows, start=1):
        top = page.top + number * step
        for line, words in enumerate(wrapped(row[0].replace("-", "- "), 7, _LABEL - 0.1)):
            page.text(MARGIN, top + 0.05 + 0.13 * line, words.replace("- ", "-"), 7)
        for left, network in zip(lefts, networks, strict=True):
            if (row, network) not in at:
                page.label(left, top + side / 2, side, "no result")
                continue
            result = at[row, network]
            technique = techniques[row, network]
            size = (result.picture.shape[0], result.picture.shape[1])
            own = Look(look.view, look.percentile, strongest.get(technique.drawing))
            shown = drawn(technique, result.arrays, size, own)
            page.frame(page.picture(left, top, side, side, shown.pixels))
            page.label(left, top + side + 0.03, side, f"{shown.low:.3g} … {shown.high:.3g}".replace("-", "−"))
    return page


def _network(result: MethodResult) -> tuple[str, str, int]:
    model = result.recipe.model
    return model.name, model.weights, model.seed


def _network_words(network: tuple[str, str, int]) -> str:
    name, weights, seed = network
    if weights == "default":
        return name
    return f"{name}, random weights of seed {seed}" if weights == "random" else f"{name}, {os.path.basename(weights)}"


def _method(result: MethodResult) -> tuple[str, str]:
    return method(result.recipe.method).title, settings_words(result.recipe)


def _title(results: Sequence[MethodResult]) -> str:
    return f"{picture_words(results[0].recipe)}, explained"


def _subtitle(results: Sequence[MethodResult]) -> str:
    first = results[0]
    return f"Of {target_words(Subject(first.recipe, first.recipe.model.name, first.picture))}"


def _caption(results: Sequence[MethodResult], look: Look, shared: bool) -> str:
    scale = "One scale for all derivatives, and one for all maps" if shared else "Each picture on its own scale"
    words = [f"{scale}, clipped at the {look.percentile:g}th percentile; derivatives are shown as {look.view}."]
    for title, settings in dict.fromkeys(_method(result) for result in results):
        if settings:
            words.append(f"{title}: {settings.removeprefix('Settings: ')}")
    return " ".join(words)
