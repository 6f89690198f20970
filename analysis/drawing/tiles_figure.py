"""The figure of tiles: small maps in rows and columns, with their names and what is special about them."""

from collections.abc import Sequence
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.drawing.captions import Subject, caption, subtitle, title
from analysis.drawing.colours import table
from analysis.drawing.overlay import levels
from analysis.drawing.page import FRAME, INSIDE, MARGIN, Page, text_width
from analysis.results.kinds import Tile, Tiles
from analysis.results.words import number_words

_TALLEST = 7.5  # inches: fits on A4 and Letter with its caption
_WIDEST = 2.1  # inches, of one tile
_TITLE = 0.13
_TITLED = 0.28  # inches of a tile that has room for its title
_WRITTEN = 0.14  # inches of a cell that has room for its number
_MANY = 40  # tiles, from which on a row of them is one picture
_BETWEEN = 2  # pixels of paper between those, at least
_MARKED = 1.2  # points, of the frame of what is special
_MARK, _INK = "#c06000", "#0a64be"


def tiles_figure(subject: Subject, tiles: Tiles) -> Page:
    rows = max((tile.values.shape[0] for tile in tiles.tiles), default=1)
    wide = max((tile.values.shape[1] for tile in tiles.tiles), default=1)
    left = 0.08 + max((text_width(name, 6) for name in tiles.row_names), default=0.0) if tiles.row_names else 0.0
    head = 0.15 if tiles.column_names else 0.0
    room = INSIDE - left
    columns = tiles.columns or _columns(len(tiles.tiles), rows / wide, room)
    gap = min(0.06, 0.15 * room / columns)
    alone = tiles.columns == 1 and wide > 3 * rows  # a drawing in one dimension
    side = min(room / columns - gap, room if alone else _WIDEST)
    lines = ceil(len(tiles.tiles) / columns) or 1
    below = _TITLE if any(tile.title for tile in tiles.tiles) and side >= _TITLED else 0.0
    high = side * rows / wide
    if lines * (high + gap + below) > _TALLEST:
        high = max(_TALLEST / lines - gap - below, 0.02)
        side = high * wide / rows
        below = below if side >= _TITLED else 0.0
    body = head + lines * (high + gap + below)
    page = Page(title(subject), subtitle(subject), caption(subject, f"{tiles.words} {_scale(tiles)}"), body)
    places = [divmod(number, columns) for number in range(len(tiles.tiles))]
    beside = page.top + head
    corners = [(MARGIN + left + column * (side + gap), beside + row * (high + gap + below)) for row, column in places]
    wall = _is_wall(tiles)
    if wall:
        block = columns if below else len(tiles.tiles)  # titles stand between rows
        for first in range(0, len(tiles.tiles), block):
            few = tiles.tiles[first : first + block]
            _draw_block(page, few, columns, corners[first], (side, high), gap)
    for tile, (row, column), (x, y) in zip(tiles.tiles, places, corners, strict=True):
        across, down = side * tile.values.shape[1] / wide, high * tile.values.shape[0] / rows
        if not wall:
            axes = page.decoration(x, y, across, down, _pixels(tile))
            page.frame(axes)
            if tile.marked:
                for spine in axes.spines.values():
                    spine.set(edgecolor=_MARK, linewidth=_MARKED)
            _draw_inside(axes, tile, across / tile.values.shape[1])
        if below:
            words = f"{tile.title} {tile.marked}" if tile.marked else tile.title
            page.text(x, y + down + 0.02, _cut(words, side), 6, colour=_MARK if tile.marked else "#444444")
        if column == 0 and row < len(tiles.row_names):
            page.text(MARGIN, y + down / 2, tiles.row_names[row], 6, anchor="center")
        if row == 0 and column < len(tiles.column_names) and text_width(tiles.column_names[column], 6) < side + gap:
            page.text(x + across / 2, page.top, tiles.column_names[column], 6, align="center")
    page.density = max([page.density, *(tile.values.shape[1] / side for tile in tiles.tiles[:1])])
    return page


def _is_wall(tiles: Tiles) -> bool:
    """So many small tiles of one form that each row of them is drawn as one picture."""
    forms = {tile.values.shape for tile in tiles.tiles}
    plain = not any(tile.outlines or tile.written for tile in tiles.tiles)
    return len(tiles.tiles) > _MANY and len(forms) == 1 and plain


