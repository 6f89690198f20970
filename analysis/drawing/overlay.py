"""A map over the picture it was computed from."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from analysis.protocol.events import Floats
from analysis.protocol.frame import Pixels


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


def over_picture(
    picture: Pixels, values: Floats, colours: NDArray[np.uint8], opacity: float = 0.6, smooth: bool = True
) -> Pixels:
    """The picture with the map's colours (a table of 256) mixed in; 0 shows the picture alone, 1 the map alone."""
    low, high = scale_of(values)
    shown = levels(enlarged(values, picture.shape[0], picture.shape[1], smooth), low, high)
    mixed = picture * (1 - opacity) + colours[shown] * opacity
    pixels: Pixels = np.rint(mixed).astype(np.uint8)
    return pixels
