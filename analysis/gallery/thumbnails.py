"""The small pictures of the cards: those that ship, and how one is made."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import resources

if TYPE_CHECKING:
    from analysis.gallery.drawing import Drawing
    from analysis.protocol.frame import Pixels

FOLDER = resources.FOLDER / "gallery" / "thumbnails"
WIDE, HIGH = 400, 250
QUALITY = 82


def shipped(name: str) -> Path | None:
    """The file of the row's thumbnail, where one ships."""
    path = FOLDER / f"{name}.webp"
    return path if path.is_file() else None


def read(path: Path) -> Pixels:
    import numpy as np
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def webp(pixels: Pixels, quality: int = QUALITY) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "WEBP", quality=quality, method=6)
    return stream.getvalue()


def of(drawing: Drawing) -> Pixels:
    return drawing.inside(WIDE, HIGH)
