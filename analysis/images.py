"""Pictures: decoding them safely, and what a network sees of them."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from analysis.frame import Pixels
from analysis.network.preprocessing import Preprocessing

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def fitted(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """The part of an RGB picture that the network sees, at its input size.

    "crop" equals torchvision's Resize(resize) and CenterCrop(height, width), computing only the pixels that stay.
    """
    height, width = pixels.shape[:2]
    size = (preprocessing.width, preprocessing.height)
    image = Image.fromarray(pixels)
    filter_ = _FILTERS[preprocessing.interpolation]
    if preprocessing.fit == "stretch":
        return np.asarray(image.resize(size, filter_))
    short, long = sorted((height, width))
    scaled_long = max(int(preprocessing.resize * long / short), 1)
    scaled_h, scaled_w = (preprocessing.resize, scaled_long) if height <= width else (scaled_long, preprocessing.resize)
    top = round((scaled_h - preprocessing.height) / 2)
    left = round((scaled_w - preprocessing.width) / 2)
    if top < 0 or left < 0:  # the input is larger than the scaled picture: what is outside is black
        scaled = image.resize((scaled_w, scaled_h), filter_)
        padded = Image.new("RGB", size)
        padded.paste(scaled, (-left, -top))
        return np.asarray(padded)
    y, x = height / scaled_h, width / scaled_w
    box = (left * x, top * y, (left + preprocessing.width) * x, (top + preprocessing.height) * y)
    return np.asarray(image.resize(size, filter_, box=box))


def planes(picture: Pixels, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """C×H×W levels of a fitted picture: its luminance, its red and green, or all three planes."""
    if preprocessing.channels == 1:
        return np.asarray(Image.fromarray(picture).convert("L"))[None].copy()
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[: preprocessing.channels])
