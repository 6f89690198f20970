"""The figure of a network that learns: curves, and how the numbers of every layer lay over the iterations."""

from typing import Any

import numpy as np

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.curve_figure import AXIS, mark_whole_numbers
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page, wrapped
from analysis.results.kinds import Learning, Line, Plot, Ridge

_HIGH = 1.25  # inches, of the curves
_LAYERS = 12  # that are drawn; of more every so many-th
_ROW, _TALLEST = 0.95, 7.0
_NAME = 0.16
_INKS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b")
_OVER = 1.6  # of the room of one measurement, that its ridge is high
_WIDE = 0.47  # inches beside plots for their numbers


def learning_figure(subject: Subject, learning: Learning) -> Page:
    rows = max((len(ridges.of_layers) for ridges in learning.ridges), default=0)
    every = -(-rows // _LAYERS) if rows else 1
    shown = -(-rows // every)
    high = min(_ROW, (_TALLEST - _HIGH) / max(shown, 1)) if shown else 0.0
    told = [f"{one.iteration:,}: {one.sentence}" for one in learning.findings]
    lines = [line for sentence in told for line in wrapped(sentence, 7, 0.98 * INSIDE)]
    found = 0.14 * len(lines) + (0.08 if lines else 0.0)
    body = _HIGH + 0.5 + found + (shown * high + 0.35 if shown else 0.0)
    page = Page(title(subject), subtitle(subject), caption(subject, _said(learning)), body)
    wide = INSIDE / max(len(learning.plots), 1)
    for number, plot in enumerate(learning.plots):
        left = MARGIN + number * wide + _WIDE
        axes = page.axes(left, page.top + 0.14, wide - _WIDE - 0.05, _HIGH - 0.14)
        _draw_plot(axes, plot, float(learning.total))
        page.text(left, page.top - 0.02, plot.name, 7)
    top = page.top + _HIGH + 0.4
    for number, line in enumerate(lines):
        page.text(MARGIN, top + 0.14 * number, line, 7, colour="#b03000")
    top += found
    if shown:
        each = (INSIDE - AXIS) / len(learning.ridges)
        for column, ridges in enumerate(learning.ridges):
            left = MARGIN + AXIS + column * each
            page.text(left, top, ridges.name, 7)
            for row, ridge in enumerate(ridges.of_layers[::every]):
                axes = page.axes(left, top + _NAME + row * high, each - GAP, high - _NAME)
                _draw_ridge(axes, ridge, learning.measured)
                if column == 0:
                    page.text(MARGIN, top + _NAME + row * high, ridge.layer[-16:], 6)
    return page


def _said(learning: Learning) -> str:
    every = (
        "" if not learning.ridges else " A ridge is a measurement, the first one at the back; its scale is its layer's."
    )
    return learning.words + every


def _draw_plot(axes: Any, plot: Plot, total: float) -> None:
    inks = dict(zip((line.name for line in plot.lines), _INKS * (len(plot.lines) // len(_INKS) + 1), strict=False))
    for line, x in zip(plot.lines, plot.x, strict=True):
        values = shown_of(plot, line)
        axes.plot(x, values, color=inks[line.name], linewidth=0.8, label=line.name)
    axes.set_xlim(0, total or 1.0)
    mark_whole_numbers(axes)
    axes.tick_params(labelsize=6, width=0.5)
    axes.grid(linewidth=0.3, alpha=0.6)
    if 1 < len(plot.lines) <= 4:
        axes.legend(fontsize=6, frameon=False)


def shown_of(plot: Plot, line: Line) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Its values, or their tenth powers; what has none is left out."""
    values = np.asarray(line.values, np.float32)
    if not plot.logarithms:
        return np.where(np.abs(values) < 1e20, values, np.nan)
    return np.log10(np.where(values > 0, values, np.nan))


def _draw_ridge(axes: Any, ridge: Ridge, measured: Any) -> None:
    count = len(ridge.counts)
    low, high = float(ridge.low.min(initial=0)), float(ridge.high.max(initial=1e-6))
    for number, (counts, first, last) in enumerate(zip(ridge.counts, ridge.low, ridge.high, strict=True)):
        x, y = outline(counts, float(first), float(last))
        base = (count - number) / max(count, 1)
        shade = 0.25 + 0.5 * number / max(count - 1, 1)
        heights = base + y * _OVER / max(count, 8)
        axes.fill_between(
            x, base, heights, facecolor=(0.2, 0.45, 0.75, 0.35), edgecolor=(0.1, 0.25, 0.5, shade), linewidth=0.35
        )
    axes.set(xlim=(low, high if high > low else low + 1), ylim=(0, 1.0 + _OVER / max(count, 8)), yticks=[])
    axes.tick_params(labelsize=5, width=0.4, pad=1)


def outline(counts: Any, low: float, high: float) -> tuple[Any, Any]:
    """Of one measurement: the middles of its bins, and how high it is there, at most 1."""
    bins = len(counts)
    step = (high - low) / bins
    x = low + step * (np.arange(bins) + 0.5)
    top = float(counts.max(initial=0)) or 1.0
    return x, np.sqrt(np.asarray(counts) / top)
