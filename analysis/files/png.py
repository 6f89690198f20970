"""Levels as a PNG and nothing else: without frame, caption or recipe."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def levels_png(levels: NDArray[np.uint8]) -> bytes:
    """Grey if it has one plane; a missing blue is black, as the network never saw it."""
    if levels.shape[2] == 2:
        levels = np.concatenate([levels, np.zeros_like(levels[..., :1])], axis=2)
    stream = io.BytesIO()
    Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels).save(stream, "PNG")
    return stream.getvalue()
