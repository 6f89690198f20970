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
    wide = INSIDE / max(len(names), 1)
    for column, name in enumerate(names):
        left = MARGIN + column * wide
        page.text(left, page.top, _cut(name, wide), 7, weight="bold")
        for row in range(shown):
            words = cell_words(table.columns[name][row])
            page.text(left, page.top + _LINE * (row + 1), _cut(words, wide), 7)
    return page


def _cut(words: str, wide: float) -> str:
    shown = words
    while text_width(shown, 7) > 0.95 * wide and len(words) > 1:
        words = words[:-1]
        shown = f"{words}…"
    return shown
