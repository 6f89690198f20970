"""The four presets of Yosinski et al. (2015): decay, blur, and clipping of what is small or matters little."""

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
class Yosinski(asked.MayAskForThePicture):
    name: ClassVar[str] = "yosinski"
    title: ClassVar[str] = "Yosinski’s presets"
    summary: ClassVar[str] = (
        "Steps uphill that are blurred and thinned out again, in one of four ways of the old toolbox."
    )
    family: ClassVar[Family] = "synthesis"
    gives: ClassVar[type[Grown]] = Grown
    asks: ClassVar[frozenset[Ask]] = frozenset({"target", "seed"})
    declares: ClassVar[Mapping[str, str]] = {**asked.DECLARES, "prior": "zero: what pulls back is no number here"}
    live: ClassVar[bool] = False
    over_with: ClassVar[Mapping[str, Setting]] = MappingProxyType({})
    of_a_unit: ClassVar[str] = "unit:center"

    preset: str = setting(
        "3", "Which of the four; the third made most pictures of the paper.", choices=("1", "2", "3", "4")
    )
    steps: int = setting(0, "How many steps uphill.", low=0, high=100_000, lowest="as the preset says")
    size: int = asked.size()
    rate: float = setting(0.0, "How far a step goes, in levels of 255.", low=0, high=1e12, lowest="as the preset says")
    gain: float = setting(
        0.0,
        "How much each step is to gain by the slope, as the toolbox’s policy “progress” has it (there 2): where a "
        "preset’s constant rate leaves the picture grey.",
        low=0,
        high=1e6,
        lowest="as the preset says",
    )
    start: str = asked.start()
    pictures: int = asked.pictures()
    units: int = asked.units()
    draft: bool = asked.draft()
    share: float = asked.share()
    also: str = asked.also()
    diversity: float = asked.diversity()

    def run(self, question: Question) -> Iterator[Progress]:
        """x ← what the preset leaves of x + η·∂f/∂x, in levels of 255 less the mean, from x₀ ~ N(0, 10²)."""
        from analysis.methods.synthesis.by_presets import ByPresets
        from analysis.methods.synthesis.climbing import climbed

        def way(self: Yosinski, question: Question) -> ByPresets:
            return ByPresets(self, asked.stage_of(self, question, of_picture=self.start == "picture"))

        yield from climbed(self, question, way)
