"""The figure of named numbers: a bar for each."""

import numpy as np

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.page import INSIDE, MARGIN, Page
from analysis.results.kinds import Bars

_NAMES = 1.9  # inches, left of the bars
_BAR = 0.2
_MOST = 40  # bars on a page; the caption says how many were left out


def bars_figure(subject: Subject, bars: Bars) -> Page:
    shown = min(len(bars.names), _MOST)
    left_out = len(bars.names) - shown
    more = f" The first {shown} of {len(bars.names):,} are drawn." if left_out else ""
    high = max(_BAR * shown, 2 * _BAR)
    page = Page(title(subject), subtitle(subject), caption(subject, f"Drawn is {bars.words}.{more}"), high + 0.4)
    axes = page.axes(MARGIN + _NAMES, page.top, INSIDE - _NAMES - 0.3, high)
    places = np.arange(shown)
    axes.barh(places, bars.values[:shown], height=0.7, color="#1f77b4")
    axes.set_yticks(places, bars.names[:shown], parse_math=False)
    axes.invert_yaxis()
    axes.tick_params(labelsize=7, width=0.5)
    axes.axvline(0, color="#1a1a1a", linewidth=0.5)
    return page
