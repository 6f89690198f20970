"""Centring a drawn digit as MNIST's were: scaled into 20×20 pixels, its centre of mass in the middle of 28×28."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 28
BOX = 20


def centred_digit(drawing: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """28×28 levels of a drawing (white on black, any size); an empty drawing stays empty."""
    field = np.zeros((SIDE, SIDE), np.uint8)
    rows, columns = np.nonzero(drawing.any(axis=1))[0], np.nonzero(drawing.any(axis=0))[0]
    if not rows.size:
        return field
    digit = Image.fromarray(drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = BOX / max(digit.size)
    size = (max(round(digit.width * scale), 1), max(round(digit.height * scale), 1))
    levels = np.asarray(digit.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR))
    top, left = (_place(levels.sum(axis=axis, dtype=np.float64)) for axis in (1, 0))
    field[top : top + levels.shape[0], left : left + levels.shape[1]] = levels
    return field


def _place(mass: NDArray[np.float64]) -> int:
    """Where a digit with this profile starts, so that its centre of mass is in the middle and none of it outside.

    MNIST's middle is the pixel with index 14: there the centres of its digits lie, up to half a pixel.
    """
    total = mass.sum()
    centre = float(mass @ np.arange(mass.size) / total) if total else (mass.size - 1) / 2
    return min(max(round(SIDE / 2 - centre), 0), SIDE - mass.size)
