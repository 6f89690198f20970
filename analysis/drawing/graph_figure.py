"""The figure of a graph: boxes with their words, frames round what is unfolded, and what leads to what."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.graph_colours import Scale, ink, scale_of
from analysis.drawing.graph_drawing import HEAD, LETTER, Box, Drawing, Line, drawing_of
from analysis.drawing.graph_parts import parts_of, unfolded_parts
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page, printable
from analysis.protocol.number_words import short
from analysis.protocol.recipe import look
from analysis.results.kinds import Graph
from analysis.results.looks import GraphLook
from analysis.results.words import words_of

_INCH = 0.01  # of a unit of the drawing, where there is room
_TALLEST = 70.0  # inches
_COLUMN = 3.4  # inches, from which height on a drawing goes on in another column, where there is room beside it
_BESIDE = 0.25  # inches between columns, where there is room
_SHEET = 9.0  # inches, that a page should be high at most
_READABLE = 0.006  # inches of a unit of the drawing, below which its letters are no letters on paper
_MOST = 12  # columns
_SMALLEST = 0.5  # points: beyond reading, and what can still be drawn
_LETTER = 7.4  # points, of a drawing that need not shrink
_LEGEND = 0.3
_CUT = 8.0  # of room that a cut needs, in units of the drawing
Column = tuple[float, float]


def graph_figure(subject: Subject, graph: Graph) -> Page:
    root = parts_of(graph)
    drawing = drawing_of(graph, root, unfolded_parts(root, look(subject.recipe, GraphLook).unfolded))
    page = _page(subject, graph, drawing, _columns(drawing, _count(drawing)))
    page.in_room = lambda wide, high: _page(subject, graph, drawing, _columns(drawing, _fitting(drawing, wide / high)))
    return page


def _page(subject: Subject, graph: Graph, drawing: Drawing, columns: Sequence[Column]) -> Page:
    scale = scale_of(graph, drawing.boxes)
    inch = _inch(drawing, columns)
    wide, high = drawing.wide * inch, max(max(map(_high, columns)) * inch, 0.2)
    legend = _LEGEND + GAP if scale is not None else 0.0
    goes_on = " It goes on at the top of the next column." if len(columns) > 1 else ""
    page = Page(title(subject), subtitle(subject), caption(subject, f"{words_of(graph)}{goes_on}"), legend + high + 0.1)
    if scale is not None:
        _draw_legend(page, scale)
    size = max(_LETTER * inch / _INCH, _SMALLEST)
    beside = _beside(inch)
    across = len(columns) * wide + (len(columns) - 1) * beside
    for number, column in enumerate(columns):
        left = MARGIN + (INSIDE - across) / 2 + number * (wide + beside)
        axes = page.axes(left, page.top + legend, wide, _high(column) * inch + 0.05)
        axes.set(xlim=(-1, drawing.wide + 1), ylim=(column[1] + 2, column[0] - 2))
        axes.set_axis_off()
        _draw_column(axes, drawing, scale, size, inch, column)
    return page


def _high(column: Column) -> float:
    return column[1] - column[0]


def _beside(inch: float) -> float:
    """Inches between columns."""
    return _BESIDE * inch / _INCH


def _inch(drawing: Drawing, columns: Sequence[Column]) -> float:
    """Of a unit of the drawing: as much as there is room for, and no more than letters want."""
    wide = len(columns) * max(drawing.wide, 1.0) + (len(columns) - 1) * _BESIDE / _INCH
    return min(_INCH, INSIDE / wide, _TALLEST / max(max(map(_high, columns)), 1.0))


def _count(drawing: Drawing) -> int:
    """Of columns on a sheet: as many as fit beside each other, or more where it would be longer than sheets are."""
    fit = int((INSIDE + _BESIDE) // (drawing.wide * _INCH + _BESIDE))
    count = min(fit, ceil(drawing.high * _INCH / _COLUMN))
    for more in range(max(count, 1), _MOST):
        columns = _columns(drawing, more)
        if max(map(_high, columns)) * _inch(drawing, columns) <= _SHEET:
            return more
        following = _columns(drawing, more + 1)
        if _inch(drawing, following) < _READABLE or len(following) == len(columns):
            return more
    return max(count, 1)


def _fitting(drawing: Drawing, aspect: float) -> int:
    """How many columns are seen largest in a room that is so many times as wide as high."""

    def scale(count: int) -> float:
        columns = _columns(drawing, count)
        wide = len(columns) * drawing.wide + (len(columns) - 1) * _BESIDE / _INCH
        return min(aspect / max(wide, 1.0), 1 / max(max(map(_high, columns)), 1.0))

    return max(range(1, _MOST + 1), key=scale)


def _columns(drawing: Drawing, count: int) -> list[Column]:
    """From where to where each goes: a tall drawing is cut where no box is, into pieces of about one height."""
    ends = [0.0]
    for number in range(1, count):
        wanted = ends[-1] + (drawing.high - ends[-1]) / (count - number + 1)
        free = [place for place in _free(drawing) if ends[-1] < place < drawing.high]
        if not free:
            break
        ends.append(min(free, key=lambda place: abs(place - wanted)))
    return list(pairwise([*ends, drawing.high]))


def _free(drawing: Drawing) -> list[float]:
    """The middles of the heights at which there is neither a box nor the title of a frame."""
    spans = sorted((box.top, box.top + (HEAD if box.frame else box.high)) for box in drawing.boxes)
    found, reached = [], spans[0][1] if spans else 0.0
    for top, low in spans:
        if top > reached + _CUT:
            found.append((top + reached) / 2)
        reached = max(reached, low)
    return found


def _draw_column(axes: Any, drawing: Drawing, scale: Scale | None, size: float, inch: float, column: Column) -> None:
    inside = [box for box in drawing.boxes if box.top < column[1] and box.top + box.high > column[0]]
    for box in inside:
        if box.frame:
            _draw_frame(axes, box, size, box.depth, box.top >= column[0])
    _draw_lines(axes, drawing.lines, inch, column)
    for box in inside:
        if not box.frame:
            _draw_box(axes, box, scale, size)


def _draw_legend(page: Page, scale: Scale) -> None:
    bar, left = 2.0, MARGIN
    page.decoration(left, page.top, bar, 0.1, np.ascontiguousarray(scale.colours[None]))
    page.text(left, page.top + 0.13, "0", 6)
    page.text(left + bar, page.top + 0.13, short(scale.high), 6, align="right")
    page.text(left + bar + 0.1, page.top, scale.words, 7)


def _draw_frame(axes: Any, box: Box, size: float, depth: int, titled: bool) -> None:
    """Only where it begins it is `titled`."""
    from matplotlib.patches import Rectangle

    shade = "#f4f4f4" if depth % 2 == 0 else "#ffffff"
    dashed = "--" if box.part.kind == "repeated" else "-"
    axes.add_patch(
        Rectangle(
            (box.left, box.top), box.wide, box.high, facecolor=shade, edgecolor="#888888", linewidth=0.5, ls=dashed
        )
    )
    if not titled:
        return
    words = _cut(f"{box.title}   {box.words}", box.wide)
    axes.text(box.left + 5, box.top + HEAD / 2, words, size=size, va="center", weight="bold", parse_math=False)


def _draw_box(axes: Any, box: Box, scale: Scale | None, size: float) -> None:
    from matplotlib.patches import Rectangle

    found = scale.colour(box.cost.value) if scale is not None else None
    face = "#ffffff" if found is None else "#{:02x}{:02x}{:02x}".format(*found)
    letters = "#1a1a1a" if found is None else ink(found)
    axes.add_patch(
        Rectangle((box.left, box.top), box.wide, box.high, facecolor=face, edgecolor="#555555", linewidth=0.5)
    )
    for share, words, weight in ((0.3, box.title, "bold"), (0.72, box.words, "normal")):
        axes.text(
            box.left + box.wide / 2,
            box.top + share * box.high,
            _cut(words, box.wide),
            size=size * 0.95,
            ha="center",
            va="center",
            color=letters,
            weight=weight,
            parse_math=False,
        )


def _draw_lines(axes: Any, lines: Sequence[Line], inch: float, column: Column) -> None:
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    paths = []
    for line in lines:
        if line[-1][1] < column[0] or line[0][1] > column[1]:
            continue
        points, codes = [line[0]], [Path.MOVETO]
        for (x0, y0), (x1, y1) in pairwise(line):
            if x0 == x1:
                points.append((x1, y1))
                codes.append(Path.LINETO)
            else:
                middle = (y0 + y1) / 2
                points += [(x0, middle), (x1, middle), (x1, y1)]
                codes += [Path.CURVE4] * 3
        paths.append(Path(points, codes))
    collection = PathCollection(paths, facecolors="none", edgecolors="#777777", linewidths=0.6)
    collection.set_transform(axes.transData)
    axes.add_collection(collection)
    ends = [line[-1] for line in lines if column[0] <= line[-1][1] <= column[1]]
    if ends:
        axes.scatter(*zip(*ends, strict=True), marker="v", s=(420 * inch) ** 2 * 0.6, color="#777777", linewidths=0)


def _cut(words: str, wide: float) -> str:
    most = max(int(wide / LETTER), 4)
    words = printable(words)
    return words if len(words) <= most else f"{words[: most - 1]}…"
