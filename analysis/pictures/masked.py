"""A picture with a mask on it, as levels to look at: what a map of occlusion showed to the network, rounded to them."""

import numpy as np

from analysis.protocol.frame import Pixels
from analysis.protocol.mask import Fill, Mask
from analysis.results.derivative_views import blurred

LEVELS = {"grey": 127.5, "black": 0.0}


def focus(size: int) -> tuple[float, int]:
    """σ of the blur under a mask of so many pixels, and how far it goes: 3 σ to each side."""
    return size / 4, max(1, round(3 * size / 4))


def masked(picture: Pixels, mask: Mask) -> Pixels:
    """A copy with the mask on it; what of it lies outside of the picture is cut off."""
    copy = picture.copy()
    part = slice(max(mask.top, 0), mask.top + mask.size), slice(max(mask.left, 0), mask.left + mask.size)
    copy[part] = filling(picture, mask.size, mask.fill)[part]
    return copy


def filling(picture: Pixels, size: int, fill: Fill) -> Pixels:
    """What the mask shows wherever it lies: grey, the picture's mean colour, black, or a blur."""
    if fill == "blur":
        planes = [blurred(picture[..., channel].astype(np.float32), *focus(size)) for channel in range(3)]
        shown: Pixels = np.rint(np.stack(planes, axis=-1)).clip(0, 255).astype(np.uint8)
        return shown
    colour = picture.reshape(-1, 3).mean(0) if fill == "mean" else np.full(3, LEVELS[fill])
    return np.broadcast_to(np.rint(colour).astype(np.uint8), picture.shape)
