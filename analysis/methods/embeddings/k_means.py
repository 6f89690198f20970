"""Layers as clusters: which pictures k-means puts together, on a map of principal components."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.embeddings import asked
from analysis.methods.embeddings.pca import laid_on_components, needed
from analysis.methods.embeddings.walk import Folded, MapsOfLayers, walked
from analysis.methods.method import Progress
from analysis.methods.settings import setting
from analysis.question.question import Question

if TYPE_CHECKING:
    from analysis.population.distances import Nearest


@dataclass(frozen=True)
class KMeans(MapsOfLayers):
    name: ClassVar[str] = "k-means"
    title: ClassVar[str] = "k-means"
    summary: ClassVar[str] = "Which pictures a layer puts together, as so many clusters, without being told of classes."

    pictures: int = asked.pictures()
    clusters: int = setting(10, "How many clusters.", low=1, high=100)
    dimensions: int = asked.dimensions()
    pool: str = asked.pool()
    components: int = asked.components()
    neighbours: int = asked.neighbours()

    def run(self, question: Question) -> Iterator[Progress]:
        yield from walked(question, self, "cluster")

    def needed(self, points: int) -> int:
        return needed(points, self.neighbours)

    def fold(self, vectors: Any, near: Nearest, start: Any | None, seed: int) -> Iterator[Folded | None]:
        yield from laid_on_components(vectors, self.dimensions, seed)
