"""The three pictures of an adversary: before, after, and the difference, magnified on one scale about grey."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.pictures.images import planes
from analysis.protocol.frame import Picture, Pixels
from analysis.protocol.planes import Planes
from analysis.protocol.preprocessing import Preprocessing
from analysis.results.kinds import Adversary, Floats
from analysis.results.over_picture import as_levels
from analysis.results.planes_seen import shown_of

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
    return Drawn(as_levels(adversary.original), as_levels(adversary.values), as_levels(shown), reach * LEVELS)


def scale_words(reach: float) -> str:
    """Such as `difference, ±8 levels`."""
    return f"difference, ±{reach:.3g} levels" if reach > LEAST * LEVELS else "no difference"


def laid_on(picture: Pixels, change: Floats, given: Picture, preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Another picture, as the network gets it, with the change of an adversary on it.

    `given` is what `picture` was before it was fitted; of its planes those are seen that were looked at.
    """
    count = change.shape[2]
    if isinstance(given, Planes):
        shown = given.shown if given.count == count else shown_of(count)
        return as_levels((picture / np.float32(LEVELS) + change[..., list(shown)]).astype(np.float32))
    levels = planes(picture, preprocessing).transpose(1, 2, 0)
    return as_levels((levels / np.float32(LEVELS) + change).astype(np.float32))
