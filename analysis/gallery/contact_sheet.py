"""All thumbnails on one sheet, topic by topic, with what they are: what the README shows of the gallery."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.gallery.cards import Card
    from analysis.protocol.frame import Pixels

COLUMNS = 8
WIDE, HIGH = 148, 92  # of a picture
GAP = 8
HEADING, WORDS = 26, 16  # heights of a topic's name, and of the line below a picture
PAPER, INK, FAINT = (250, 250, 251), (30, 33, 38), (100, 106, 115)


def contact_sheet(shown: Sequence[tuple[Card, Pixels]]) -> Pixels:
    """Cards with their thumbnails, in the order of their topics."""
    import numpy as np
    from PIL import Image, ImageDraw

    groups = [(topic, list(few)) for topic, few in groupby(shown, key=lambda one: one[0].topic)]
    step = HIGH + WORDS + GAP
    high = GAP + sum(HEADING + -(-len(few) // COLUMNS) * step for _, few in groups)
    sheet = Image.new("RGB", (GAP + COLUMNS * (WIDE + GAP), high), PAPER)
    draw = ImageDraw.Draw(sheet)
    top = GAP
    for topic, few in groups:
        draw.text((GAP, top), topic, INK, _font(15))
        top += HEADING
        for number, (card, pixels) in enumerate(few):
            row, column = divmod(number, COLUMNS)
            _place(sheet, draw, GAP + column * (WIDE + GAP), top + row * step, card, Image.fromarray(pixels))
        top += -(-len(few) // COLUMNS) * step
    return np.asarray(sheet)


def _place(sheet: Any, draw: Any, left: int, top: int, card: Card, picture: Any) -> None:
    from PIL import Image

    picture.thumbnail((WIDE, HIGH), Image.Resampling.LANCZOS)
    sheet.paste(picture, (left + (WIDE - picture.width) // 2, top + HIGH - picture.height))
    draw.text((left, top + HIGH + 2), _fitting(draw, card.name), FAINT, _font(9))


def _fitting(draw: Any, words: str) -> str:
    font = _font(9)
    if draw.textlength(words, font) <= WIDE:
        return words
    while draw.textlength(f"{words}…", font) > WIDE:
        words = words[:-1]
    return f"{words}…"


def _font(size: int) -> Any:
    from matplotlib.font_manager import findfont
    from PIL import ImageFont

    return ImageFont.truetype(findfont("DejaVu Sans"), size)
