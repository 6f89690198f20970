"""What becomes of a picture that is written to a file in the network's own size, and opened again.

A network that scales pictures before it cuts out their middle scales such a file, too; what fools has to survive it.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from analysis.protocol.frame import Pixels
from analysis.protocol.preprocessing import Preprocessing

if TYPE_CHECKING:
    from analysis.network.network import Network
    from analysis.results.kinds import Floats


def pixels_of(picture: "Floats") -> Pixels:
    """Height × width × 3 levels of a picture of 1, 2 or 3 planes from 0 to 1, as its file has them."""
    levels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    channels = levels.shape[2]
    if channels == 1:
        levels = levels.repeat(3, axis=2)
    elif channels == 2:
        levels = np.concatenate([levels, np.zeros_like(levels[..., :1])], axis=2)
    return np.ascontiguousarray(levels)


def input_of_file(network: "Network", picture: "Floats") -> Tensor:
    """What the network sees of the file, scaled and cut as every file is."""
    return network.input_of_fitted(network.picture(pixels_of(picture)))


class PathOfFile:
    def __init__(self, preprocessing: Preprocessing) -> None:
        self._p = preprocessing
        height, width = preprocessing.height, preprocessing.width
        self._scaled = (height, width)
        if preprocessing.fit == "crop":
            short, long = sorted((height, width))
            sides = preprocessing.resize, int(preprocessing.resize * long / short)
            self._scaled = sides if height < width else sides[::-1]

    @property
    def is_plain(self) -> bool:
        """Whether the file is seen pixel by pixel."""
        return self._scaled == (self._p.height, self._p.width)

    def seen(self, pictures: Tensor) -> Tensor:
        """The same as Pillow does, but for rounding, so that it can be derived."""
        if self.is_plain:
            return pictures
        scaled = functional.interpolate(pictures, self._scaled, mode=self._p.interpolation, antialias=True).clamp(0, 1)
        for axis, size in ((2, self._p.height), (3, self._p.width)):
            scaled = _middle(scaled, axis, size)
        return scaled


def _middle(pictures: Tensor, axis: int, size: int) -> Tensor:
    there = pictures.shape[axis]
    if there >= size:
        return pictures.narrow(axis, round((there - size) / 2), size)
    before = (size - there) // 2
    shape = list(pictures.shape)
    shape[axis] = before
    black = pictures.new_zeros(shape)
    shape[axis] = size - there - before
    return torch.cat([black, pictures, pictures.new_zeros(shape)], axis)
