"""Test charts: gratings, a zone plate, coloured shapes, a printed page."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from analysis.artwork.canvas import Canvas, Pixels

SIDE = 320
WORDS = (
    "A network sees numbers. Each layer mixes those of the layer before, keeps what is positive, and passes it on. "
    "Early layers answer to edges and colours, later ones to textures, parts and things. What a unit looks for can be "
    "shown in three ways: by its weights, by the pictures that excite it most, and by a picture made for it alone. "
    "None of them is the whole truth; look at all three, and then change the picture and look again. "
)


def gratings() -> Pixels:
    """Sixteen patches: four directions by four wavelengths, a checkerboard in the middle."""
    picture = np.full((SIDE, SIDE), 127.5)
    cell = SIDE // 4
    y, x = np.mgrid[0:cell, 0:cell] + 0.5
    for row, angle in enumerate(np.arange(4) * np.pi / 4):
        for column, wavelength in enumerate((4, 8, 16, 32)):
            phase = 2 * np.pi / wavelength * (x * np.cos(angle) + y * np.sin(angle))
            picture[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell] += 120 * np.sin(phase)
    middle = slice(SIDE // 2 - cell // 2, SIDE // 2 + cell // 2)
    picture[middle, middle] = 255.0 * ((x // 10 + y // 10) % 2)
    return _grey(picture)


def zone_plate() -> Pixels:
    """cos(π r²/R): every spatial frequency in every direction, the highest at the rim."""
    side = 224
    y, x = np.mgrid[0:side, 0:side] - (side - 1) / 2
    return _grey(127.5 + 127.5 * np.cos(np.pi * (x**2 + y**2) / (side * 1.1)))


def shapes() -> Pixels:
    canvas = Canvas(SIDE, SIDE, (244, 241, 233), (224, 222, 218))
    canvas.ellipse(76, 78, 52, 52, (206, 44, 49))
    canvas.box(176, 28, 284, 126, (33, 94, 178))
    canvas.polygon([(76, 178), (136, 286), (18, 286)], (242, 187, 43))
    canvas.polygon(_regular(228, 228, 66, 6), (47, 143, 88))
    canvas.polygon(_regular(160, 156, 40, 5, inner=16), (122, 64, 150))
    canvas.line([(150, 262), (166, 290), (150, 306)], 10, (235, 118, 42))
    return canvas.finished()


def page() -> Pixels:
    paper = Image.new("L", (SIDE * 3, SIDE * 3), 244)
    pen = ImageDraw.Draw(paper)
    font, heading = ImageFont.load_default(36), ImageFont.load_default(64)
    pen.text((80, 60), "Under the hood", 20, heading)
    line, top = "", 180
    for word in (WORDS * 3).split():
        if pen.textlength(f"{line} {word}", font) > SIDE * 3 - 160:
            pen.text((80, top), line.strip(), 30, font)
            line, top = "", top + 50
        if top > SIDE * 3 - 90:
            break
        line = f"{line} {word}"
    return _grey(np.asarray(paper.resize((SIDE, SIDE), Image.Resampling.LANCZOS), dtype=np.float64))


def _regular(x: float, y: float, radius: float, corners: int, inner: float | None = None) -> list[tuple[float, float]]:
    """A regular polygon, or a star with `inner`."""
    radii = [radius] if inner is None else [radius, inner]
    count = corners * len(radii)
    angles = [2 * np.pi * number / count - np.pi / 2 for number in range(count)]
    return [
        (x + radii[n % len(radii)] * float(np.cos(a)), y + radii[n % len(radii)] * float(np.sin(a)))
        for n, a in enumerate(angles)
    ]


def _grey(levels: NDArray[np.float64]) -> Pixels:
    grey = np.clip(levels, 0, 255).round().astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)
