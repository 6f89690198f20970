"""Layers as maps in which neighbours stay neighbours (t-SNE; van der Maaten and Hinton 2008)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.embeddings import asked
from analysis.methods.embeddings.walk import MOMENT, Folded, MapsOfLayers, walked
from analysis.methods.method import Progress
from analysis.methods.settings import setting
from analysis.protocol.problems import Problem
from analysis.question.question import Question

if TYPE_CHECKING:
    from analysis.population.distances import Nearest

USUAL = 50.0  # perplexity
IN_SPACE = 10_000  # points that are folded into space at most: there every pair is computed


@dataclass(frozen=True)
class Tsne(MapsOfLayers):
    name: ClassVar[str] = "tsne"
    title: ClassVar[str] = "t-SNE"
    summary: ClassVar[str] = "A map of many pictures in which those lie together that the layer makes alike."

    pictures: int = asked.pictures()
    perplexity: float = setting(
        0.0,
        "How many neighbours count; 50, or a third of the pictures where these are few.",
        low=0,
        high=500,
        lowest="automatic",
    )
    iterations: int = setting(
        0, "Steps of the map of each layer: 160 to 400, by how many pictures.", low=0, high=5000, lowest="automatic"
    )
    dimensions: int = asked.dimensions()
    pool: str = asked.pool()
    components: int = asked.components()
    neighbours: int = asked.neighbours()
    clusters: int = asked.clusters()

    def run(self, question: Question) -> Iterator[Progress]:
        yield from walked(question, self)

    def needed(self, points: int) -> int:
        from analysis.population.affinities import check, neighbours_for

        check(points, self._perplexity(points))
        if self.dimensions == 3 and points > IN_SPACE:
            raise Problem(f"t-SNE in space takes at most {IN_SPACE:,} pictures: take fewer, or a plane.")
        return neighbours_for(self._perplexity(points))

    def _perplexity(self, points: int) -> float:
        return self.perplexity or max(min(USUAL, (points - 1) / 3), 1.0)

    def fold(self, vectors: Any, near: Nearest, start: Any | None, seed: int) -> Iterator[Folded | None]:
        from analysis.population.affinities import jointly
        from analysis.population.components import principal_of
        from analysis.population.tsne import Descent, usual_steps

        begin = start if start is not None and start.shape[1] == self.dimensions else None
        if begin is None:
            parts = principal_of(vectors, self.dimensions, seed)
            begin = _in_dimensions(parts.of(vectors), self.dimensions)
        both: Any = None
        for both in jointly(near, self._perplexity(len(vectors))):
            if both is None:
                yield None
        steps = self.iterations or usual_steps(len(vectors))
        descent = Descent(both, begin, steps=steps)
        began = perf_counter()
        for step in range(1, steps + 1):
            descent.step()
            if step < steps and perf_counter() - began >= MOMENT:
                yield Folded(descent.places, step / steps, {})
                began = perf_counter()
        yield Folded(descent.places, 1.0, {"divergence": descent.divergence()})


def _in_dimensions(places: Any, dimensions: int) -> Any:
    """Of points that differ in fewer ways the rest is zero."""
    import numpy as np

    return np.pad(places, ((0, 0), (0, dimensions - places.shape[1])))
