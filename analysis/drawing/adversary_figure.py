"""The figure of an adversary: before, after and their difference, and below them the answer after every step."""

from analysis.drawing.adversary_pictures import drawn, scale_words
from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page, text_width
from analysis.results.kinds import Adversary

_TITLE = 0.3
_LINE = 0.15
_MOST = 32  # steps that are told; of more, as many as are spread evenly
_COLUMNS = 2
_SIZE = 6.5


def adversary_figure(subject: Subject, adversary: Adversary) -> Page:
    shown = drawn(adversary)
    side = (INSIDE - 2 * GAP) / 3
    high = side * shown.before.shape[0] / shown.before.shape[1]
    told = _told(len(adversary.answers))
    rows = -(-len(told) // _COLUMNS)
    said = " ".join((*adversary.verdicts, *(light.sentence for light in adversary.lights if light.lit)))
    page = Page(title(subject), subtitle(subject), caption(subject, said), high + _TITLE + _LINE * (rows + 1))
    change = f"{float(adversary.changes[-1]):.2g} %"
    names = (
        f"before: {adversary.answers[0]}",
        f"after: {adversary.answers[-1]}, changed by {change}",
        scale_words(shown.reach),
    )
    for number, (pixels, name) in enumerate(zip((shown.before, shown.after, shown.difference), names, strict=True)):
        left = MARGIN + number * (side + GAP)
        page.frame(page.picture(left, page.top, side, high, pixels))
        page.label(left, page.top + high + 0.05, side, _cut(name, side, 7))
    wide = INSIDE / _COLUMNS
    for place, step in enumerate(told):
        column, row = divmod(place, rows)
        left, top = MARGIN + column * wide, page.top + high + _TITLE + _LINE * (row + 0.5)
        page.text(left, top, f"{step}", _SIZE)
        name = _cut(adversary.answers[step], wide - 1.35, _SIZE)
        page.text(left + 0.3, top, name, _SIZE)
        page.text(left + wide - 1.0, top, f"{100 * float(adversary.confidence[step]):.1f} %", _SIZE)
        page.text(left + wide - 0.55, top, f"{float(adversary.changes[step]):.2f} %", _SIZE)
    return page


def _told(count: int) -> list[int]:
    """The first and the last, and as many between as there is room for."""
    if count <= _MOST:
        return list(range(count))
    return [round(place * (count - 1) / (_MOST - 1)) for place in range(_MOST)]


def _cut(words: str, wide: float, size: float) -> str:
    shown = words
    while text_width(shown, size) > 0.97 * wide and len(words) > 1:
        words = words[:-1]
        shown = f"{words}…"
    return shown
