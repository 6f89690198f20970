"""The figure of pictures that were made: side by side, each with its title."""

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.page import GAP, INSIDE, MARGIN, Page
from analysis.results.kinds import Pictures

_TALLEST = 7.5  # inches: fits on A4 and Letter with its caption
_IN_A_ROW = 4
_TITLE = 0.22


def pictures_figure(subject: Subject, pictures: Pictures) -> Page:
    """One as large as the page allows, several in rows."""
    columns = min(len(pictures.frames), _IN_A_ROW) or 1
    side = (INSIDE - GAP * (columns - 1)) / columns
    shape = max((frame.shape[0] / frame.shape[1] for frame in pictures.frames), default=1.0)
    side = min(side, _TALLEST / shape)
    step = side * shape + _TITLE
    rows = -(-len(pictures.frames) // columns)
    page = Page(title(subject), subtitle(subject), caption(subject), step * rows)
    indent = (INSIDE - columns * side - GAP * (columns - 1)) / 2
    for number, (frame, name) in enumerate(zip(pictures.frames, pictures.titles, strict=True)):
        row, column = divmod(number, columns)
        left, top = MARGIN + indent + column * (side + GAP), page.top + row * step
        high, wide = min(side * shape, side * frame.shape[0] / frame.shape[1]), side
        page.frame(page.picture(left, top, wide, high, frame))
        page.label(left, top + high + 0.04, side, name)
    return page
