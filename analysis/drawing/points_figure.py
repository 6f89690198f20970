"""The figure of points in a plane, each in the colour of its group."""

import numpy as np

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.page import INSIDE, MARGIN, Page
from analysis.results.kinds import Points

_SIDE = 5.2  # inches
_NONE = "#9aa0a6"  # of a point in no group


def points_figure(subject: Subject, points: Points) -> Page:
    """The axes of a plane into which much was folded mean nothing, so they have no numbers."""
    from matplotlib import colormaps

    page = Page(title(subject), subtitle(subject), caption(subject, f"{len(points.places):,} points."), _SIDE)
    axes = page.axes(MARGIN, page.top, _SIDE, _SIDE)
    colours = colormaps["tab20"](np.arange(20))
    for group in np.unique(points.groups):
        some = points.places[points.groups == group]
        named = 0 <= group < len(points.group_names)
        ink = colours[int(group) % len(colours)] if group >= 0 else _NONE
        label = points.group_names[group] if named else None
        axes.scatter(some[:, 0], some[:, 1], s=6, color=ink, linewidths=0, label=label)
    axes.set_aspect("equal", adjustable="datalim")
    page.frame(axes)
    if points.group_names:
        axes.legend(fontsize=6, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), ncols=1)
    assert _SIDE < INSIDE
    return page
