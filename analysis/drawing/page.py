"""A sheet of paper for a figure: title, caption, pictures at native resolution, and its form as PNG, SVG or PDF.

Positions are inches from the top left. The same content gives the same bytes: no dates, no random names.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.files.recipe_inside import pdf_keywords, png_with, svg_with
from analysis.protocol.recipe import Recipe

WIDTH = 7.0
MARGIN = 0.2
INSIDE = WIDTH - 2 * MARGIN
GAP = 0.15

_INK = "#1a1a1a"
_FAINT = "#666666"
FRAME = _FAINT  # round a picture
_LINE = 1.3  # of the font size
CRISP = 300  # pixels an inch of the pictures in vector graphics, at least
_PIXELS_WIDE = (1600, 7000)  # of a PNG: at least and about at most

_STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is there on every machine
    "svg.fonttype": "none",
    "svg.hashsalt": "underhood",
    "pdf.fonttype": 42,
    "image.composite_image": False,
    "axes.linewidth": 0.5,
    "axes.edgecolor": _FAINT,
}


class Page:
    """Content is put at places; `body` is the height that everything between title and caption takes."""

    def __init__(self, title: str, subtitle: str, caption: str, body: float) -> None:
        import matplotlib
        from matplotlib.figure import Figure

        lines = wrapped(caption, 7, 0.98 * INSIDE)  # small letters are drawn a little wider than they measure
        self.top = MARGIN + 0.5
        self.body = body
        self.width = WIDTH
        height = self.top + body + GAP + len(lines) * 7 * _LINE / 72 + MARGIN
        self.density = 0.0  # pixels an inch that the finest picture has
        self.in_room: Callable[[int, int], Page] | None = None  # arranged anew for so many pixels across and down
        self.height = height
        with matplotlib.rc_context(_STYLE):
            self.figure = Figure(figsize=(WIDTH, height), facecolor="white")
        self.text(MARGIN, MARGIN, title, 10, weight="bold")
        for number, line in enumerate(wrapped(subtitle, 8, 0.98 * INSIDE)[:2]):  # there is room for two
            self.text(MARGIN, MARGIN + 0.2 + number * 8 * _LINE / 72, line, 8, colour=_FAINT)
        for number, line in enumerate(lines):
            self.text(MARGIN, self.top + body + GAP + number * 7 * _LINE / 72, line, 7)

    def text(
        self,
        left: float,
        top: float,
        text: str,
        size: float,
        *,
        colour: str = _INK,
        weight: str = "normal",
        align: str = "left",
        anchor: str = "top",
    ) -> None:
        self.figure.text(
            left / WIDTH,
            1 - top / self.height,
            printable(text),
            size=size,
            color=colour,
            weight=weight,
            ha=align,
            va=anchor,
            parse_math=False,
            family=_STYLE["font.family"],
        )

    def axes(self, left: float, top: float, width: float, height: float) -> Any:
        import matplotlib

        box = (left / WIDTH, 1 - (top + height) / self.height, width / WIDTH, height / self.height)
        with matplotlib.rc_context(_STYLE):
            return self.figure.add_axes(box)

    def picture(self, left: float, top: float, width: float, height: float, pixels: NDArray[np.uint8]) -> Any:
        """An RGB picture, pixel by pixel. The axes count in its pixels."""
        self.density = max(self.density, pixels.shape[1] / width, pixels.shape[0] / height)
        return self.decoration(left, top, width, height, pixels)

    def decoration(self, left: float, top: float, width: float, height: float, pixels: NDArray[np.uint8]) -> Any:
        """An RGB picture whose single pixels do not matter."""
        axes = self.axes(left, top, width, height)
        axes.imshow(pixels, interpolation="none", aspect="auto")
        axes.set_axis_off()
        return axes

    def frame(self, axes: Any) -> None:
        """A hair line round a picture, so that its edge is seen on white paper."""
        axes.set_axis_on()
        axes.set(xticks=[], yticks=[])

    def label(self, left: float, top: float, width: float, text: str) -> None:
        """Under or over a picture, in its middle."""
        self.text(left + width / 2, top, text, 7, align="center", colour=_FAINT)

    def saved(self, suffix: str, recipe: Recipe) -> bytes:
        """The page as a file's content, with the recipe inside."""
        import matplotlib

        with matplotlib.rc_context(_STYLE):
            if suffix == ".png":
                return png_with(recipe, self._png())
            self._enlarge_pictures()
            stream = io.BytesIO()
            if suffix == ".svg":
                metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
                self.figure.savefig(stream, format="svg", metadata=metadata)
                return svg_with(recipe, stream.getvalue())
            self.figure.savefig(
                stream,
                format="pdf",
                metadata={"CreationDate": None, "Creator": "Underhood", "Keywords": pdf_keywords(recipe)},
            )
            return stream.getvalue()

    def inside(self, wide: int, high: int) -> NDArray[np.uint8]:
        """What stands between title and caption, as large as it can be in so many pixels.

        What is too small to be read is left out. The page can be saved no more after that.
        """
        import matplotlib

        from analysis.drawing.seen_small import seen_small

        page = self if self.in_room is None else self.in_room(wide, high)
        with matplotlib.rc_context(_STYLE):
            return seen_small(page, wide, high)

    def _enlarge_pictures(self) -> None:
        """Each pixel becomes a square of them: many viewers of vector graphics smooth what they enlarge, and would
        make a fog of a map of seven cells. Where a picture lies, and what its axes count, stays."""
        for axes in self.figure.axes:
            _, _, wide, high = axes.get_position().bounds
            for image in axes.images:
                pixels = np.asarray(image.get_array())
                times = min(
                    math.ceil(CRISP * wide * WIDTH / pixels.shape[1]),
                    math.ceil(CRISP * high * self.height / pixels.shape[0]),
                )
                if times > 1:
                    image.set_data(pixels.repeat(times, axis=0).repeat(times, axis=1))

    def _png(self) -> bytes:
        """So dense that every pixel of the finest picture is a whole number of dots, with all boxes on whole dots."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from PIL import Image

        least, most = _PIXELS_WIDE
        density = self.density or least / WIDTH
        density *= math.ceil(least / WIDTH / density) if density * WIDTH < most else most / WIDTH / density
        wide, high = math.ceil(WIDTH * density), math.ceil(self.height * density)
        to_dots = np.array([WIDTH, self.height, WIDTH, self.height]) * density
        for axes in self.figure.axes:
            left, bottom, width, height = np.rint(axes.get_position().bounds * to_dots)
            axes.set_position((left / wide, bottom / high, width / wide, height / high))
        self.figure.set_dpi(density)
        self.figure.set_size_inches(wide / density, high / density)
        canvas: Any = FigureCanvasAgg(self.figure)
        canvas.draw()
        stream = io.BytesIO()
        dots = np.asarray(canvas.buffer_rgba())[..., :3]
        Image.fromarray(np.ascontiguousarray(dots)).save(stream, "PNG", dpi=(density, density))
        return stream.getvalue()


def wrapped(text: str, size: float, width: float) -> list[str]:
    """Lines of at most `width` inches at this font size."""
    lines = [""]
    for word in printable(text).split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, size) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def text_width(text: str, size: float) -> float:
    """In inches."""
    font = _font()
    font.set_size(size, 72 * 16)  # large, as small letters are rounded to whole dots
    font.set_text(text, 0)
    return float(font.get_width_height()[0] / 64 / 72 / 16)


def printable(text: str) -> str:
    """With a replacement for letters that the font lacks, which matplotlib would only warn about."""
    font = _font()
    return "".join(letter if letter == " " or font.get_char_index(ord(letter)) else "□" for letter in text)


def _font() -> Any:
    from matplotlib.font_manager import findfont, get_font

    return get_font(findfont(_STYLE["font.family"]))
