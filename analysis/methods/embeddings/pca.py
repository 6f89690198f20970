"""Layers as maps along the two or three directions in which their pictures differ most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.embeddings import asked
from analysis.methods.embeddings.walk import Folded, MapsOfLayers, walked
from analysis.methods.method import Progress
from analysis.protocol.problems import Problem
from analysis.question.question import Question

if TYPE_CHECKING:
    from analysis.population.distances import Nearest


@dataclass(frozen=True)
class Pca(MapsOfLayers):
    name: ClassVar[str] = "pca"
    title: ClassVar[str] = "Principal components"
    summary: ClassVar[str] = "A map of many pictures along the directions in which the layer tells them apart most."

    pictures: int = asked.pictures()
    dimensions: int = asked.dimensions()
    pool: str = asked.pool()
    components: int = asked.components()
    neighbours: int = asked.neighbours()
    clusters: int = asked.clusters()

    def run(self, question: Question) -> Iterator[Progress]:
        yield from walked(question, self)

    def needed(self, points: int) -> int:
        return needed(points, self.neighbours)

    def fold(self, vectors: Any, near: Nearest, start: Any | None, seed: int) -> Iterator[Folded | None]:
        yield from laid_on_components(vectors, self.dimensions, seed)


def needed(points: int, neighbours: int) -> int:
    if points < 4:
        raise Problem(
            f"A map needs at least 4 pictures, and there are {points}: choose a larger data set, or more of it."
        )
    return min(neighbours, points - 1)


def laid_on_components(vectors: Any, dimensions: int, seed: int) -> Iterator[Folded]:
    import numpy as np

    from analysis.population.components import principal_of

    parts = principal_of(vectors, dimensions, seed)
    missing = dimensions - len(parts.directions)
    directions = np.pad(parts.directions, ((0, missing), (0, 0)))
    places = np.pad(parts.of(vectors), ((0, 0), (0, missing)))
    yield Folded(places, 1.0, {"explained": float(parts.explained.sum())}, (parts.mean, directions))
