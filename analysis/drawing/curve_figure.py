"""The figure of lines over a named axis."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.page import INSIDE, MARGIN, Page, wrapped
from analysis.methods.registry import method
from analysis.results.kinds import Array, Curves, Floats, Line
from analysis.studies.verdicts import badge

HIGH = 3.1  # inches, of the curves
AXIS = 0.6  # what stands left of them
_OWN_INKS = {"red": "#d62728", "green": "#2ca02c", "blue": "#1f77b4", "grey": "#5f6672"}
_INKS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b")
_Style: TypeAlias = Literal["-", ":", "-."]
_STYLES: tuple[_Style, ...] = ("-", ":", "-.")  # where there are more lines than inks


def curves_figure(subject: Subject, curves: Curves) -> Page:
    """Lines to compare with are dashed; single numbers stand in the caption."""
    declares = method(subject.recipe.method).declares
    numbers = (
        f"{name} {', '.join(map(_number, curves.numbers[name].flat))}: {declares.get(name, name)}."
        for name in curves.few
    )
    found = badge(subject.recipe.method, curves.numbers)
    said = [found.sentence] if found is not None else []
    said.append(f"Drawn is {declares.get('result', curves.y_words)}.")
    if curves.x_names:
        said.append(f"Along the axis are {', '.join(f'{i} {name}' for i, name in enumerate(curves.x_names, start=1))}.")
    page = Page(title(subject), subtitle(subject), caption(subject, " ".join([*said, *numbers])), HIGH + 0.5)
    axes = page.axes(MARGIN + AXIS, page.top, INSIDE - AXIS, HIGH)
    draw_lines(axes, curves.x, curves.lines, curves.y_words, counted=curves.counted)
    page.text(MARGIN + AXIS + (INSIDE - AXIS) / 2, page.top + HIGH + 0.3, curves.x_words, 7, align="center")
    return page


def key(number: int) -> tuple[str, _Style]:
    """The colour and style that one of several lines is told by."""
    return _INKS[number % len(_INKS)], _STYLES[number // len(_INKS) % len(_STYLES)]


def mark_whole_numbers(axes: Any) -> None:
    """Alone, along the axis."""
    axes.xaxis.get_major_locator().set_params(integer=True)


def draw_lines(
    axes: Any, places: Array, lines: Sequence[Line], words: str, legend: bool = True, counted: bool = False
) -> None:
    """From zero, so that what hardly changes looks so."""
    inks: dict[bool, int] = {True: 0, False: 0}
    for line in lines:
        ink, style = key(inks[line.beside])
        ink = _OWN_INKS.get(line.name, ink)
        inks[line.beside] += 1
        marker = "." if len(line.values) <= 30 else ""
        if line.low is not None and line.high is not None:
            axes.fill_between(places, line.low, line.high, color=ink, alpha=0.18, linewidth=0)
        axes.plot(
            places, line.values, "--" if line.beside else style, color=ink, label=line.name, linewidth=1, marker=marker
        )
    all_values = [one for line in lines for one in (line.values, line.low, line.high) if one is not None]
    values: Floats = np.concatenate([one[np.isfinite(one)] for one in all_values])
    low, high = min(float(values.min(initial=0)), 0.0), max(float(values.max(initial=0)), 0.0)
    margin = 0.05 * (high - low or 1.0)
    axes.set_ylim(low - margin if low < 0 else 0.0, high + margin)
    axes.set_ylabel("\n".join(wrapped(words, 7, HIGH)), fontsize=7, parse_math=False)
    axes.tick_params(labelsize=7, width=0.5)
    axes.grid(linewidth=0.3, alpha=0.6)
    if counted:
        mark_whole_numbers(axes)
    if legend and len(lines) > 1:
        axes.legend(fontsize=7, frameon=False)


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")
