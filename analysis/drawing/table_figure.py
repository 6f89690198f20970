"""The figure of a table: its first rows, under the names of their columns."""

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.page import INSIDE, MARGIN, Page, text_width
from analysis.results.kinds import Table
from analysis.results.words import cell_words

_LINE = 0.16
_MOST = 45  # rows on a page


def table_figure(subject: Subject, table: Table) -> Page:
    names = list(table.columns)
    count = len(next(iter(table.columns.values()), ()))
    shown = min(count, _MOST)
    more = f"The first {shown} of {count:,} rows." if shown < count else f"{count:,} rows."
    page = Page(title(subject), subtitle(subject), caption(subject, more), _LINE * (shown + 1) + 0.1)
    left = MARGIN
    for name, wide in zip(names, _widths(table, shown), strict=True):
        page.text(left, page.top, _cut(name, wide), 7, weight="bold")
        for row in range(shown):
            words = cell_words(table.columns[name][row])
            page.text(left, page.top + _LINE * (row + 1), _cut(words, wide), 7)
        left += wide
    return page


def _widths(table: Table, shown: int) -> list[float]:
    """As wide as the words are; where that is too much, the widest columns give way."""
    needed = [
        1.06 * max([text_width(name, 7), *(text_width(cell_words(cell), 7) for cell in cells[:shown])]) + 0.08
        for name, cells in table.columns.items()
    ]
    if sum(needed) <= INSIDE:
        more = (INSIDE - sum(needed)) / max(len(needed), 1)
        return [one + min(more, 0.4) for one in needed]
    most = max(needed)
    while sum(min(one, most) for one in needed) > INSIDE and most > 0.1:
        most *= 0.97
    return [min(one, most) for one in needed]


def _cut(words: str, wide: float) -> str:
    shown = words
    while text_width(shown, 7) > 0.95 * wide and len(words) > 1:
        words = words[:-1]
        shown = f"{words}…"
    return shown