def _draw_block(
    page: Page,
    few: Sequence[Tile],
    columns: int,
    corner: tuple[float, float],
    size: tuple[float, float],
    gap: float,
) -> None:
    """Tiles at their places in one picture, of so many pixels that the paper between them is some, too."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    cells_down, cells = few[0].values.shape[:2]
    least = min(size[0] / cells, size[1] / cells_down)
    times = max(ceil(_BETWEEN * least / gap), 1)  # pixels a cell
    wide, high = cells * times, cells_down * times
    lefts = [round(column * (size[0] + gap) / size[0] * wide) for column in range(min(columns, len(few)))]
    tops = [round(row * (size[1] + gap) / size[1] * high) for row in range(ceil(len(few) / columns))]
    pixels = np.full((tops[-1] + high, lefts[-1] + wide, 3), 255, np.uint8)
    boxes: dict[bool, list[Any]] = {False: [], True: []}
    for number, tile in enumerate(few):
        top, left = tops[number // columns], lefts[number % columns]
        pixels[top : top + high, left : left + wide] = _pixels(tile).repeat(times, axis=0).repeat(times, axis=1)
        boxes[bool(tile.marked)].append(Rectangle((left - 0.5, top - 0.5), wide, high))
    across, down = pixels.shape[1] / wide * size[0], pixels.shape[0] / high * size[1]
    axes = page.picture(*corner, across, down, pixels)
    for marked, ink, line in ((False, FRAME, 0.5), (True, _MARK, _MARKED)):
        frames = PatchCollection(boxes[marked], facecolor="none", edgecolor=ink, linewidth=line, clip_on=False)
        axes.add_collection(frames, autolim=False)


def _columns(count: int, tall: float, room: float) -> int:
    """So many that the block is about as wide as the page and no taller."""
    return max(min(count, max(ceil(sqrt(count * tall * room / _TALLEST)), ceil(room / (_WIDEST + 0.06)))), 1)


def _pixels(tile: Tile) -> NDArray[np.uint8]:
    if tile.is_picture:
        return np.asarray(tile.values, np.uint8)
    colours = table("diverging-light", signed=True) if tile.low < 0 else table("inferno")
    return colours[levels(tile.values, tile.low, tile.high if tile.high > tile.low else tile.low + 1.0)]


def _draw_inside(axes: Any, tile: Tile, cell: float) -> None:
    from matplotlib.patches import Ellipse, Rectangle

    for outline in tile.outlines:
        style: Any = {"fill": False, "edgecolor": "#777777" if outline.dim else _INK, "linewidth": 0.9}
        left, top = outline.left - 0.5, outline.top - 0.5
        if outline.round:
            middle = (left + outline.width / 2, top + outline.height / 2)
            axes.add_patch(Ellipse(middle, outline.width, outline.height, **style))
        else:
            axes.add_patch(Rectangle((left, top), outline.width, outline.height, **style))
    if not tile.written or tile.is_picture or cell < _WRITTEN:
        return
    for (row, column), value in np.ndenumerate(tile.values):
        share = (float(value) - tile.low) / ((tile.high - tile.low) or 1.0)
        dark = abs(share - 0.5) > 0.35 if tile.low < 0 else share < 0.6
        ink = "white" if dark else "black"
        axes.text(column, row, number_words(round(float(value), 3)), fontsize=4, ha="center", va="center", color=ink)


def _scale(tiles: Tiles) -> str:
    ends = {(tile.low, tile.high) for tile in tiles.tiles if not tile.is_picture}
    if not ends:
        return ""
    if len(ends) == 1:
        ((low, high),) = ends
        white = ", white at zero" if low < 0 else ""
        return f"One scale for all, from {number_words(low)} to {number_words(high)}{white}."
    return f"Each tile has a scale of its own, at most {number_words(max(high for _, high in ends))} at its end."


def _cut(words: str, wide: float) -> str:
    shown = words
    while text_width(shown, 6) > wide and len(words) > 1:
        words = words[:-1]
        shown = f"{words}…"
    return shown
