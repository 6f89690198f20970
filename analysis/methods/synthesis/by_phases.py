"""Nadam on phases, in parts that become smaller: the way of MACO."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from analysis.methods.synthesis.climbing import Way
from analysis.methods.synthesis.growing import Growth
from analysis.synthesis.adam import Nadam
from analysis.synthesis.colours import uncorrelated_by_maco
from analysis.synthesis.phases import drawn_phases, of_phases, phases_of
from analysis.synthesis.scene import Scene
from analysis.synthesis.transformations import seen_in_parts

# The libraries take parts of 50 % to 5 % of pictures of 512 to 1,280 pixels, 32 at a time, at a rate of 1. Of a picture
# as small as what a network sees, a twentieth is a dozen pixels, and nothing was climbed: a class of EfficientNet-Lite0
# that is answered 34 by edge energy came to 1.2. In these parts it is 11, four at a time, at a rate of .1.
LARGEST, SMALLEST = (0.9, 256), (0.3, 64)  # of the side at most, and pixels
_ENDS = 1e-4


class ByPhases(Way):
    held = ("phases", "nadam", "generators")

    def __init__(self, technique: Any, stage: Scene, strong: Tensor) -> None:
        super().__init__(technique, stage)
        like = stage.question.input
        self._size, self.generators = stage.window.size, stage.generators()
        self._strong = strong.to(like)
        drawn = [drawn_phases(stage.channels, self._size, one) for one in self.generators]
        self.phases = torch.stack(drawn).to(like)
        self.nadam = Nadam(self.phases)
        if technique.start == "picture":
            self.begin_with(stage.begun("picture", 0.01))

    def begin_with(self, pictures: Tensor) -> None:
        """Where the crests of the picture lie; how strong its waves are is not its own here."""
        levels = self.stage.levels(pictures).clamp(_ENDS, 1 - _ENDS)
        self.phases = phases_of(uncorrelated_by_maco(levels.logit()))
        self.nadam = Nadam(self.phases)

    def step(self, growth: Growth) -> None:
        technique, stage = self.technique, self.stage
        largest, smallest = shares(min(self._size))
        share = largest + (smallest - largest) * min(growth.steps / max(technique.steps - 1, 1), 1.0)
        slope, objective = torch.zeros_like(self.phases), torch.zeros(stage.count)
        for _ in range(technique.parts):
            with torch.inference_mode(False), torch.enable_grad():
                leaf = self.phases.clone().requires_grad_()
                levels = of_phases(leaf, self._strong, self._size)
                seen = seen_in_parts(levels, share, technique.noise, self.generators)
                values, back, silent = stage.slope_of(stage.normalised(seen), leaf, warm=growth.warm)
            slope += back / technique.parts
            objective += values.float().cpu() / technique.parts
        growth.climbed(objective, silent)
        self.nadam.step(self.phases, slope, technique.rate)

    def shown(self) -> tuple[Tensor, Tensor]:
        levels = of_phases(self.phases, self._strong, self._size)
        return levels, self.stage.normalised(levels)


def shares(side: int) -> tuple[float, float]:
    """Of the sides of a picture, those of its parts at the beginning and in the end."""
    largest, smallest = (min(share, pixels / side) for share, pixels in (LARGEST, SMALLEST))
    return largest, smallest
