"""The figure of a method whose result is lines: named curves over a named axis and a film of compared maps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.colours import table
from analysis.drawing.curves import Curves, Line, curves_of
from analysis.drawing.overlay import levels
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page, text_width, wrapped
from analysis.methods.registry import method
from analysis.studies.verdicts import badge

_HIGH = 3.1  # inches, of the curves
_AXIS = 0.6  # what stands left of them
_IN_A_ROW = 7  # pictures of a film
_WIDEST = 1.1  # of them
_OWN_INKS = {"red": "#d62728", "green": "#2ca02c", "blue": "#1f77b4", "grey": "#5f6672"}
_INKS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b")
_LINE = 0.12
_FIRST = "as learnt"  # a film's first map, before anything has changed


def curves_figure(subject: Subject, arrays: Mapping[str, NDArray[Any]]) -> Page:
    """The result's lines, dashed those of the arrays of the same shape; single numbers stand in the caption."""
    declares = method(subject.recipe.method).declares
    curves = curves_of(arrays)
    numbers = (f"{name} {', '.join(map(_number, values))}: {declares.get(name, name)}." for name, values in curves.few)
    found = badge(subject.recipe.method, arrays)
    said = [found.sentence] if found is not None else []
    said.append(f"Drawn is {declares['result']}.")
    if curves.film is not None:
        said.append("The number below a map is that of the curve; each map has a scale of its own, clipped at 99 %.")
    text = caption(subject, " ".join([*said, *numbers]))
    below = 0.5 if curves.names is None else 0.9
    film = 0.0 if curves.film is None else _film_height(curves.film) + GAP
    page = Page(title(subject), subtitle(subject), text, film + _HIGH + below)
    if curves.film is not None:
        _draw_film(page, curves.film, curves.names or (), curves.lines[0].values)
    top = page.top + film
    axes = page.axes(MARGIN + _AXIS, top, INSIDE - _AXIS, _HIGH)
    inks: dict[bool, int] = {True: 0, False: 0}
    for line in curves.lines:
        _draw(axes, curves, line, _OWN_INKS.get(line.name, _INKS[inks[line.beside] % len(_INKS)]))
        inks[line.beside] += 1
    _set_range(axes, curves)
    if curves.names is not None:
        shown = [name or _FIRST for name in curves.names]
        axes.set_xticks(curves.places, shown, rotation=30, ha="right", parse_math=False)
    words = _short(declares.get(curves.axis, "step"))
    page.text(MARGIN + _AXIS + (INSIDE - _AXIS) / 2, top + _HIGH + below - 0.2, words, 7, align="center")
    axes.set_ylabel("\n".join(wrapped(_short(declares["result"]), 7, _HIGH)), fontsize=7, parse_math=False)
    axes.tick_params(labelsize=7, width=0.5)
    axes.grid(linewidth=0.3, alpha=0.6)
    if len(curves.lines) > 1:
        axes.legend(fontsize=7, frameon=False)
    return page


def _draw(axes: Any, curves: Curves, line: Line, ink: str) -> None:
    marker = "." if len(line.values) <= 30 else ""
    style = "--" if line.beside else "-"
    axes.plot(curves.places, line.values, style, color=ink, label=line.name, linewidth=1, marker=marker)


def _set_range(axes: Any, curves: Curves) -> None:
    """From zero, so that what hardly changes looks so."""
    values = np.concatenate([line.values[np.isfinite(line.values)] for line in curves.lines])
    low, high = min(float(values.min(initial=0)), 0.0), max(float(values.max(initial=0)), 0.0)
    margin = 0.05 * (high - low or 1.0)
    axes.set_ylim(low - margin if low < 0 else 0.0, high + margin)


def _short(declared: str) -> str:
    """What an array holds, without how it is laid out."""
    return declared.partition(":")[0].partition(", ")[0]


def _film_layout(film: NDArray[Any]) -> tuple[float, float, int]:
    """Width and height of a picture with its two lines below, and how many stand in a row."""
    columns = -(-len(film) // -(-len(film) // _IN_A_ROW))
    side = min((INSIDE - GAP / 2 * (columns - 1)) / columns, _WIDEST)
    return side, side * film.shape[1] / film.shape[2] + 2 * _LINE + 0.12, columns


def _film_height(film: NDArray[Any]) -> float:
    _, step, columns = _film_layout(film)
    return step * -(-len(film) // columns)


def _draw_film(page: Page, film: NDArray[Any], names: Sequence[str], values: NDArray[Any]) -> None:
    """Each map on its own scale, clipped at 99 %: the film compares patterns, as in the window."""
    side, step, columns = _film_layout(film)
    high = side * film.shape[1] / film.shape[2]
    colours = table("inferno")
    for number, (map_, name, value) in enumerate(zip(film, names, values, strict=True)):
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


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
