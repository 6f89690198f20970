"""The four presets of Yosinski et al. (2015): decay, blur, and clipping of what is small or matters little."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.methods.synthesis import asked
from analysis.question.question import Question
from analysis.results.kinds import Grown


@dataclass(frozen=True)
class Yosinski(asked.MayBeginWithThePicture):
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
    of_a_unit: ClassVar[str] = "unit:center"

    preset: str = setting(
        "3", "Which of the four; the third made most pictures of the paper.", choices=("1", "2", "3", "4")
    )
    steps: int = setting(0, "How many steps uphill.", low=0, high=100_000, lowest="as the preset says")
    size: int = asked.size()
    rate: float = setting(0.0, "How far a step goes, in levels of 255.", low=0, high=1e12, lowest="as the preset says")
    start: str = asked.start()
    pictures: int = asked.pictures()
    units: int = asked.units()

    def run(self, question: Question) -> Iterator[Progress]:
        """x ← what the preset leaves of x + η·∂f/∂x, in levels of 255 less the mean, from x₀ ~ N(0, 10²)."""
        import torch

        from analysis.methods.synthesis.growing import Growth
        from analysis.synthesis.scene import scene
        from analysis.synthesis.toolbox import PRESETS, clipped, stepped

        preset = PRESETS[self.preset].with_rate(self.rate)
        total = self.steps or preset.steps
        stage = scene(question, self.size, self.pictures, self.units, of_picture=self.start == "picture")
        said = question.network.preprocessing
        mean, std = (255 * question.input.new_tensor(of).view(-1, 1, 1) for of in (said.mean, said.std))
        levels = stage.noise(10.0) if self.start == "noise" else stage.begun(self.start, 0.0) * std
        growth = Growth(stage, total)
        while growth.steps < total:
            levels = clipped(levels, mean)
            with torch.inference_mode(False), torch.enable_grad():
                leaf = levels.clone().requires_grad_()
                objective, slope, silent = stage.slope_of(leaf / std, leaf, warm=growth.warm)
            step = growth.steps
            growth.climbed(objective, silent)
            if growth.steps < total:  # what is shown in the end is what was asked last
                levels = stepped(levels, slope, preset, step)
            shown = clipped(levels, mean)
            yield growth.progress((shown + mean) / 255, shown / std)
