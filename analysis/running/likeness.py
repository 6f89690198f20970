"""Whether two pictures are as good as the same: a coarse sketch of each is compared, quick enough for a stream."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.protocol.frame import Pixels

SIDE = 8  # blocks along each side of a sketch
LOOKED_AT = 64  # rows and columns of a picture, at about the least, that a sketch is made of

OF_SPREAD = 0.25  # of how much the blocks of a picture differ, two pictures of grey noise are further apart

Sketch = NDArray[np.int16]


@dataclass(frozen=True)
class Likeness:
    """How far, of 255 levels, the blocks of two sketches may be from each other: in the mean, and any of them."""

    mean: float
    most: float


MOVING = Likeness(4.0, 20.0)  # what a camera's noise and a resting hand make
STILL = Likeness(0.5, 3.0)  # whoever opened two pictures wants to see both, unless they are one picture


def sketch_of(picture: Pixels) -> Sketch:
    """The means of 8×8 blocks of each colour, as one row."""
    height, width = picture.shape[:2]
    step = max(min(height, width) // LOOKED_AT, 1)
    thinned = picture[::step, ::step].astype(np.int32)
    edges = [np.arange(min(SIDE, side)) * side // min(SIDE, side) for side in thinned.shape[:2]]
    sums = np.add.reduceat(np.add.reduceat(thinned, edges[0], 0), edges[1], 1)
    rows, columns = (np.diff(edge, append=side) for edge, side in zip(edges, thinned.shape[:2], strict=True))
    means = sums / (rows[:, None, None] * columns[None, :, None])
    sketch: Sketch = np.rint(means).astype(np.int16).ravel()
    return sketch


def alike(sketches: NDArray[np.int16], one: Sketch, likeness: Likeness) -> NDArray[np.bool_]:
    """Which rows are of a picture like that of `one`, which has little in it if its blocks hardly differ."""
    apart = np.abs(sketches - one)
    mean = min(likeness.mean, OF_SPREAD * float(one.std()))
    found: NDArray[np.bool_] = (apart.mean(1) <= mean) & (apart.max(1, initial=0) <= likeness.most)
    return found
