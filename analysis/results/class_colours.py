"""A colour for each class, the same wherever the class is drawn: neighbours in number are far apart in hue."""

from __future__ import annotations

import colorsys
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_GOLDEN = 0.6180339887498949  # of the circle from one to the next: never twice the same


@lru_cache(maxsize=4096)
def colour_of_class(index: int) -> tuple[int, int, int]:
    """Red, green and blue, 0…255."""
    value = 0.95 if index % 2 == 0 else 0.72
    red, green, blue = colorsys.hsv_to_rgb((index * _GOLDEN) % 1, 0.6, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def coloured(classes: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Rows × columns of classes as a picture."""
    import numpy as np

    present = np.unique(classes)
    table = np.array([colour_of_class(int(index)) for index in present], np.uint8)
    return np.ascontiguousarray(table[np.searchsorted(present, classes)])
