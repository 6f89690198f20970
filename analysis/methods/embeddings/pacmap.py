"""Layers as maps by PaCMAP (Wang et al. 2021): neighbours, some that are half as near, and some that are far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.embeddings import asked
from analysis.methods.embeddings.outside import FoldedOutside
from analysis.methods.settings import setting
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    pass

FEWEST = 8  # pictures of which some are near, some half near and some far


@dataclass(frozen=True)
class PaCMap(FoldedOutside):
    name: ClassVar[str] = "pacmap"
    title: ClassVar[str] = "PaCMAP"
    summary: ClassVar[str] = "A map of many pictures by who is near, half near and far: the whole keeps its shape, too."

    pictures: int = asked.pictures()
    near: int = setting(10, "With how many neighbours a picture is kept together.", low=2, high=200)
    dimensions: int = asked.dimensions()
    pool: str = asked.pool()
    components: int = asked.components()
    neighbours: int = asked.neighbours()
    clusters: int = asked.clusters()

    def needed(self, points: int) -> int:
        from analysis.methods.embeddings.pca import needed

        if points < FEWEST:
            raise Problem(f"PaCMAP needs at least {FEWEST} pictures, and there are {points}: take more, or t-SNE.")
        return needed(points, self.neighbours)

    def asked_of_it(self) -> Mapping[str, float]:
        return {"near": self.near}
