"""Plain ascent: the picture that the target answers most to, with nothing that says what pictures are like."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.synthesis import asked
from analysis.question.question import Question
from analysis.results.kinds import Grown


@dataclass(frozen=True)
class Ascent(asked.MayBeginWithThePicture):
    name: ClassVar[str] = "ascent"
    title: ClassVar[str] = "Plain ascent"
    summary: ClassVar[str] = "The picture that is answered to most, and nothing else: it is full of high frequencies."
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
    pictures: int = asked.pictures()
    units: int = asked.units()

    def run(self, question: Question) -> Iterator[Progress]:
        """x ← x + Adam(∂f/∂x) from x₀ ~ N(0, .01²)."""
        from analysis.methods.synthesis.ascent_of_pixels import Climb
        from analysis.synthesis.priors import nothing
        from analysis.synthesis.scene import scene

        stage = scene(question, self.size, self.pictures, self.units, of_picture=self.start == "picture")
        yield from Climb(self.steps, self.rate, self.start, nothing, 0.0).run(stage, 0.01)
