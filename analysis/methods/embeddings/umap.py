"""Layers as maps by UMAP (McInnes et al. 2018), which keeps more of how groups lie to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.embeddings import asked
from analysis.methods.embeddings.outside import folded_apart, walked_apart
from analysis.methods.embeddings.walk import DECLARES, Folded
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Embedding

if TYPE_CHECKING:
    from analysis.population.distances import Nearest


@dataclass(frozen=True)
class Umap:
    name: ClassVar[str] = "umap"
    title: ClassVar[str] = "UMAP"
    summary: ClassVar[str] = "A map of many pictures by neighbours, in which groups lie closer packed than by t-SNE."
    family: ClassVar[Family] = "embeddings"
    gives: ClassVar[type[Embedding]] = Embedding
    asks: ClassVar[frozenset[Ask]] = frozenset({"data", "layer", "seed"})
    declares: ClassVar[Mapping[str, str]] = DECLARES
    live: ClassVar[bool] = False

    pictures: int = asked.pictures()
    near: int = setting(15, "With how many neighbours a picture is kept together.", low=2, high=200)
    apart: float = setting(0.1, "How close together points may lie, from 0 to 1.", low=0, high=0.99)
    iterations: int = setting(
        0,
        "Steps of the map of each layer; 500, or 200 of many pictures.",
        low=0,
        high=5000,
        lowest="automatic",
    )
    dimensions: int = asked.dimensions()
    pool: str = asked.pool()
    components: int = asked.components()
    neighbours: int = asked.neighbours()
    clusters: int = asked.clusters()

    def run(self, question: Question) -> Iterator[Progress]:
        yield from walked_apart(question, self)

    def needed(self, points: int) -> int:
        from analysis.methods.embeddings.pca import needed

        return needed(points, max(self.near - 1, self.neighbours))

    def fold(self, vectors: Any, near: Nearest, start: Any | None, seed: int) -> Iterator[Folded | None]:
        yield from folded_apart(self, vectors, near, start, seed)

    def asked_of_it(self) -> Mapping[str, float]:
        return {"near": self.near, "apart": self.apart, "iterations": self.iterations}
