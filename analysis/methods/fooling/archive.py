"""MAP-Elites over classes by Nguyen's rule: a child is compared with the champion of every class and may take many.

(Nguyen, Yosinski, Clune 2015; `map_elite.hpp` of their code.) So a picture that was bred for one class jumps to others.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Genome = TypeVar("Genome")


@dataclass(frozen=True, eq=False)
class Elite(Generic[Genome]):
    """A champion: what it is made of, when it was born, and of which class its first parent was champion then."""

    genome: Genome
    pixels: NDArray[np.uint8]  # rows × columns × channels
    born: int
    parent: int  # -1 of the first generation


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
        """The classes that it takes: those of which the network is surer than of their champion."""
        won = np.flatnonzero(probabilities > self.confidence)
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
