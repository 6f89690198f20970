"""A picture with a mask on it, as occlusion shows it to the network."""

from typing import Literal, get_args

import numpy as np

from analysis.protocol.frame import Pixels
from analysis.results.derivative_views import blurred

Fill = Literal["grey", "mean", "black", "blur"]
FILLS: tuple[Fill, ...] = get_args(Fill)


def masked(picture: Pixels, top: int, left: int, size: int, fill: Fill) -> Pixels:
    """A copy with a square of `size` pixels filled; what of it lies outside of the picture is cut off."""
    copy = picture.copy()
    part = slice(max(top, 0), top + size), slice(max(left, 0), left + size)
    copy[part] = filling(picture, size, fill)[part]
    return copy


def filling(picture: Pixels, size: int, fill: Fill) -> Pixels:
    """What the mask shows wherever it lies: grey, the picture's mean colour, black, or a blur of σ = size / 4."""
    if fill == "blur":
        planes = [blurred(picture[..., channel].astype(np.float32), max(size / 4, 0.1)) for channel in range(3)]
        shown: Pixels = np.rint(np.stack(planes, axis=-1)).clip(0, 255).astype(np.uint8)
        return shown
    colour = {"grey": np.full(3, 127.5), "black": np.zeros(3), "mean": picture.reshape(-1, 3).mean(0)}[fill]
    return np.broadcast_to(np.rint(colour).astype(np.uint8), picture.shape)
