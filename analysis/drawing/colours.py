"""Colour maps as tables of 256 RGB triples, so that painting a mosaic is one look-up a pixel.

Gamma is applied here, to the distance from zero, and never to the values.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

import resources
from analysis.protocol.problems import Problem
from analysis.results.looks import COLOURS

_FOLDER = resources.FOLDER / "colours"

# Position from -1 (the most negative value) to 1, and the colour there; zero is black, or white for paper.
_ON_BLACK = {
    -1.0: (140, 217, 255),
    -0.5: (26, 102, 230),
    0.0: (0, 0, 0),
    0.5: (230, 64, 26),
    1.0: (255, 217, 115),
}
_ON_WHITE = {
    -1.0: (5, 48, 97),
    -0.5: (67, 147, 195),
    0.0: (255, 255, 255),
    0.5: (214, 96, 77),
    1.0: (103, 0, 31),
}
_DIVERGING = {"diverging": _ON_BLACK, "diverging-light": _ON_WHITE}


@lru_cache(maxsize=256)
def table(name: str, gamma: float = 1.0, signed: bool = False) -> NDArray[np.uint8]:
    """256 × 3, read-only: the colour of each level of a mosaic. A signed scale has its zero at level 127.5.

    share of the largest value = (level / 255)^gamma, or sign·|level / 127.5 - 1|^gamma
    """
    if name not in COLOURS:
        raise Problem(f"There is no colour map “{name}”; there are {', '.join(COLOURS)}.")
    level = np.arange(256)
    if signed:
        distance = level / 127.5 - 1
        share = np.sign(distance) * np.abs(distance) ** gamma
    else:
        share = (level / 255) ** gamma
    if name in _DIVERGING:  # what is never negative takes the positive half only
        colours = _interpolated(_DIVERGING[name], share)
    else:
        position = np.rint((share + 1) * 127.5 if signed else share * 255).astype(np.uint8)
        colours = _sequential(name)[position]
    colours.setflags(write=False)
    return colours


def _sequential(name: str) -> NDArray[np.uint8]:
    if name == "grey":
        return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    colours: NDArray[np.uint8] = np.fromfile(_FOLDER / f"{name}.rgb", np.uint8).reshape(256, 3)
    return colours


def _interpolated(points: dict[float, tuple[int, int, int]], share: NDArray[np.float64]) -> NDArray[np.uint8]:
    colours = np.array(list(points.values()))
    channels = [np.rint(np.interp(share, list(points), colours[:, channel])) for channel in range(3)]
    return np.stack(channels, axis=1).astype(np.uint8)
