"""A picture at several sizes, from the smallest on."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from analysis.synthesis.crop import Size

_LEAST = 8  # pixels of a side


def sizes_of(size: Size, octaves: int, ratio: float) -> list[Size]:
    """The last one is the picture's own; those that would be too small are left out."""
    sizes = [(round(size[0] / ratio**i), round(size[1] / ratio**i)) for i in reversed(range(octaves))]
    return [one for one in sizes if min(one) >= _LEAST] or [size]


def enlarged(picture: Tensor, size: Size) -> Tensor:
    """To this size, which may be smaller: then without the frequencies that it cannot hold."""
    if (picture.shape[2], picture.shape[3]) == size:
        return picture
    return functional.interpolate(picture, size, mode="bilinear", align_corners=False, antialias=True)
