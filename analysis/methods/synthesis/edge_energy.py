"""Multi-scale edge energy: the target's answer less what the picture has of edges at every scale (Fleuret)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.methods.synthesis import asked
from analysis.question.question import Question
from analysis.results.kinds import Grown


@dataclass(frozen=True)
class EdgeEnergy(asked.MayBeginWithThePicture):
    name: ClassVar[str] = "edge-energy"
    title: ClassVar[str] = "Edge energy"
    summary: ClassVar[str] = "The picture that is answered to most for how few edges it has, at any scale."
    family: ClassVar[Family] = "synthesis"
    gives: ClassVar[type[Grown]] = Grown
    asks: ClassVar[frozenset[Ask]] = frozenset({"target", "seed"})
    declares: ClassVar[Mapping[str, str]] = asked.DECLARES
    live: ClassVar[bool] = False
    of_a_unit: ClassVar[str] = "unit:center"
    stops_after_any_step: ClassVar[bool] = True

    steps: int = asked.steps(250)
    size: int = asked.size()
    rate: float = asked.rate(0.1)
    start: str = asked.start()
    weight: float = setting(1.0, "How much the edges count against the answer.", low=0, high=1e6)
    pictures: int = asked.pictures()
    units: int = asked.units()

    def run(self, question: Question) -> Iterator[Progress]:
        """argmax f(x) − w·h(x) by Adam, from x₀ ~ N(0, .01²)."""
        from analysis.methods.synthesis.ascent_of_pixels import Climb
        from analysis.synthesis.priors import edge_energy
        from analysis.synthesis.scene import scene

        stage = scene(question, self.size, self.pictures, self.units, of_picture=self.start == "picture")
        yield from Climb(self.steps, self.rate, self.start, edge_energy, self.weight).run(stage, 0.01)
