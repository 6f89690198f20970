"""Layers as maps by UMAP (McInnes et al. 2018), which keeps more of how groups lie to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.embeddings import asked
from analysis.methods.embeddings.outside import FoldedOutside
from analysis.methods.settings import setting

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Umap(FoldedOutside):
    name: ClassVar[str] = "umap"
    title: ClassVar[str] = "UMAP"
    summary: ClassVar[str] = "A map of many pictures by neighbours, in which groups lie closer packed than by t-SNE."

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

    def needed(self, points: int) -> int:
        from analysis.methods.embeddings.pca import needed

        return needed(points, max(self.near - 1, self.neighbours))

    def asked_of_it(self) -> Mapping[str, float]:
        return {"near": self.near, "apart": self.apart, "iterations": self.iterations}
