"""The three pictures of an adversary: before, after, and the difference, magnified on one scale about grey."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.pictures.images import planes
from analysis.protocol.frame import Picture, Pixels
from analysis.protocol.planes import Planes, shown_of
from analysis.protocol.preprocessing import Preprocessing
from analysis.results.kinds import Adversary, Floats

LEVELS = 255
LEAST = 1e-9  # of a difference that is drawn


@dataclass(frozen=True, eq=False)
class Drawn:
    """`reach` is how many levels the whitest and the blackest places of the difference stand for."""

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    difference: NDArray[np.uint8]
    reach: float


def drawn(adversary: Adversary) -> Drawn:
    change = adversary.values - adversary.original
    reach = float(np.abs(change).max())
    shown = 0.5 + change / (2 * reach) if reach > LEAST else np.full_like(change, 0.5)
    return Drawn(rgb(adversary.original), rgb(adversary.values), rgb(shown), reach * LEVELS)


def scale_words(reach: float) -> str:
    """Such as `difference, ±8 levels`."""
    return f"difference, ±{reach:.3g} levels" if reach > LEAST * LEVELS else "no difference"


def rgb(picture: Floats) -> NDArray[np.uint8]:
    """Of 1, 2 or 3 planes from 0 to 1."""
    return rgb_levels(np.rint(np.clip(picture, 0, 1) * LEVELS).astype(np.uint8))


def rgb_levels(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of rows × columns × 1, 2 or 3 planes."""
    if levels.shape[2] == 1:
        levels = levels.repeat(3, axis=2)
    elif levels.shape[2] == 2:
        levels = np.concatenate([levels, np.zeros_like(levels[..., :1])], axis=2)
    return np.ascontiguousarray(levels[..., :3])


def laid_on(picture: Pixels, change: Floats, given: Picture, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Another picture, as the network gets it, with the change of an adversary on it.

    `given` is what `picture` was before it was fitted; of its planes those are seen that were looked at.
    """
    count = change.shape[2]
    if isinstance(given, Planes):
        shown = given.shown if given.count == count else shown_of(count)
        return rgb((picture / np.float32(LEVELS) + change[..., list(shown)]).astype(np.float32))
    levels = planes(picture, preprocessing).transpose(1, 2, 0)
    return rgb((levels / np.float32(LEVELS) + change).astype(np.float32))
