"""The figure of a film: maps one after the other, and below them their numbers as a curve."""

import numpy as np

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.colours import table
from analysis.drawing.curve_figure import AXIS, HIGH, draw_lines
from analysis.drawing.overlay import levels
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page, text_width
from analysis.methods.registry import method
from analysis.results.kinds import Film, Floats, Line
from analysis.studies.verdicts import badge

_IN_A_ROW = 7
_WIDEST = 1.1  # inches, of a picture
_LINE = 0.12
_FIRST = "as learnt"  # before anything has changed


def film_figure(subject: Subject, film: Film) -> Page:
    declares = method(subject.recipe.method).declares
    found = badge(subject.recipe.method, film.numbers)
    said = [found.sentence] if found is not None else []
    said.append(f"Drawn is {declares.get('result', film.values_words)}.")
    said.append("The number below a map is that of the curve; each map has a scale of its own, clipped at 99 %.")
    body = _height(film.frames) + GAP + HIGH + 0.9
    page = Page(title(subject), subtitle(subject), caption(subject, " ".join(said)), body)
    _draw(page, film)
    axes = page.axes(MARGIN + AXIS, page.top + _height(film.frames) + GAP, INSIDE - AXIS, HIGH)
    places = np.arange(len(film.values))
    draw_lines(axes, places, [Line("result", film.values)], film.values_words)
    shown = [name or _FIRST for name in film.titles]
    axes.set_xticks(places, shown, rotation=30, ha="right", parse_math=False)
    return page


def _layout(film: Floats) -> tuple[float, float, int]:
    """Width and height of a picture with its two lines below, and how many stand in a row."""
    columns = -(-len(film) // -(-len(film) // _IN_A_ROW))
    side = min((INSIDE - GAP / 2 * (columns - 1)) / columns, _WIDEST)
    return side, side * film.shape[1] / film.shape[2] + 2 * _LINE + 0.12, columns


def _height(film: Floats) -> float:
    _, step, columns = _layout(film)
    return step * -(-len(film) // columns)


def _draw(page: Page, film: Film) -> None:
    """Each map on its own scale, clipped at 99 %: the film compares patterns, as in the window."""
    side, step, columns = _layout(film.frames)
    high = side * film.frames.shape[1] / film.frames.shape[2]
    colours = table("inferno")
    for number, (map_, name, value) in enumerate(zip(film.frames, film.titles, film.values, strict=True)):
        row, column = divmod(number, columns)
        middle, top = MARGIN + column * (side + GAP / 2) + side / 2, page.top + row * step
        full = float(np.percentile(map_, 99)) or 1.0
        page.frame(page.picture(middle - side / 2, top, side, high, colours[levels(map_, 0.0, full)]))
        page.text(middle, top + high + 0.03, _fitted(name or _FIRST, side), 6, align="center")
        page.text(middle, top + high + 0.03 + _LINE, f"{value:.2f}".replace("-", "−"), 6, align="center")


def _fitted(name: str, width: float) -> str:
    """The end of a name tells most: its beginning goes where there is no room."""
    shown = name
    while text_width(shown, 6) > width and len(shown) > 2:
        name = name[1:]
        shown = f"…{name}"
    return shown
