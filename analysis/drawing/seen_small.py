"""What is seen on a page in the room of a card: no letters that nobody can read or that are cut, no empty paper.

Where all words between title and caption can be read they stay. Else pictures and curves are left, with numbers at the
axes of those that are large enough, and the room that the words had is closed. Of a page that has nothing but words, as
many are seen as there is room for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

READABLE = 90.0  # pixels an inch from which on the smallest letters of a page can be read
LOW = 0.2  # inches: what is lower is the scale of a picture, unless there are only hundreds of tiles
WIDE = 4.0  # heights that a scale is wide at least
EDGE = 0.03  # of paper round all
BETWEEN = 0.08  # inches of paper that stay between two pictures
LETTER = 7.5  # pixels, of the numbers at axes
LEAST = 4.5  # of letters in a drawing
NUMBERED = (150.0, 60.0)  # pixels across and down of axes that have room for numbers
TICKS = 4
POINTS = 72.0  # an inch


class Page(Protocol):
    """What is asked of one; lengths in inches."""

    figure: Any
    width: float
    top: float

    @property
    def height(self) -> float: ...

    @property
    def body(self) -> float: ...


@dataclass(frozen=True)
class _Box:
    """Inches from the left and from the lower side of the page."""

    left: float
    low: float
    right: float
    high: float


def seen_small(page: Page, wide: int, high: int) -> NDArray[np.uint8]:
    """As large as it can be in so many pixels. The page can be saved no more after that."""
    canvas: Any = _canvas(page)
    shown, scales = _bare_of_title(page)
    texts = [one for one in page.figure.texts if one.get_visible()]
    boxes = [_axes_box(page, axes, canvas) for axes in (*shown, *scales)]
    boxes += [_box_of(page, text, canvas) for text in texts]
    if not boxes:
        boxes = [_Box(0.0, page.height - page.top - page.body, page.width, page.height - page.top)]
    words_only = bool(texts) and not shown
    if not words_only and _density(boxes, wide, high) < READABLE:
        for one in (*texts, *scales):
            one.set_visible(False)
        bare = [_bounds(page, axes) for axes in shown] or boxes
        _write_numbers(page, shown, _density(bare, wide, high))
        boxes = [_axes_box(page, axes, canvas) for axes in shown] or boxes
    density = _density(boxes, wide, high)
    if words_only:  # of a long table its beginning
        density = max(density, READABLE)
    _hide_small_letters(page, density)
    across, down = (_closed(boxes, "left", "right"), _closed(boxes, "low", "high"))
    _move(page, across, down)
    dots_across, dots_down = (max(round(one.length * density), 1) for one in (across, down))
    page.figure.set_dpi(density)
    page.figure.set_size_inches(dots_across / density, dots_down / density)
    canvas = _canvas(page)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[: high + 1, : wide + 1, :3])


def _canvas(page: Page) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    return FigureCanvasAgg(page.figure)


def _bare_of_title(page: Page) -> tuple[list[Any], list[Any]]:
    """The pictures and curves of the body, and their scales; all else that is no word of the body is seen no more."""
    above, below = page.top, page.top + page.body
    for text in page.figure.texts:
        top = (1 - text.get_position()[1]) * page.height
        text.set_visible(above - EDGE <= top <= below)
    placed = [(axes, _bounds(page, axes)) for axes in page.figure.axes]
    inside = [(axes, box) for axes, box in placed if above - LOW < page.height - box.high < below]
    high = [axes for axes, box in inside if box.high - box.low > LOW]
    shown = high or [axes for axes, box in inside if box.right - box.left < WIDE * (box.high - box.low)]
    scales = [axes for axes, _ in inside if axes not in shown]
    for axes, _ in placed:
        axes.set_visible(axes in shown or axes in scales)  # no decoration of the title
    return shown, scales


def _write_numbers(page: Page, shown: Sequence[Any], density: float) -> None:
    """Numbers at axes that are large enough, so large that they can be read."""
    from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter

    size = LETTER * POINTS / density
    for axes in shown:
        if not _is_numbered(axes):
            continue
        box, legend = _bounds(page, axes), axes.get_legend()
        across, down = (box.right - box.left) * density, (box.high - box.low) * density
        axes.set(xlabel="", ylabel="")
        axes.tick_params(labelsize=size, length=2 * POINTS / density, pad=2 * POINTS / density)
        for axis, room in ((axes.xaxis, across >= NUMBERED[0]), (axes.yaxis, down >= NUMBERED[1])):
            named = isinstance(axis.get_major_locator(), FixedLocator)
            if not room or named or across < NUMBERED[0]:
                axis.set_major_formatter(NullFormatter())
            elif axis.get_scale() == "linear":
                axis.set_major_locator(MaxNLocator(TICKS))
        if legend is not None:
            legend.set_visible(across >= NUMBERED[0] and down >= NUMBERED[1])
            for text in legend.get_texts():
                text.set_fontsize(size)


def _is_numbered(axes: Any) -> bool:
    """A picture has none, with a frame or without."""
    return bool(axes.axison) and (len(axes.get_xticks()) > 0 or len(axes.get_yticks()) > 0)


def _hide_small_letters(page: Page, density: float) -> None:
    """Those in pictures and boxes; the numbers at axes are as large as they must be."""
    drawn = [text for axes in page.figure.axes if axes.get_visible() for text in axes.texts]
    for text in (*page.figure.texts, *drawn):
        readable = float(text.get_fontsize()) * density >= LEAST * POINTS
        text.set_visible(text.get_visible() and readable)


def _bounds(page: Page, axes: Any) -> _Box:
    x, y, across, down = axes.get_position().bounds
    return _Box(x * page.width, y * page.height, (x + across) * page.width, (y + down) * page.height)


def _axes_box(page: Page, axes: Any, canvas: Any) -> _Box:
    """With the numbers at its sides."""
    own = _bounds(page, axes)
    if not _is_numbered(axes):
        return own
    found = [axis.get_tightbbox(canvas.get_renderer()) for axis in (axes.xaxis, axes.yaxis)]
    return _around([own, *(_inches(page, one) for one in found if one is not None)])


def _box_of(page: Page, text: Any, canvas: Any) -> _Box:
    return _inches(page, text.get_window_extent(canvas.get_renderer()))


def _inches(page: Page, box: Any) -> _Box:
    dots = page.figure.dpi
    return _Box(box.x0 / dots, box.y0 / dots, box.x1 / dots, box.y1 / dots)


def _around(boxes: Sequence[_Box]) -> _Box:
    return _Box(
        min(one.left for one in boxes),
        min(one.low for one in boxes),
        max(one.right for one in boxes),
        max(one.high for one in boxes),
    )


@dataclass(frozen=True)
class _Closed:
    """Where a place of the page comes to when empty paper is taken out."""

    spans: tuple[tuple[float, float], ...]

    @property
    def length(self) -> float:
        return sum(end - begin for begin, end in self.spans) + BETWEEN * (len(self.spans) - 1) + 2 * EDGE

    def of(self, place: float) -> float:
        at = EDGE
        for begin, end in self.spans:
            if place <= end:
                return at + max(place - begin, 0.0)
            at += end - begin + BETWEEN
        return at - BETWEEN


def _closed(boxes: Sequence[_Box], begin: str, end: str) -> _Closed:
    spans: list[tuple[float, float]] = []
    for low, high in sorted((getattr(one, begin), getattr(one, end)) for one in boxes):
        if spans and low - spans[-1][1] <= BETWEEN:
            spans[-1] = (spans[-1][0], max(spans[-1][1], high))
        else:
            spans.append((low, high))
    return _Closed(tuple(spans))


def _density(boxes: Sequence[_Box], wide: int, high: int) -> float:
    return min(wide / _closed(boxes, "left", "right").length, high / _closed(boxes, "low", "high").length)


def _move(page: Page, across: _Closed, down: _Closed) -> None:
    def share(closed: _Closed, whole: float) -> Callable[[float], float]:
        return lambda place: closed.of(place * whole) / closed.length

    x, y = share(across, page.width), share(down, page.height)
    for axes in page.figure.axes:
        if axes.get_visible():
            (left, low), (right, high) = axes.get_position().get_points()
            axes.set_position((x(left), y(low), x(right) - x(left), y(high) - y(low)))
    for text in page.figure.texts:
        at = text.get_position()
        text.set_position((x(at[0]), y(at[1])))
