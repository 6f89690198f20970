"""A sheet that is rolled up, with a direction of noise besides: what a map makes of what is known to be flat.

Two points are as far apart as the way between them on the sheet is long; neighbours alone do not tell whether a map has
unrolled it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from analysis.methods.embeddings.pca import Pca
from analysis.methods.embeddings.tsne import Tsne
from analysis.methods.embeddings.walk import DECLARES, WHOLE, words_of
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Embedding, LayerMap

BANDS = 10  # along the sheet, as colours


@dataclass(frozen=True)
class SwissRoll:
    name: ClassVar[str] = "swiss-roll"
    title: ClassVar[str] = "Swiss roll"
    summary: ClassVar[str] = "A sheet that is rolled up in space: what maps make of it, and how that is measured."
    family: ClassVar[Family] = "embeddings"
    gives: ClassVar[type[Embedding]] = Embedding
    asks: ClassVar[frozenset[Ask]] = frozenset({"seed"})
    declares: ClassVar[Mapping[str, str]] = {**DECLARES, "geodesic": "rank correlation with distances on the sheet"}
    live: ClassVar[bool] = False
    of_no_network: ClassVar[bool] = True

    points: int = setting(1500, "How many points lie on the sheet.", low=20, high=10_000)
    noise: int = setting(1, "Directions in which the points only scatter.", low=0, high=50)
    perplexity: float = setting(50.0, "How many neighbours count.", low=1, high=500)
    iterations: int = setting(0, "Steps of t-SNE.", low=0, high=5000, lowest="automatic")
    neighbours: int = setting(12, "True neighbours that a map is measured by.", low=1, high=100)

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        from analysis.methods.embeddings.walk import numbered, of_layer
        from analysis.population.quality import rank_correlation

        vectors, along, across = rolled(self.points, self.noise, question.seed)
        order = np.argsort(np.argsort(along))
        none = np.full(self.points, -1, np.int64)
        base = Embedding(
            maps=(),
            groups=(order * BANDS // self.points).astype(np.int64),
            group_names=tuple(f"part {n + 1} of {BANDS}" for n in range(BANDS)),
            predictions=none,
            prediction_names=(),
            right=none.astype(np.int8),
            names=tuple(f"{a:.1f} along, {b:.1f} across" for a, b in zip(along, across, strict=True)),
            sprites=None,
        )
        sheet = np.stack([along, across], 1)
        true = np.empty((self.points, self.points), np.float32)
        for row, one in zip(true, sheet, strict=True):  # all at once would take gigabytes
            row[:] = np.sqrt(((one - sheet) ** 2).sum(1))
        folds: tuple[tuple[str, Tsne | Pca], ...] = (
            ("t-SNE", Tsne(perplexity=self.perplexity, iterations=self.iterations, neighbours=self.neighbours)),
            ("principal components", Pca(neighbours=self.neighbours)),
        )
        for _, fold in folds:
            fold.needed(self.points)
        maps: list[LayerMap] = []
        for number, (name, fold) in enumerate(folds):
            last: Any = None
            for share, one in of_layer(fold, base, name, "whole", vectors, [], question.seed):
                shown = [*maps, *([one] if one is not None else [])]
                last = one if one is not None else last
                part = numbered(base, shown) if shown else None
                yield Progress(min(int((number + share) * WHOLE / 2), WHOLE - 1), WHOLE, part, name)
            told = {**last.numbers, "geodesic": rank_correlation(true, last.places, question.seed)}
            maps.append(replace(last, numbers=told, words=words_of(told, "")))
        whole = numbered(base, maps)
        geodesic = np.array([one.numbers["geodesic"] for one in maps], np.float32)
        yield Progress(WHOLE, WHOLE, replace(whole, numbers={**whole.numbers, "geodesic": geodesic}))


def rolled(points: int, noise: int, seed: int) -> tuple[Any, Any, Any]:
    """The points in space, and where they lie on the sheet: along it and across it."""
    import numpy as np

    random = np.random.default_rng(seed)
    turn = 1.5 * np.pi * (1 + 2 * random.random(points))
    across = 21 * random.random(points)
    # the length of a spiral r = t from 0
    along = (turn * np.sqrt(1 + turn**2) + np.arcsinh(turn)) / 2
    space = [turn * np.cos(turn), across, turn * np.sin(turn), *random.standard_normal((noise, points))]
    return np.stack(space, 1).astype(np.float32), along, across
