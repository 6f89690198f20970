"""Layers as clusters: which pictures k-means puts together, on a map of principal components."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.embeddings.pca import laid_on_components, needed
from analysis.methods.embeddings.walk import DECLARES, Folded, walked
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Embedding

if TYPE_CHECKING:
    from analysis.population.distances import Nearest


@dataclass(frozen=True)
class KMeans:
    name: ClassVar[str] = "k-means"
    title: ClassVar[str] = "k-means"
    summary: ClassVar[str] = "Which pictures a layer puts together, as so many clusters, without being told of classes."
    family: ClassVar[Family] = "embeddings"
    gives: ClassVar[type[Embedding]] = Embedding
    asks: ClassVar[frozenset[Ask]] = frozenset({"data", "layer", "seed"})
    declares: ClassVar[Mapping[str, str]] = DECLARES
    live: ClassVar[bool] = False

    pictures: int = setting(
        2000, "How many pictures of the data set, as many of each class as can be.", low=4, high=50_000
    )
    clusters: int = setting(10, "How many clusters.", low=1, high=100)
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

    def run(self, question: Question) -> Iterator[Progress]:
        yield from walked(question, self, "cluster")

    def needed(self, points: int) -> int:
        return needed(points, self.neighbours)

    def fold(self, vectors: Any, near: Nearest, start: Any | None, seed: int) -> Iterator[Folded | None]:
        yield from laid_on_components(vectors, self.dimensions, seed)
