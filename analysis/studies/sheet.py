"""The pictures that were made for many units, as one picture: a contact sheet of a layer."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

CELL = 96  # pixels of the longer side of a picture
GAP, SAID = 6, 12  # between them, and for what is written below each
_MOST = 16_000  # pixels of a side


def sheet_of(pictures: Sequence[tuple[Path, str]], aspect: float = 1.5) -> bytes:
    """Each with its name; those that cannot be read are left blank."""
    cell = CELL
    columns = max(1, round(math.sqrt(len(pictures) * aspect)))
    rows = -(-len(pictures) // columns)
    while max(columns, rows) * (cell + GAP + SAID) > _MOST and cell > 8:
        cell //= 2
    wide, high = cell + GAP, cell + GAP + SAID
    sheet = Image.new("RGB", (columns * wide + GAP, rows * high + GAP), "white")
    pen = ImageDraw.Draw(sheet)
    for number, (path, words) in enumerate(pictures):
        row, column = divmod(number, columns)
        left, top = GAP + column * wide, GAP + row * high
        try:
            with Image.open(path) as picture:
                scale = cell / max(picture.size)
                size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
                shown = picture.convert("RGB").resize(size, Image.Resampling.BICUBIC)
            sheet.paste(shown, (left + (cell - size[0]) // 2, top + (cell - size[1]) // 2))
        except OSError:
            pen.rectangle((left, top, left + cell - 1, top + cell - 1), outline="#ccc")
        pen.text((left, top + cell), words, fill="#444")
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    return stream.getvalue()
