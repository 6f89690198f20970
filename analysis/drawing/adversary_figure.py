"""The figure of an adversary: before, after and their difference, the answer after every step, and how far each layer
is from what it was."""

import numpy as np

from analysis.drawing.adversary_pictures import drawn, scale_words
from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page, text_width
from analysis.results.kinds import Adversary, LayerChange

_TITLE = 0.3
_LINE = 0.15
_MOST = 32  # steps that are told; of more, as many as are spread evenly
_COLUMNS = 2
_SIZE = 6.5
_ABOVE, _BARS, _LETTER = 0.17, 0.85, 0.043  # of the bars' title, of the bars, and of a letter under them
_NAMED, _LONGEST = 48, 20  # layers, letters


def adversary_figure(subject: Subject, adversary: Adversary) -> Page:
    shown = drawn(adversary)
    side = (INSIDE - 2 * GAP) / 3
    high = side * shown.before.shape[0] / shown.before.shape[1]
    steps = adversary.rows
    told = _told(len(steps))
    rows = -(-len(told) // _COLUMNS)
    said = " ".join((*adversary.verdicts, *(light.sentence for light in adversary.lights if light.lit)))
    below = high + _TITLE + _LINE * (rows + 2)
    layers = _room_of(adversary.layers) if adversary.layers else 0.0
    page = Page(title(subject), subtitle(subject), caption(subject, said), below + layers)
    change = f"{adversary.change:.2g} %"
    names = (
        f"before: {adversary.answers[0]}",
        f"after: {adversary.answer}, changed by {change}",
        scale_words(shown.reach),
    )
    for number, (pixels, name) in enumerate(zip((shown.before, shown.after, shown.difference), names, strict=True)):
        left = MARGIN + number * (side + GAP)
        page.frame(page.picture(left, page.top, side, high, pixels))
        page.label(left, page.top + high + 0.05, side, _cut(name, side, 7))
    wide = INSIDE / _COLUMNS
    for column in range(min(_COLUMNS, -(-len(told) // rows))):
        left, top = MARGIN + column * wide, page.top + high + _TITLE + _LINE * 0.4
        for away, words in ((0.0, "step"), (0.3, "answer"), (wide - 1.0, "sure"), (wide - 0.55, "change")):
            page.text(left + away, top, words, _SIZE, colour="#666666")
    for place, (step, answer, sure, moved) in enumerate(steps[one] for one in told):
        column, row = divmod(place, rows)
        left, top = MARGIN + column * wide, page.top + high + _TITLE + _LINE * (row + 1.5)
        page.text(left, top, step, _SIZE)
        name = _cut(answer, wide - 1.35, _SIZE)
        page.text(left + 0.3, top, name, _SIZE)
        page.text(left + wide - 1.0, top, f"{100 * sure:.1f} %", _SIZE)
        page.text(left + wide - 0.55, top, f"{moved:.2f} %", _SIZE)
    if adversary.layers:
        _draw_layers(page, page.top + below, adversary.layers)
    return page


def _draw_layers(page: Page, top: float, layers: tuple[LayerChange, ...]) -> None:
    """Where the lie begins: a bar for each layer, with the names of as many as there is room for."""
    page.text(MARGIN, top, "how far the output of each layer is from what it was, in % of its length", _SIZE)
    left = 0.35
    axes = page.axes(MARGIN + left, top + _ABOVE, INSIDE - left, _BARS)
    changes = [one.change if np.isfinite(one.change) else 0.0 for one in layers]
    axes.bar(range(len(layers)), changes, width=0.8, color="#1f77b4")
    axes.set_xlim(-0.6, len(layers) - 0.4)
    axes.tick_params(labelsize=5, length=2, width=0.5, pad=1)
    every = -(-len(layers) // _NAMED)
    axes.set_xticks(range(0, len(layers), every))
    axes.set_xticklabels(_names(layers), rotation=90)


def _names(layers: tuple[LayerChange, ...]) -> list[str]:
    """Of as many as there is room for."""
    return [_short(one.layer) for one in layers[:: -(-len(layers) // _NAMED)]]


def _room_of(layers: tuple[LayerChange, ...]) -> float:
    return _ABOVE + _BARS + 0.1 + _LETTER * max(map(len, _names(layers)))


def _short(layer: str) -> str:
    return layer if len(layer) <= _LONGEST else f"…{layer[1 - _LONGEST :]}"


def _told(count: int) -> list[int]:
    """The first and the last, and as many between as there is room for."""
    if count <= _MOST:
        return list(range(count))
    return [round(place * (count - 1) / (_MOST - 1)) for place in range(_MOST)]


def _cut(words: str, wide: float, size: float) -> str:
    shown = words
    while text_width(shown, size) > 0.97 * wide and len(words) > 1:
        words = words[:-1]
        shown = f"{words}…"
    return shown
