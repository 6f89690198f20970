"""Fooling pictures whose genes are their pixels (Nguyen, Yosinski, Clune 2015)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.fooling.declared import ELITES
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Elites

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from analysis.results.kinds import Array

ETA_MUTATION, ETA_CROSSOVER = 15.0, 10.0


class Pixels:
    """Uniform at first; a child's pixels are mixed of two parents' or taken from one, and some of them mutate."""

    def __init__(self, shape: tuple[int, int, int], rate: float, crossover: float) -> None:
        self.key = f"pixels {shape} {rate} {crossover}"
        self._shape, self._rate, self._crossover = shape, rate, crossover

    def first(self, generator: "Generator") -> "Tensor":
        import torch

        return _levels(torch.rand(self._shape, generator=generator))

    def children(self, one: "Tensor", other: "Tensor", generator: "Generator") -> "tuple[Tensor, Tensor, bool]":
        import torch

        from analysis.methods.fooling.variation import crossed, mutated

        one, other = one / 255, other / 255
        mixed = float(torch.rand((), generator=generator)) < self._crossover
        if mixed:
            one, other = crossed(one, other, ETA_CROSSOVER, generator)
        mutants = (_levels(mutated(genes, self._rate, ETA_MUTATION, 0.0, 1.0, generator)) for genes in (one, other))
        return next(mutants), next(mutants), mixed

    def drawn(self, genome: "Tensor") -> "Tensor":
        return genome / 255

    def packed(self, genomes: "Sequence[Tensor]") -> "dict[str, Array]":
        import torch

        return {"levels": torch.stack(list(genomes)).numpy()}

    def unpacked(self, arrays: "Mapping[str, Array]") -> "list[Tensor]":
        import torch

        levels = arrays["levels"]
        if levels.shape[1:] != self._shape or levels.dtype.name != "uint8":
            raise ValueError("of pictures of another size")
        return list(torch.from_numpy(levels))


def _levels(genes: "Tensor") -> "Tensor":
    """As a file holds them, and in a quarter of the room: there may be a thousand champions."""
    import torch

    return (genes * 255).round().to(torch.uint8)


@dataclass(frozen=True)
class FoolingDirect:
    name: ClassVar[str] = "fooling-direct"
    title: ClassVar[str] = "Bred of pixels"
    summary: ClassVar[str] = "Breeds noise, pixel by pixel, until the network is sure to see every class in it."
    family: ClassVar[Family] = "fooling"
    gives: ClassVar[type[Elites]] = Elites
    asks: ClassVar[frozenset[Ask]] = frozenset({"seed"})
    declares: ClassVar[Mapping[str, str]] = ELITES
    live: ClassVar[bool] = False

    generations: int = setting(200, "How many generations.", low=1, high=100_000)
    population: int = setting(100, "How many children a generation has.", low=2, high=10_000)
    mutation: float = setting(0.1, "Probability that a pixel of a child mutates.", low=0.0001, high=1)
    crossover: float = setting(0.5, "Probability that two children are mixed of their parents.", low=0, high=1)
    resume: bool = setting(True, "Go on where a run with the same settings and seed was stopped.")

    def run(self, question: Question) -> Iterator[Progress]:
        from analysis.methods.fooling.breeding import bred

        p = question.network.preprocessing
        pixels = Pixels((p.channels, p.height, p.width), self.mutation, self.crossover)
        yield from bred(question, pixels, self.population, self.generations, self.resume)
