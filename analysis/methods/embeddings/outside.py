"""Maps that other libraries fold: in a process of their own, which is there as long as a run is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from analysis.methods.embeddings.walk import Asked, Folded, MapsOfLayers, walked
from analysis.methods.method import Progress
from analysis.question.question import Question

if TYPE_CHECKING:
    from analysis.population.apart import Apart
    from analysis.population.distances import Nearest

Array = Any


class AskedOutside(Asked, Protocol):
    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...

    def asked_of_it(self) -> Mapping[str, float]: ...


class FoldedOutside(MapsOfLayers):
    """One process folds all layers of a run; what is folded by itself has one of its own."""

    def run(self: AskedOutside, question: Question) -> Iterator[Progress]:
        from analysis.population.apart import Apart

        with Apart(self.name, self.title) as process:
            yield from walked(question, self, fold=partial(_folded, self, process))

    def fold(
        self: AskedOutside, vectors: Array, near: Nearest, start: Array | None, seed: int
    ) -> Iterator[Folded | None]:
        from analysis.population.apart import Apart

        with Apart(self.name, self.title) as process:
            yield from _folded(self, process, vectors, near, start, seed)


def _folded(
    technique: AskedOutside, process: Apart, vectors: Array, near: Nearest, start: Array | None, seed: int
) -> Iterator[Folded | None]:
    """It begins with the map of the layer before, or with components."""
    from analysis.methods.embeddings.pca import laid_on_components

    begin = start if start is not None and start.shape[1] == technique.dimensions else None
    if begin is None:
        *_, laid = laid_on_components(vectors, technique.dimensions, seed)
        begin = laid.places
    asked = {**technique.asked_of_it(), "dimensions": technique.dimensions, "seed": seed % (1 << 31)}
    given = {"vectors": vectors, "start": begin, "indices": near.indices, "squares": near.squares}
    for told in process.fold(asked, given):
        yield Folded(told[1], told[0], {}) if told is not None else None
