"""MACO: every wave is as strong as in photographs, and only where its crests lie is changed (Fel et al. 2023)."""

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

STARTS = ("noise", "picture")  # a grey one has no crests


@dataclass(frozen=True)
class Maco(asked.MayAskForThePicture):
    name: ClassVar[str] = "maco"
    title: ClassVar[str] = "MACO"
    summary: ClassVar[str] = "Every wave is as strong as in photographs; only where its crests lie is changed."
    family: ClassVar[Family] = "synthesis"
    gives: ClassVar[type[Grown]] = Grown
    asks: ClassVar[frozenset[Ask]] = frozenset({"target", "seed"})
    declares: ClassVar[Mapping[str, str]] = asked.DECLARES
    live: ClassVar[bool] = False
    over_with: ClassVar[Mapping[str, Setting]] = MappingProxyType({})
    of_a_unit: ClassVar[str] = "unit:mean"

    steps: int = asked.steps(64)
    size: int = asked.size()
    rate: float = asked.rate(0.1)
    start: str = setting(
        "noise", "Where its crests lie at first: anywhere, by the seed, or where the picture has them.", choices=STARTS
    )
    parts: int = setting(
        4, "How many parts of the picture are asked about at each step; the paper takes 32.", low=1, high=64
    )
    magnitude: str = setting(
        "",
        "The data set that says how strong each wave is, by its path or its name, such as “samples”; empty is 1 over "
        "the frequency.",
    )
    sample: int = setting(200, "How many pictures of that data set are looked at, at most.", low=1, high=1_000_000)
    noise: float = setting(0.08, "σ of the noise that each part is seen through, in levels of 0 to 1.", low=0, high=10)
    pictures: int = asked.pictures()
    units: int = asked.units()
    draft: bool = asked.draft()
    share: float = asked.share()
    also: str = asked.also()
    diversity: float = asked.diversity()

    def run(self, question: Question) -> Iterator[Progress]:
        """x = sigmoid(colours(F⁻¹(r·e^{iφ}))), r = 1/frequency or a data set’s; φ climbs by Nadam, in parts."""
        from analysis.methods.synthesis.by_phases import ByPhases
        from analysis.methods.synthesis.climbing import climbed
        from analysis.synthesis.magnitude import Magnitudes

        magnitudes = Magnitudes()

        def way(self: Maco, question: Question) -> ByPhases:
            stage = asked.stage_of(self, question, MARGIN, of_picture=self.start == "picture")
            return ByPhases(self, stage, magnitudes.of(stage, self.magnitude, self.sample))

        if self.magnitude:
            stage = asked.stage_of(self, question, MARGIN, of_picture=self.start == "picture")
            for done, total in magnitudes.measure(stage, self.magnitude, self.sample):
                yield Progress(0, self.steps, None, f"{done} of {total} pictures of the data set are measured")
        yield from climbed(self, question, way)


MARGIN = 16  # pixels round what one unit sees
