"""A coarse map at the size of the picture that it is of."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.protocol.events import Floats


def placed(arrays: Mapping[str, NDArray[Any]], size: tuple[int, int], mask: int = 0) -> Floats:
    """A map at the size of the picture, NaN where nothing is; `mask` is the side of what stood at its positions."""
    values: Floats = arrays["result"]
    if "upsampled" in arrays:
        upsampled: Floats = arrays["upsampled"]
        return upsampled
    if "positions" in arrays:
        return _by_positions(values, arrays["positions"], mask, size)
    return values


def _by_positions(values: Floats, positions: NDArray[Any], mask: int, size: tuple[int, int]) -> Floats:
    """A pixel takes the value of the mask whose middle is nearest; outside of the outermost middles there is none.

    Where there is but one mask from side to side, all pixels under it take its value.
    """
    over = np.full(size, np.nan, np.float32)
    rows, columns = (
        _nearest(starts + mask / 2, side, mask) for starts, side in zip(_starts(positions), size, strict=True)
    )
    over[np.ix_(rows >= 0, columns >= 0)] = values[np.ix_(rows[rows >= 0], columns[columns >= 0])]
    return over


def _starts(positions: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    return positions[:, 0, 0], positions[0, :, 1]


def _nearest(middles: NDArray[Any], side: int, mask: int) -> NDArray[np.int64]:
    """Of every pixel's row or column, the number of the middle that is nearest to it; −1 where none is near."""
    step = float(middles[1] - middles[0]) if len(middles) > 1 else max(float(mask), 1.0)
    number = np.floor((np.arange(side) + 0.5 - middles[0]) / step + 0.5).astype(np.int64)
    return np.where((number >= 0) & (number < len(middles)), number, -1)
