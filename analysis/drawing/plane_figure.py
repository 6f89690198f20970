"""The figure of a small network that divides a plane: a film of its snapshots, and the loss on the way."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.curve_figure import AXIS, draw_lines
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page
from analysis.drawing.plane import FIRST, SECOND, all_across, ground, points_of, portraits, twins
from analysis.results.kinds import Line, Plane, Portrait
from analysis.results.words import number_words

IN_A_ROW = 4
FEW, SMALL_DOT, LARGE_DOT = 60, 1.1, 2.2  # points, and the size of one by the side of its plane
_TITLE, _HIGH = 0.24, 1.1
_WHITE = (255, 255, 255)


def plane_figure(subject: Subject, plane: Plane) -> Page:
    shown = portraits(plane)
    columns = min(len(shown), IN_A_ROW)
    gap = 0.08
    side = min((INSIDE - gap * (columns - 1)) / columns, 4.5)
    rows = -(-len(shown) // columns)
    high = rows * (side + _TITLE)
    said = (
        f"{plane.now.words} Each line is where a hidden unit of the first layer begins to answer, w·x + b = 0; dead "
        "units have a dotted one, those that do the same as another an orange one. The ground is how sure the "
        "network is of either class."
    )
    page = Page(title(subject), subtitle(subject), caption(subject, said), high + GAP + _HIGH + 0.35)
    indent = (INSIDE - columns * side - gap * (columns - 1)) / 2
    for number, one in enumerate(shown):
        row, column = divmod(number, columns)
        left, top = MARGIN + indent + column * (side + gap), page.top + row * (side + _TITLE)
        axes = page.decoration(left, top, side, side, ground(one, _WHITE))
        _draw(axes, plane, one, side)
        page.frame(axes)
        words = f"{one.iteration:,}: loss {number_words(one.loss)}"
        page.text(left + side / 2, top + side + 0.03, words, 6, align="center")
    if len(plane.losses):
        axes = page.axes(MARGIN + AXIS, page.top + high + GAP, INSIDE - AXIS, _HIGH)
        steps = np.arange(1, len(plane.losses) + 1, dtype=np.float32)
        draw_lines(axes, steps, (Line("loss", plane.losses),), "loss", legend=False, counted=True)
        page.text(
            MARGIN + AXIS + (INSIDE - AXIS) / 2, page.top + high + GAP + _HIGH + 0.2, "iteration", 7, align="center"
        )
    return page


def _draw(axes: Any, plane: Plane, portrait: Portrait, side: float) -> None:
    cells = portrait.regions.shape[0]

    def at(places: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        x = (places[:, 0] + plane.reach) / (2 * plane.reach) * cells - 0.5
        y = (plane.reach - places[:, 1]) / (2 * plane.reach) * cells - 0.5
        return x, y

    ends, there = all_across(portrait.lines, plane.reach)
    for line, dead, twin in zip(ends[there], portrait.dead[there], twins(portrait)[there], strict=True):
        ink = "#888888" if dead else "#c07000" if twin else "#222222"
        axes.plot(*at(line), ":" if dead else "-", color=ink, linewidth=0.5)
    places, classes = points_of(portrait, plane)
    dot = (SMALL_DOT if len(places) > FEW else LARGE_DOT) * side
    for group, colour in enumerate((FIRST, SECOND)):
        x, y = at(places[classes == group])
        filled = tuple(value / 255 * 0.8 for value in colour)
        axes.plot(x, y, ".", color=filled, markersize=dot, markeredgewidth=0)
    axes.set(xlim=(-0.5, cells - 0.5), ylim=(cells - 0.5, -0.5))
