"""Adam on pixels, with or without a prior: the way of plain ascent and of the edge energy."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from analysis.methods.synthesis.climbing import Way
from analysis.methods.synthesis.growing import Growth
from analysis.question.in_pieces import breathe
from analysis.synthesis.adam import Adam
from analysis.synthesis.priors import Prior
from analysis.synthesis.scene import Scene
from analysis.synthesis.showing import standardised


class ByPixels(Way):
    """x ← x + Adam(∂(f − w·h)/∂x), from x₀ ~ N(0, sd²); what the steps come to is shown by its own contrast."""

    held = ("pictures", "adam")

    def __init__(self, technique: Any, stage: Scene, prior: Prior, weight: float, sd: float = 0.01) -> None:
        super().__init__(technique, stage)
        self._prior, self._weight = prior, weight
        self.begin_with(stage.begun(technique.start, sd))

    def begin_with(self, pictures: Tensor) -> None:
        self.pictures, self.adam = pictures.clone(), Adam(pictures)

    def step(self, growth: Growth) -> None:
        with torch.inference_mode(False), torch.enable_grad():
            leaf = self.pictures.detach().requires_grad_()
            objective, slope, silent = self.stage.slope_of(leaf, leaf, warm=growth.warm)
        with torch.no_grad():
            prior, back = self._prior(self.pictures)
        breathe()
        growth.climbed(objective, silent, prior)
        self.adam.step(self.pictures, torch.sub(slope, back, alpha=self._weight), self.technique.rate)

    def shown(self) -> tuple[Tensor, Tensor]:
        return standardised(self.pictures), self.pictures
