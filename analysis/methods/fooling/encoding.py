"""What a picture is made of, and how children are made of parents."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from torch import Generator, Tensor

from analysis.results.kinds import Array

Genome = TypeVar("Genome")


class Encoding(Protocol[Genome]):
    key: str  # all that it depends on

    def first(self, generator: Generator) -> Genome: ...

    def children(self, one: Genome, other: Genome, generator: Generator) -> tuple[Genome, Genome, bool]:
        """Two, and whether each is mixed of both parents."""
        ...

    def drawn(self, genome: Genome) -> Tensor:
        """Channels × rows × columns from 0 to 1."""
        ...

    def packed(self, genomes: Sequence[Genome]) -> dict[str, Array]:
        """As arrays, to be kept."""
        ...

    def unpacked(self, arrays: Mapping[str, Array]) -> list[Genome]: ...
