"""Adam on waves, seen through small changes: the way of Lucid."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from analysis.methods.synthesis.climbing import Way
from analysis.methods.synthesis.growing import Growth
from analysis.synthesis.adam import Adam
from analysis.synthesis.colours import correlated, uncorrelated
from analysis.synthesis.scene import Scene
from analysis.synthesis.spectrum import fourier_scale, of_waves, waves_of
from analysis.synthesis.transformations import lucid, transformed

_ENDS = 1e-4  # levels nearer to black or white than this would take waves without end


class ByWaves(Way):
    held = ("waves", "adam", "generators")

    def __init__(self, technique: Any, stage: Scene) -> None:
        super().__init__(technique, stage)
        like = stage.question.input
        self._size, self.generators = stage.window.size, stage.generators()
        self._scale = fourier_scale(self._size, technique.decay).to(like)
        shape = (stage.channels, *self._scale.shape, 2)
        drawn = [0.01 * torch.randn(shape, generator=generator) for generator in self.generators]
        self.waves = torch.stack(drawn).to(like) * (technique.start == "noise")
        self._grey = stage.normalised(like.new_full((1, stage.channels, 1, 1), 0.5))
        self._ways = lucid(self._grey)
        self.adam = Adam(self.waves)
        if technique.start == "picture":
            self.begin_with(stage.begun("picture", 0.01))

    def begin_with(self, pictures: Tensor) -> None:
        levels = self.stage.levels(pictures).clamp(_ENDS, 1 - _ENDS)
        self.waves = waves_of(uncorrelated(levels.logit()), self._scale)
        self.adam = Adam(self.waves)

    def _levels(self, waves: Tensor) -> Tensor:
        return correlated(of_waves(waves, self._scale, self._size)).sigmoid()

    def step(self, growth: Growth) -> None:
        with torch.inference_mode(False), torch.enable_grad():
            leaf = self.waves.clone().requires_grad_()
            seen = self.stage.normalised(self._levels(leaf))
            if self.technique.transform:
                seen = transformed(seen, self._ways, self.generators, self._grey)
            objective, slope, silent = self.stage.slope_of(seen, leaf, warm=growth.warm)
        growth.climbed(objective, silent)
        self.adam.step(self.waves, slope, self.technique.rate)

    def shown(self) -> tuple[Tensor, Tensor]:
        levels = self._levels(self.waves)
        return levels, self.stage.normalised(levels)
