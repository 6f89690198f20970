"""Multi-scale edge energy: the target's answer less what the picture has of edges at every scale (Fleuret)."""

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
class EdgeEnergy(asked.MayAskForThePicture):
    name: ClassVar[str] = "edge-energy"
    title: ClassVar[str] = "Edge energy"
    summary: ClassVar[str] = "The picture that is answered to most for how few edges it has, at any scale."
    family: ClassVar[Family] = "synthesis"
    gives: ClassVar[type[Grown]] = Grown
    asks: ClassVar[frozenset[Ask]] = frozenset({"target", "seed"})
    declares: ClassVar[Mapping[str, str]] = asked.DECLARES
    live: ClassVar[bool] = False
    over_with: ClassVar[Mapping[str, Setting]] = MappingProxyType({})
    of_a_unit: ClassVar[str] = "unit:center"
    stops_after_any_step: ClassVar[bool] = True

    steps: int = asked.steps(250)
    size: int = asked.size()
    rate: float = asked.rate(0.1)
    start: str = asked.start()
    weight: float = setting(1.0, "How much the edges count against the answer.", low=0, high=1e6)
    pictures: int = asked.pictures()
    units: int = asked.units()
    draft: bool = asked.draft()
    share: float = asked.share()
    also: str = asked.also()
    diversity: float = asked.diversity()

    def run(self, question: Question) -> Iterator[Progress]:
        """argmax f(x) − w·h(x) by Adam, from x₀ ~ N(0, .01²)."""
        from analysis.methods.synthesis.by_pixels import ByPixels
        from analysis.methods.synthesis.climbing import climbed
        from analysis.synthesis.priors import edge_energy

        def way(self: EdgeEnergy, question: Question) -> ByPixels:
            stage = asked.stage_of(self, question, of_picture=self.start == "picture")
            return ByPixels(self, stage, edge_energy, self.weight)

        yield from climbed(self, question, way)
