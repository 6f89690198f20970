"""Layers as maps along the two or three directions in which their pictures differ most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.embeddings.walk import DECLARES, Folded, walked
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.results.kinds import Embedding

if TYPE_CHECKING:
    from analysis.population.distances import Nearest


@dataclass(frozen=True)
class Pca:
    name: ClassVar[str] = "pca"
    title: ClassVar[str] = "Principal components"
    summary: ClassVar[str] = "A map of many pictures along the directions in which the layer tells them apart most."
    family: ClassVar[Family] = "embeddings"
    gives: ClassVar[type[Embedding]] = Embedding
    asks: ClassVar[frozenset[Ask]] = frozenset({"data", "layer", "seed"})
    declares: ClassVar[Mapping[str, str]] = DECLARES
    live: ClassVar[bool] = False

    pictures: int = setting(
        2000, "How many pictures of the data set, as many of each class as can be.", low=4, high=50_000
    )
    dimensions: int = setting(2, "Of the map: 2 for a plane, 3 for space.", low=2, high=3)
    pool: str = setting(
        "automatic",
        "What of a layer is compared: all its numbers, or the mean or the largest of each unit.",
        choices=("automatic", "whole", "mean", "max"),
    )
    components: int = setting(
        50, "Wider layers are first laid on so many principal components.", low=0, high=500, lowest="not"
    )
    neighbours: int = setting(10, "True neighbours that vote, and that a map is measured by.", low=1, high=100)
    clusters: int = setting(10, "Clusters of k-means, as a colour.", low=1, high=100)

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
