"""MAP-Elites over classes by Nguyen's rule: a child is compared with the champion of every class and may take many.

(Nguyen, Yosinski, Clune 2015; `map_elite.hpp` of their code.) So a picture that was bred for one class jumps to others.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from analysis.results.kinds import Ancestor

Genome = TypeVar("Genome")
REMEMBERED = 32  # pixels a side, at most, of a picture that is remembered


@dataclass(frozen=True, eq=False)
class Elite(Generic[Genome]):
    """A champion: what it is made of, when it was born, and which champions it came of."""

    genome: Genome
    pixels: NDArray[np.uint8]  # rows × columns × channels
    born: int
    first: Ancestor | None = None  # None of the first generation
    other: Ancestor | None = None  # that was mixed in

    @property
    def parent(self) -> int:
        """The class whose champion it came of, −1 of the first generation."""
        return self.first.index if self.first is not None else -1

    def remembered(self, index: int, name: str, confidence: float) -> Ancestor:
        """As the champion of this class."""
        step = -(-max(self.pixels.shape[:2]) // REMEMBERED)
        small = self.pixels[::step, ::step].copy()
        return Ancestor(index, name, confidence, self.born, small, self.first, self.other)


_SAME_ODDS = 1e-4  # of an answer's odds, and of a probability that the network gives itself: what rounding may change
_SAME_SHARE = 1e-7


class Archive(Generic[Genome]):
    def __init__(self, classes: int) -> None:
        self.elites: list[Elite[Genome] | None] = [None] * classes
        self.confidence = np.full(classes, -1.0)
        self.jumps = 0  # how often a class was taken by a child of another one's champion
        self.taken = np.zeros(classes, np.int64)  # how often each was taken
        self.generation = 0
        self.medians: list[float] = []  # after each generation

    @property
    def filled(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.confidence >= 0)

    def offer(self, elite: Elite[Genome], probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
        """The classes that it takes: those of which the network is surer than of their champion.

        By more than rounding: a child may be its parent's very picture, whose numbers change a little with who is
        beside it.
        """
        sure = np.maximum(self.confidence, 0)
        won = np.flatnonzero(probabilities > self.confidence + sure * (_SAME_ODDS * (1 - sure) + _SAME_SHARE))
        for index in won:
            self.elites[index] = elite
        self.confidence[won] = probabilities[won]
        self.taken[won] += 1
        if elite.parent >= 0:
            self.jumps += int((won != elite.parent).sum())
        return won

    def ends_generation(self) -> None:
        self.generation += 1
        self.medians.append(float(np.median(np.maximum(self.confidence, 0))))
