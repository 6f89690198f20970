"""MACO: every wave is as strong as in photographs, and only where its crests lie is changed (Fel et al. 2023)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.methods.synthesis import asked
from analysis.question.question import Question
from analysis.results.kinds import Grown


@dataclass(frozen=True)
class Maco:
    name: ClassVar[str] = "maco"
    title: ClassVar[str] = "MACO"
    summary: ClassVar[str] = "Every wave is as strong as in photographs; only where its crests lie is changed."
    family: ClassVar[Family] = "synthesis"
    gives: ClassVar[type[Grown]] = Grown
    asks: ClassVar[frozenset[Ask]] = frozenset({"target", "seed"})
    declares: ClassVar[Mapping[str, str]] = asked.DECLARES
    live: ClassVar[bool] = False
    of_a_unit: ClassVar[str] = "unit:mean"

    steps: int = asked.steps(64)
    size: int = asked.size()
    rate: float = asked.rate(0.1)
    parts: int = setting(
        4, "How many parts of the picture are asked about at each step; the paper takes 32.", low=1, high=64
    )
    noise: float = setting(0.08, "σ of the noise that each part is seen through, in levels of 0 to 1.", low=0, high=10)
    pictures: int = asked.pictures()
    units: int = asked.units()

    def run(self, question: Question) -> Iterator[Progress]:
        """x = sigmoid(colours(F⁻¹(r·e^{iφ}))), r = 1/frequency; φ climbs by Nadam, in parts that become smaller."""
        import torch

        from analysis.methods.synthesis.growing import Growth
        from analysis.synthesis.adam import Nadam
        from analysis.synthesis.phases import drawn_phases, of_phases, strength
        from analysis.synthesis.scene import scene
        from analysis.synthesis.transformations import seen_in_parts

        stage = scene(question, self.size, self.pictures, self.units, margin=MARGIN)
        size, generators = stage.window.size, stage.generators()
        strong = strength(size).to(question.input)
        phases = torch.stack([drawn_phases(stage.channels, size, one) for one in generators]).to(question.input)
        largest, smallest = shares(min(size))
        nadam, growth = Nadam(phases, self.rate), Growth(stage, self.steps)
        while growth.steps < self.steps:
            done = growth.steps / max(self.steps - 1, 1)
            share = largest + (smallest - largest) * done
            slope, objective = torch.zeros_like(phases), torch.zeros(stage.count)
            for _ in range(self.parts):
                with torch.inference_mode(False), torch.enable_grad():
                    leaf = phases.clone().requires_grad_()
                    levels = of_phases(leaf, strong, size)
                    seen = seen_in_parts(levels, share, self.noise, generators)
                    values, back, silent = stage.slope_of(stage.normalised(seen), leaf, warm=growth.warm)
                slope += back / self.parts
                objective += values.float().cpu() / self.parts
            growth.climbed(objective, silent)
            nadam.step(phases, slope)
            levels = of_phases(phases, strong, size)
            yield growth.progress(levels, stage.normalised(levels))


MARGIN = 16  # pixels round what one unit sees
# The libraries take parts of 50 % to 5 % of pictures of 512 to 1,280 pixels, 32 at a time, at a rate of 1. Of a picture
# as small as what a network sees, a twentieth is a dozen pixels, and nothing was climbed: a class of EfficientNet-Lite0
# that is answered 34 by edge energy came to 1.2. In these parts it is 11, four at a time, at a rate of .1.
LARGEST, SMALLEST = (0.9, 256), (0.3, 64)  # of the side at most, and pixels


def shares(side: int) -> tuple[float, float]:
    """Of the sides of a picture, those of its parts at the beginning and in the end."""
    largest, smallest = (min(share, pixels / side) for share, pixels in (LARGEST, SMALLEST))
    return largest, smallest
