"""The figure of pictures that grew: as large as the page allows, and below them what they climbed, step by step."""

from typing import Any

import numpy as np

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.curve_figure import AXIS, draw_lines, key
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page, wrapped
from analysis.results.kinds import Floats, Grown, Line
from analysis.results.over_picture import as_levels
from analysis.results.planes_seen import looked_at_words
from analysis.results.words import number_words

_WIDEST = 4.5  # inches, of a picture that is alone
_IN_A_ROW = 4
_LINE = 0.13  # of what stands below a picture
_HIGH = 1.3  # of the curves
_KEY = 0.045  # of what tells which line is that of a picture, under it


def grown_figure(subject: Subject, grown: Grown) -> Page:
    count = len(grown.pictures)
    columns = min(count, _IN_A_ROW) if count > 1 else 1
    side = min((INSIDE - GAP * (columns - 1)) / columns, _WIDEST)
    shape = grown.pictures[0].shape[0] / grown.pictures[0].shape[1]
    side = min(side, _WIDEST / shape)
    words = [wrapped(one, 7, side + 0.8 * GAP) for one in _titles(grown)]
    words_at = 0.04 + (_KEY if count > 1 else 0.0)
    step = side * shape + words_at + 0.03 + _LINE * max(len(lines) for lines in words)
    rows = -(-count // columns)
    pictures_high = step * rows
    page = Page(title(subject), subtitle(subject), caption(subject, _said(grown)), pictures_high + GAP + _HIGH + 0.35)
    indent = (INSIDE - columns * side - GAP * (columns - 1)) / 2
    for number, (picture, lines) in enumerate(zip(grown.pictures, words, strict=True)):
        row, column = divmod(number, columns)
        left, top = MARGIN + indent + column * (side + GAP), page.top + row * step
        axes = page.picture(left, top, side, side * shape, as_levels(picture))
        page.frame(axes)
        if count > 1:
            _draw_key(axes, number, _KEY / (side * shape))
        for line, said in enumerate(lines):
            page.label(left, top + side * shape + words_at + line * _LINE, side, said)
    _curves(page, grown, page.top + pictures_high + GAP)
    return page


def _titles(grown: Grown) -> list[str]:
    if grown.activation is None:
        return list(grown.titles)
    answers = [f"answers {number_words(float(value))}" for value in grown.activation]
    return [": ".join(filter(None, both)) for both in zip(grown.titles, answers, strict=True)]


def _draw_key(axes: Any, number: int, below: float) -> None:
    """In the axes of the picture, so that it goes where they go."""
    from matplotlib.lines import Line2D

    ink, style = key(number)
    ends, heights = (0.3, 0.7), (-below, -below)
    axes.add_artist(
        Line2D(ends, heights, color=ink, linestyle=style, linewidth=2, transform=axes.transAxes, clip_on=False)
    )


def _said(grown: Grown) -> str:
    climbed = f"What is climbed is {grown.climbed}. " if grown.climbed else ""
    told = " The stroke under each picture is drawn as its line." if len(grown.pictures) > 1 else ""
    seen = looked_at_words(grown.beside["picture"].shape[-3]) if "picture" in grown.beside else ""
    return f"{climbed}What it answers is asked of the picture as it is shown, rounded to 8 bits.{told} {seen}".rstrip()


def _curves(page: Page, grown: Grown, top: float) -> None:
    """What was climbed, and beside it what pulled back, if anything did."""
    both = [("what was climbed", grown.objective)]
    if grown.prior.any():
        both.append(("what pulled back", grown.prior))
    wide = INSIDE / len(both) - AXIS
    for number, (words, values) in enumerate(both):
        axes = page.axes(MARGIN + AXIS + number * (wide + AXIS), top, wide, _HIGH)
        draw_lines(axes, np.arange(values.shape[1]), lines_of(grown, values), words, legend=False, counted=True)
        page.text(MARGIN + AXIS + number * (wide + AXIS) + wide / 2, top + _HIGH + 0.2, "step", 7, align="center")


def lines_of(grown: Grown, values: Floats) -> list[Line]:
    return [Line(name, line) for name, line in zip(grown.titles, values, strict=True)]
