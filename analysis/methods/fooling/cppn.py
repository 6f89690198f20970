"""Fooling pictures whose genes are small networks that draw patterns, CPPNs (Nguyen, Yosinski, Clune 2015)."""

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

    from analysis.methods.fooling.pattern import Pattern
    from analysis.results.kinds import Array


class Patterns:
    """A child is a changed copy of one parent."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.key = f"patterns {shape}"
        self._channels, self._height, self._width = shape

    def first(self, generator: "Generator") -> "Pattern":
        from analysis.methods.fooling.pattern import first

        return first(self._channels, generator)

    def children(self, one: "Pattern", other: "Pattern", generator: "Generator") -> "tuple[Pattern, Pattern, bool]":
        from analysis.methods.fooling.pattern import changed

        return changed(one, generator), changed(other, generator), False

    def drawn(self, genome: "Pattern") -> "Tensor":
        from analysis.methods.fooling.pattern import drawn

        return drawn(genome, self._height, self._width)

    def packed(self, genomes: "Sequence[Pattern]") -> "dict[str, Array]":
        from analysis.methods.fooling.pattern import packed

        return packed(genomes)

    def unpacked(self, arrays: "Mapping[str, Array]") -> "list[Pattern]":
        from analysis.methods.fooling.pattern import unpacked

        return unpacked(arrays, self._channels)


@dataclass(frozen=True)
class FoolingCppn:
    name: ClassVar[str] = "fooling-cppn"
    title: ClassVar[str] = "Bred of patterns"
    summary: ClassVar[str] = "Breeds patterns, drawn by small networks, until the network is sure to see every class."
    family: ClassVar[Family] = "fooling"
    gives: ClassVar[type[Elites]] = Elites
    asks: ClassVar[frozenset[Ask]] = frozenset({"seed"})
    declares: ClassVar[Mapping[str, str]] = ELITES
    live: ClassVar[bool] = False

    generations: int = setting(200, "How many generations.", low=1, high=100_000)
    population: int = setting(100, "How many children a generation has.", low=2, high=10_000)
    resume: bool = setting(True, "Go on where a run with the same settings and seed was stopped.")

    def run(self, question: Question) -> Iterator[Progress]:
        from analysis.methods.fooling.breeding import bred

        p = question.network.preprocessing
        patterns = Patterns((p.channels, p.height, p.width))
        yield from bred(question, patterns, self.population, self.generations, self.resume)
