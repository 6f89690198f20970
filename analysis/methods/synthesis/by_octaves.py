"""A picture whose layer is made stronger at one size after the other: the way of DeepDream."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from analysis.methods.synthesis.climbing import Way
from analysis.methods.synthesis.growing import Growth
from analysis.synthesis.octaves import enlarged, sizes_of
from analysis.synthesis.scene import Scene, takes
from analysis.synthesis.toolbox import clipped

ONE_SIZE = "{title} takes pictures of one size only, so it goes by that one instead of several."


class ByOctaves(Way):
    """x ← x + η·g / mean|g|, g = ∂/∂x ½·mean(layer²), shifted by chance; what is added goes to the next size."""

    held = ("base", "detail", "levels", "octave", "within", "made", "generators")

    def __init__(self, technique: Any, stage: Scene) -> None:
        super().__init__(technique, stage)
        said, like = stage.network.preprocessing, stage.question.input
        self._mean, self._std = (255 * like.new_tensor(of).view(-1, 1, 1) for of in (said.mean, said.std))
        self._sizes = sizes_of(stage.canvas, technique.octaves, technique.ratio)
        if not all(takes(stage.question, stage.also, size, whole_layer=True) for size in self._sizes[:-1]):
            self._sizes = [stage.canvas]
            self.stage = replace(stage, said=stage.said or ONE_SIZE.format(title=stage.network.title))
        self.generators = stage.generators()
        noise = technique.start == "noise"
        begun = stage.noise(10.0 / 57.4) if noise else stage.begun(technique.start, 0.0)
        self.begin_with(begun)

    def begin_with(self, pictures: Tensor) -> None:
        self.base = pictures * self._std
        self.detail = torch.zeros_like(self.base)
        self.octave, self.within, self.made = 0, 0, 0
        self.levels = enlarged(self.base, self._sizes[0])

    @property
    def total(self) -> int:
        left = len(self._sizes) - 1 - self.octave
        total: int = self.made - self.within + self.technique.steps * (1 + left)
        return total

    def step(self, growth: Growth) -> None:
        if self.within >= self.technique.steps:
            self._go_to_next_size()
        reach, (generator,) = 2 * self.technique.jitter + 1, self.generators
        drawn = torch.randint(reach, (2,), generator=generator)
        down, across = (int(one) - self.technique.jitter for one in drawn)
        levels = self.levels.roll((down, across), (2, 3))
        with torch.inference_mode(False), torch.enable_grad():
            leaf = levels.clone().requires_grad_()
            objective, slope, silent = self.stage.plainly.slope_of(leaf / self._std, leaf, warm=growth.warm)
        growth.climbed(objective, silent)
        size = slope.abs().mean().clamp_min(1e-30)
        levels = clipped(levels + self.technique.rate * slope / size, self._mean)
        self.levels = levels.roll((-down, -across), (2, 3))
        self.within, self.made = self.within + 1, self.made + 1

    def _go_to_next_size(self) -> None:
        if self.octave + 1 < len(self._sizes):
            self.detail = self.levels - enlarged(self.base, self._sizes[self.octave])
            self.octave += 1
            size = self._sizes[self.octave]
            self.levels = enlarged(self.base, size) + enlarged(self.detail, size)
        self.within = 0

    def shown(self) -> tuple[Tensor, Tensor]:
        shown = enlarged(self.levels, self.stage.canvas)
        return (shown + self._mean) / 255, shown / self._std
