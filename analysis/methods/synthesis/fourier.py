"""Fourier pictures in colours that do not depend on each other, seen through small changes (Lucid, 2017)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.methods.synthesis import asked
from analysis.question.question import Question
from analysis.results.kinds import Grown
from analysis.settings.declared import Setting


@dataclass(frozen=True)
class Fourier(asked.MayAskForThePicture):
    name: ClassVar[str] = "fourier"
    title: ClassVar[str] = "Fourier (Lucid)"
    summary: ClassVar[str] = (
        "What is changed is waves and not pixels, and only what survives small shifts and turns counts."
    )
    family: ClassVar[Family] = "synthesis"
    gives: ClassVar[type[Grown]] = Grown
    asks: ClassVar[frozenset[Ask]] = frozenset({"target", "seed"})
    declares: ClassVar[Mapping[str, str]] = asked.DECLARES
    live: ClassVar[bool] = False
    over_with: ClassVar[Mapping[str, Setting]] = MappingProxyType({})
    of_a_unit: ClassVar[str] = "unit:center"
    stops_after_any_step: ClassVar[bool] = True

    steps: int = asked.steps(512)
    size: int = asked.size()
    rate: float = asked.rate(0.05)
    start: str = asked.start()
    decay: float = setting(1.0, "How much weaker high frequencies are: the power of the frequency.", low=0, high=4)
    transform: bool = setting(True, "Shift, scale and turn the picture a little before every step.")
    pictures: int = asked.pictures()
    units: int = asked.units()
    draft: bool = asked.draft()
    share: float = asked.share()
    also: str = asked.also()
    diversity: float = asked.diversity()

    def run(self, question: Question) -> Iterator[Progress]:
        """Spectrum ~ N(0, .01²), weighted 1/frequency; its picture mixed to colours, through a sigmoid; Adam."""
        from analysis.methods.synthesis.by_waves import ByWaves
        from analysis.methods.synthesis.climbing import climbed

        def way(self: Fourier, question: Question) -> ByWaves:
            margin = MARGIN if self.transform else 0
            return ByWaves(self, asked.stage_of(self, question, margin, self.start == "picture"))

        yield from climbed(self, question, way)


MARGIN = 16  # pixels round what one unit sees, for what the shifts bring into its sight
