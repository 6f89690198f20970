"""A map over the picture it was computed from."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from analysis.drawing.colours import table
from analysis.protocol.events import Floats
from analysis.protocol.frame import Pixels

DARKEST = 110  # level of a colour map where a veil begins: darker colours would look like shadows in the picture


def scale_of(values: Floats) -> tuple[float, float]:
    """From zero to the largest value or, where any is negative, as far below zero as above it. Never empty."""
    finite = values[np.isfinite(values)]
    largest = float(np.abs(finite).max(initial=0)) or 1.0
    return (-largest if finite.min(initial=0) < 0 else 0.0), largest


def levels(values: Floats, low: float, high: float) -> NDArray[np.uint8]:
    """0 at `low`, 255 at `high`; what is not finite is drawn as zero."""
    finite = np.where(np.isfinite(values), values, 0)
    shares = ((finite - low) / (high - low)).clip(0, 1)
    shades: NDArray[np.uint8] = np.rint(shares * 255).astype(np.uint8)
    return shades


def enlarged(values: Floats, height: int, width: int, smooth: bool) -> Floats:
    """The map at the size of a picture that its cells cover evenly: bilinear, or each cell as it is."""
    way = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    finite = np.where(np.isfinite(values), values, 0).astype(np.float32)
    return np.asarray(Image.fromarray(finite).resize((width, height), way))


def laid_over(picture: Pixels, layer: NDArray[np.uint8]) -> Pixels:
    """The picture under a layer of RGBA."""
    share = layer[..., 3:].astype(np.float32) / 255
    pixels: Pixels = np.rint(picture * (1 - share) + layer[..., :3] * share).astype(np.uint8)
    return pixels


def unit_veil(values: Floats, gamma: float, opacity: float) -> NDArray[np.uint8]:
    """A unit's map to lay over its picture, as RGBA: the further from zero a place is, the less shows through."""
    low, high = scale_of(values)
    shown = levels(values, low, high)
    colours = table("diverging" if low < 0 else "inferno", gamma, low < 0)
    if low >= 0:
        colours = colours[DARKEST + np.arange(256) * (255 - DARKEST) // 255]
    strength = np.abs(shown.astype(np.float32) - 127.5) / 127.5 if low < 0 else shown.astype(np.float32) / 255
    rgba = np.empty((*values.shape, 4), np.uint8)
    rgba[..., :3] = colours[shown]
    rgba[..., 3] = np.rint(np.clip(strength * opacity, 0, 1) * 255)
    return rgba


def over_picture(picture: Pixels, veil: NDArray[np.uint8]) -> Pixels:
    """The picture under a veil of fewer cells, which goes smoothly from the middle of one to that of the next."""
    height, width = picture.shape[:2]
    share: Floats = veil[..., 3].astype(np.float32) / np.float32(255)
    opaque = enlarged(share, height, width, smooth=True)[..., None]
    colours: Floats = veil[..., :3].astype(np.float32) * share[..., None]
    paint = [enlarged(colours[..., channel], height, width, smooth=True) for channel in range(3)]
    pixels: Pixels = np.rint(picture * (1 - opaque) + np.stack(paint, axis=-1)).clip(0, 255).astype(np.uint8)
    return pixels
