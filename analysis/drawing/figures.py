"""Figures for paper and slides: what is on the screen, with its scale, its names and everything that made it in words.

matplotlib is imported when the first one is drawn.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from analysis.drawing.captions import Subject, caption, scale_words, subtitle, title
from analysis.drawing.colours import table
from analysis.drawing.derivatives import strength, view
from analysis.drawing.explanations import NOTHING, drawn, is_nothing, veil
from analysis.drawing.overlay import laid_over, levels, over_picture, scale_of, unit_veil
from analysis.drawing.page import GAP, INSIDE, MARGIN, WIDTH, Page
from analysis.protocol.events import Floats, Mosaic
from analysis.protocol.frame import Pixels
from analysis.protocol.recipe import look
from analysis.results.kinds import Derivative, Heat, Patches
from analysis.results.looks import DerivativeLook, HeatLook, MapsLook
from analysis.results.views import VIEWS, View

SUFFIXES = (".png", ".svg", ".pdf")

_TALLEST = 7.5  # inches: fits on A4 and Letter with its caption
_BAR = 0.3  # height of a colour bar with its numbers
_POINT = 1 / 72
_THUMB_DENSITY = 240
_ADDS, _TAKES = "#ff3b30", "#2f7bff"  # outlines on any picture


def mosaic_figure(subject: Subject, mosaic: Mosaic, beside: Sequence[Pixels] = ()) -> Page:
    """All units of a layer, with the picture beside the title, and what is to be seen with it."""
    chosen = look(subject.recipe, MapsLook)
    height, width = mosaic.levels.shape
    labels = 0.35
    wide = min(INSIDE - labels, _TALLEST * width / height)
    high = wide * height / width
    rows = height // mosaic.tile_height
    text = caption(subject, scale_words(chosen, mosaic.signed, mosaic.shared) + _odd_words(mosaic.odd))
    size = _units_words(mosaic)
    page = Page(title(subject), f"{subtitle(subject)} · {size}", text, 0.15 + high + GAP + _BAR)
    left, top = MARGIN + labels, page.top + 0.15
    colours = table(chosen.colours, chosen.gamma, mosaic.signed)
    axes = page.picture(left, top, wide, high, colours[mosaic.levels])
    _thumbnails(page, [subject.picture, *beside])
    _draw_grid(axes, mosaic, rows, wide / mosaic.columns)
    _blank_empty_tiles(axes, mosaic)
    _number_units(page, mosaic, rows, left, top, wide, high, chosen.numbers)
    one_scale = mosaic.shared and chosen.boost == 0
    _colour_bar(page, left, top + high + GAP, colours, mosaic.signed, _ends(mosaic, one_scale))
    return page


def unit_figure(subject: Subject, values: Floats, beside: Sequence[Pixels] = ()) -> Page:
    """One unit: the picture, its map cell by cell, and the map over the picture; beside the title what goes with it."""
    place = np.unravel_index(int(np.nan_to_num(values, nan=-np.inf).argmax()), values.shape)
    largest = f"the largest is {_number(float(values[place]))} at row {place[0]}, column {place[1]}"
    page = _over_picture(subject, values, f", {largest}")
    _thumbnails(page, [*([subject.picture] if beside else []), *beside])
    return page


def heat_figure(subject: Subject, heat: Heat) -> Page:
    """A map that belongs to the picture, beside it and over it, in the colours and on the scale of the window."""
    chosen, picture = look(subject.recipe, HeatLook), subject.picture
    shown = drawn(heat, (picture.shape[0], picture.shape[1]), chosen)
    values = heat.values
    largest = np.abs(values[np.isfinite(values)]).max(initial=0.0)
    scale = f"The scale ends at {_number(shown.high)}, clipped at {chosen.clip:g} %; the strongest value is "
    scale += f"{_number(float(largest))}.{_odd_words(int(values.size - np.isfinite(values).sum()))}"
    scale = NOTHING if shown.is_nothing else scale
    about = f"{subtitle(subject)} · {values.shape[0]} × {values.shape[1]} values"
    low_words = "0" if shown.low == 0 else _number(shown.low)
    ends = [(0.0, low_words), *([(0.5, "0")] if shown.signed else []), (1.0, _number(shown.high))]
    words = f"over the picture, opacity {chosen.opacity:.0%}"
    return _three_pictures(
        subject,
        about,
        caption(subject, scale),
        [(shown.pixels, "the map"), (laid_over(picture, veil(shown, chosen.opacity)), words)],
        (shown.colours, shown.signed, ends),
    )


def derivative_figure(subject: Subject, result: Derivative) -> Page:
    """The picture and every way of looking at the derivative."""
    derivative = result.values
    clip = look(subject.recipe, DerivativeLook).clip
    side = (INSIDE - 2 * GAP) / 3
    height = side * subject.picture.shape[0] / subject.picture.shape[1]
    step = height + 0.25
    full = f"Every view is clipped at {clip:g} % of its absolute values; in the raw and the grey view zero is "
    full += "mid-grey, in the positive-negative view white, with positive sums red and negative ones blue."
    full = NOTHING if is_nothing(derivative) else full
    patches = result.patches if derivative.shape[1:] == subject.picture.shape[:2] else None
    full += _patches_words(patches)
    page = Page(title(subject), subtitle(subject), caption(subject, full), 2 * step)
    shown = [("the picture as the network saw it", subject.picture)]
    shown += [(_view_words(derivative, name, clip), view(derivative, name, clip)) for name in VIEWS]
    for number, (name, pixels) in enumerate(shown):
        left, top = MARGIN + number % 3 * (side + GAP), page.top + number // 3 * step
        axes = page.picture(left, top, side, height, pixels)
        page.frame(axes)
        if patches is not None and number == 0:
            _mark(axes, patches)
        page.label(left, top + height + 0.05, side, name)
    return page


def _mark(axes: Any, patches: Patches) -> None:
    """Outlines of what adds and what takes, the strongest the thickest and on top."""
    from matplotlib.patches import Rectangle

    most = float(np.abs(patches.adds).max(initial=0.0)) or 1.0
    for (top, left), adds in reversed(list(zip(patches.corners, patches.adds, strict=True))):
        ink, width = _ADDS if adds > 0 else _TAKES, 0.8 + 1.2 * abs(float(adds)) / most
        corner = (left - 0.5, top - 0.5)
        for colour, wide in (("white", width + 1.0), (ink, width)):  # two lines, so that it shows on any picture
            axes.add_patch(Rectangle(corner, patches.side, patches.side, fill=False, edgecolor=colour, linewidth=wide))


def _patches_words(patches: Patches | None) -> str:
    if patches is None or not len(patches.adds):
        return ""
    first = _number(float(patches.adds[0]))
    return (
        f" Boxes: the {len(patches.adds)} patches of {patches.side} pixels that add to the answer (red) or take from "
        f"it (blue) most, the strongest {first}."
    )


def _view_words(derivative: Floats, name: View, clip: float) -> str:
    full = f"{strength(derivative, name, clip):.3g}".replace("-", "−")
    return f"{name}, 0 … {full}" if "norm" in name else f"{name}, −{full} … {full}"


def _over_picture(subject: Subject, values: Floats, largest: str = "") -> Page:
    chosen = look(subject.recipe, MapsLook)
    low, high = scale_of(values)
    about = f"{subtitle(subject)} · {values.shape[0]} × {values.shape[1]} values{largest}"
    gamma = f"Gamma {chosen.gamma:g}." if chosen.gamma != 1 else ""
    odd = _odd_words(int(values.size - np.isfinite(values).sum()))
    colours = table(chosen.colours, chosen.gamma, low < 0)
    over = over_picture(subject.picture, unit_veil(values, chosen.gamma, chosen.opacity))
    is_table = subject.node is not None and subject.node.layout == "TD"  # which lies over no picture
    ends = [(0.0, _number(low))] if low < 0 else []
    ends += [(0.5 if low < 0 else 0.0, "0"), (1.0, _number(high))]
    return _three_pictures(
        subject,
        about,
        caption(subject, gamma + odd),
        [
            (colours[levels(values, low, high)], "the map"),
            *([] if is_table else [(over, f"over the picture, opacity {chosen.opacity:.0%}")]),
        ],
        (colours, low < 0, ends),
    )


def _three_pictures(
    subject: Subject,
    about: str,
    text: str,
    others: Sequence[tuple[Pixels, str]],
    scale: tuple[NDArray[np.uint8], bool, Sequence[tuple[float, str]]],
) -> Page:
    """The picture and two others with what they are, and below the first of these its scale: colours, sign and ends."""
    side = (INSIDE - 2 * GAP) / 3
    height = side * subject.picture.shape[0] / subject.picture.shape[1]
    page = Page(title(subject), about, text, height + 0.3 + _BAR)
    shown = [(subject.picture, "the picture as the network saw it"), *others]
    for number, (pixels, name) in enumerate(shown):
        left = MARGIN + number * (side + GAP)
        page.frame(page.picture(left, page.top, side, height, pixels))
        page.label(left, page.top + height + 0.05, side, name)
    colours, signed, ends = scale
    _colour_bar(page, MARGIN + side + GAP, page.top + height + 0.3, colours, signed, ends, side)
    return page


def _thumbnails(page: Page, pictures: Sequence[Pixels]) -> None:
    """At the height of the title, from the right."""
    high, right = 0.5, WIDTH - MARGIN
    for picture in pictures:
        wide = high * picture.shape[1] / picture.shape[0]
        shape = (max(round(wide * _THUMB_DENSITY), 1), round(high * _THUMB_DENSITY))
        small = np.asarray(Image.fromarray(picture).resize(shape, Image.Resampling.LANCZOS))
        page.decoration(right - wide, MARGIN - 0.05, wide, high, small)
        right -= wide + 0.05


def _draw_grid(axes: Any, mosaic: Mosaic, rows: int, tile: float) -> None:
    """Thin gaps between the tiles, where these are large enough to spare them."""
    if tile < 5 * _POINT:
        return
    height, width = mosaic.levels.shape
    x = np.arange(1, mosaic.columns) * mosaic.tile_width - 0.5
    y = np.arange(1, rows) * mosaic.tile_height - 0.5
    line = {"colors": "white", "linewidth": min(0.06 * tile / _POINT, 1.0)}
    axes.vlines(x, -0.5, height - 0.5, **line)
    axes.hlines(y, -0.5, width - 0.5, **line)


def _blank_empty_tiles(axes: Any, mosaic: Mosaic) -> None:
    """The places after the last unit are paper."""
    from matplotlib.patches import Rectangle

    used = mosaic.tiles % mosaic.columns
    if used or not mosaic.tiles:
        height, width = mosaic.levels.shape
        left, top = used * mosaic.tile_width, height - mosaic.tile_height
        corner = (left - 0.5, top - 0.5)
        axes.add_patch(Rectangle(corner, width - left, mosaic.tile_height, facecolor="white", edgecolor="white"))


def _number_units(
    page: Page, mosaic: Mosaic, rows: int, left: float, top: float, wide: float, high: float, in_tiles: bool
) -> None:
    """The first unit of each row at the left and what to add above, or, out of order, each number in its tile."""
    tile_wide, tile_high = wide / mosaic.columns, high / rows
    ordered = np.array_equal(mosaic.order, np.arange(mosaic.tiles))
    if ordered:
        every = math.ceil(0.11 / tile_high)
        for row in range(0, rows, every):
            y = top + (row + 0.5) * tile_high
            page.text(left - 0.05, y, str(row * mosaic.columns), 6, align="right", anchor="center")
        every = math.ceil(0.25 / tile_wide)
        for column in range(0, mosaic.columns, every):
            x = left + (column + 0.5) * tile_wide
            page.text(x, top - 0.03, f"+{column}" if column else "unit", 6, align="center", anchor="bottom")
    if (in_tiles or not ordered) and tile_wide > 0.2 and tile_high > 0.12:
        for tile, unit in enumerate(mosaic.order):
            row, column = divmod(tile, mosaic.columns)
            x, y = left + column * tile_wide + 0.02, top + row * tile_high + 0.02
            page.text(x, y, str(unit), 5, colour="#ffb000")


def _units_words(mosaic: Mosaic) -> str:
    if mosaic.tiles == 0:
        return "no unit is active"
    units = "1 unit" if mosaic.tiles == 1 else f"{mosaic.tiles:,} units"
    single = mosaic.tile_height == mosaic.tile_width == 1
    return units if single else f"{units} of {mosaic.tile_height} × {mosaic.tile_width}"


def _ends(mosaic: Mosaic, one_scale: bool) -> Sequence[tuple[float, str]]:
    """Where on the colour bar which number stands."""
    largest = float(mosaic.high.max(initial=0))
    if one_scale:
        high, low = _number(largest), _number(-largest)
    else:
        high, low = f"the end of each unit's own scale, at most {_number(largest)}", "−"
    return [(0.0, low), (0.5, "0"), (1.0, high)] if mosaic.signed else [(0.0, "0"), (1.0, high)]


def _colour_bar(
    page: Page,
    left: float,
    top: float,
    colours: NDArray[np.uint8],
    signed: bool,
    ends: Sequence[tuple[float, str]],
    wide: float = 2.2,
) -> None:
    """The colours over the values they stand for, so that a gamma is seen as it is."""
    axes = page.axes(left, top, wide, 0.1)
    axes.imshow(colours[None], interpolation="none", aspect="auto")
    page.frame(axes)
    for place, text in ends:
        align = "center"
        if place == 0:
            align = "left"
        elif place == 1:
            align = "right" if len(text) < 12 else "left"
        page.text(left + place * wide, top + 0.15, text, 7, align=align)
        if signed and place == 0.5:
            axes.axvline(127.5, color="#888888", linewidth=0.5)


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _odd_words(odd: int) -> str:
    return f" Not finite, and drawn as zero: {odd:,} value{'s'[: odd != 1]}." if odd else ""
