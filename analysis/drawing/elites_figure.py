"""The figure of champions that were bred: a grid of them, each with its class and how sure the network is."""

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.page import INSIDE, MARGIN, Page, text_width
from analysis.results.kinds import Elites
from analysis.results.over_picture import rgb_levels
from analysis.results.planes_seen import looked_at_words

_GAP = 0.1
_TITLE = 0.3
_FEW, _SOME = 20, 5  # up to so many champions, so many stand in a row
_MANY = 10
_SIZE = 6


def elites_figure(subject: Subject, elites: Elites) -> Page:
    columns = _SOME if len(elites.frames) <= _FEW else _MANY
    side = (INSIDE - _GAP * (columns - 1)) / columns
    high = side * elites.frames.shape[1] / elites.frames.shape[2]
    rows = -(-len(elites.frames) // columns)
    said = f"{elites.words} {looked_at_words(elites.frames.shape[3])}".rstrip()
    page = Page(title(subject), subtitle(subject), caption(subject, said), rows * (high + _TITLE))
    for number, frame in enumerate(elites.frames):
        row, column = divmod(number, columns)
        left, top = MARGIN + column * (side + _GAP), page.top + row * (high + _TITLE)
        page.frame(page.picture(left, top, side, high, rgb_levels(frame)))
        name = _cut(elites.names[number], side)
        page.text(left + side / 2, top + high + 0.03, name, _SIZE, align="center")
        sure = f"{100 * float(elites.confidence[number]):.2f} %"
        page.text(left + side / 2, top + high + 0.13, sure, _SIZE, align="center")
    return page


def _cut(words: str, wide: float) -> str:
    shown = words
    while text_width(shown, _SIZE) > 0.95 * wide and len(words) > 1:
        words = words[:-1]
        shown = f"{words}…"
    return shown
