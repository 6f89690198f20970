"""A coarse map at the size of the picture that it is of, and a picture of levels as it is painted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.results.kinds import Enlarged, Floats, Heat, Windows
from analysis.results.planes_seen import shown_of


def placed(heat: Heat, size: tuple[int, int]) -> Floats:
    """A map at the size of the picture, NaN where nothing is."""
    if isinstance(heat.over, Enlarged):
        return heat.over.values
    if isinstance(heat.over, Windows):
        return _by_windows(heat.values, heat.over, size)
    return heat.values


def as_levels(picture: Floats) -> NDArray[np.uint8]:
    """Rows × columns × 3 of 0…255, of levels from 0 to 1."""
    return rgb_levels(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8))


def rgb_levels(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of rows × columns × channels: one is grey, two are red and green; of more than three those that are looked at."""
    channels = levels.shape[2]
    if channels == 2:
        levels = np.concatenate([levels, np.zeros_like(levels[:, :, :1])], 2)
    elif channels != 3:
        shown = shown_of(channels)
        levels = levels[:, :, list(shown * (3 // len(shown)))]
    return np.ascontiguousarray(levels)


def _by_windows(values: Floats, windows: Windows, size: tuple[int, int]) -> Floats:
    """A pixel takes the value of the window whose middle is nearest; outside of the outermost middles there is none.

    Where there is but one window from side to side, all pixels under it take its value.
    """
    over = np.full(size, np.nan, np.float32)
    starts = windows.corners[:, 0, 0], windows.corners[0, :, 1]
    rows, columns = (
        _nearest(start + windows.side / 2, length, windows.side) for start, length in zip(starts, size, strict=True)
    )
    over[np.ix_(rows >= 0, columns >= 0)] = values[np.ix_(rows[rows >= 0], columns[columns >= 0])]
    return over


def _nearest(middles: NDArray[Any], length: int, side: int) -> NDArray[np.int64]:
    """Of every pixel's row or column, the number of the middle that is nearest to it; −1 where none is near."""
    step = float(middles[1] - middles[0]) if len(middles) > 1 else max(float(side), 1.0)
    number = np.floor((np.arange(length) + 0.5 - middles[0]) / step + 0.5).astype(np.int64)
    return np.where((number >= 0) & (number < len(middles)), number, -1)
