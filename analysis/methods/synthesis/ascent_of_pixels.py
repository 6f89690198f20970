"""Adam on pixels, with or without a prior: the loop of plain ascent and of the edge energy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from analysis.methods.method import Progress
from analysis.methods.synthesis.growing import Growth
from analysis.synthesis.adam import Adam
from analysis.synthesis.priors import Prior
from analysis.synthesis.scene import Scene
from analysis.synthesis.showing import standardised


@dataclass(frozen=True)
class Climb:
    steps: int
    rate: float
    start: str
    prior: Prior
    weight: float

    def run(self, scene: Scene, sd: float) -> Iterator[Progress]:
        """x ← x + Adam(∂(f − w·h)/∂x), from x₀ ~ N(0, sd²); what the steps come to is shown by its own contrast."""
        pictures = scene.begun(self.start, sd)
        adam = Adam(pictures, self.rate)
        growth = Growth(scene, self.steps)
        while growth.steps < self.steps:
            with torch.inference_mode(False), torch.enable_grad():
                leaf = pictures.clone().requires_grad_()
                prior = self.prior(leaf)
                objective, slope, silent = scene.slope_of(leaf, leaf, warm=growth.warm)
                back = torch.autograd.grad(prior.sum(), leaf)[0] if prior.requires_grad else torch.zeros_like(leaf)
            growth.climbed(objective, silent, prior)
            adam.step(pictures, slope - self.weight * back)
            yield growth.progress(standardised(pictures), pictures.clone())
