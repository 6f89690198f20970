"""The figure of maps of layers: one beside the other, each point in the colour of its class."""

import math
from typing import Any

import numpy as np

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page, wrapped
from analysis.results.kinds import Embedding, LayerMap
from analysis.results.point_colours import colour

_ROW = 0.14  # inches of a line in the legend
_WORDS = 0.52  # under a map
_MOST = 40  # names in the legend


def embedding_figure(subject: Subject, result: Embedding) -> Page:
    """Axes of a plane into which much was folded mean nothing, so they have no numbers."""
    groups, names = coloured_by(result)
    shown = [n for n in range(len(names)) if (groups == n).any()][:_MOST]
    columns = 2 if len(result.maps) == 4 else min(len(result.maps), 3)
    side = (INSIDE - (columns - 1) * GAP) / columns if columns > 1 else 4.6
    lines = math.ceil(len(shown) / 5) if shown else 0
    rows = math.ceil(len(result.maps) / columns)
    high = rows * (side + _WORDS) + lines * _ROW
    first = subtitle(subject)
    page = Page(title(subject), first, caption(subject, _what(result)), high)
    for number, one in enumerate(result.maps):
        left = MARGIN + number % columns * (side + GAP)
        top = page.top + number // columns * (side + _WORDS)
        axes = page.axes(left, top, side, side)
        _scatter(axes, one, result, groups, side)
        axes.set_aspect("equal", adjustable="datalim")
        page.frame(axes)
        page.text(left, top + side + 0.04, one.layer, 7, weight="bold")
        for line, words in enumerate(wrapped(one.words, 6, side)[:3]):
            page.text(left, top + side + 0.16 + 0.1 * line, words, 6)
    for number, group in enumerate(shown):
        left = MARGIN + number % 5 * INSIDE / 5
        top = page.top + rows * (side + _WORDS) + number // 5 * _ROW
        page.text(left, top, "●", 7, colour=colour(group))
        page.text(left + 0.12, top, wrapped(names[group], 7, INSIDE / 5 - 0.2)[0], 7)
    return page


def coloured_by(result: Embedding) -> tuple[Any, tuple[str, ...]]:
    """The number of each point's group, and what the groups are called."""
    if result.shown == "cluster" and result.maps:
        clusters = result.maps[-1].clusters
        return clusters, tuple(f"cluster {n + 1}" for n in range(int(clusters.max(initial=-1)) + 1))
    return result.groups, result.group_names


def _scatter(axes: Any, one: LayerMap, result: Embedding, groups: Any, side: float) -> None:
    """Of space the two first axes are drawn."""
    if result.shown == "cluster":
        groups = one.clusters
    size = max(min(6000 * (side / 4.6) ** 2 / max(len(groups), 1), 14.0), 0.5)
    order = np.random.default_rng(0).permutation(len(groups))  # or the last class would lie over all others
    inks = np.array([colour(int(group)) for group in groups])
    axes.scatter(
        one.places[order, 0], one.places[order, 1], s=size, c=inks[order], linewidths=0, rasterized=len(groups) > 5000
    )


def _what(result: Embedding) -> str:
    many = f"{len(result.groups):,} points"
    layers = f"{len(result.maps)} map{'s'[: len(result.maps) != 1]}"
    of = " Each map begins with the one before it." if len(result.maps) > 1 and result.sprites is not None else ""
    return f"{many} in {layers}; distances in them mean little, neighbours much.{of}"
