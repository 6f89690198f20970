"""Steps uphill that are thinned out again, in levels of 255 less the mean: the way of the old toolbox."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from analysis.methods.synthesis.climbing import Way
from analysis.methods.synthesis.growing import TOO_FAINT_BY_PRESET, Growth
from analysis.synthesis.scene import Scene
from analysis.synthesis.toolbox import PRESETS, clipped, stepped


class ByPresets(Way):
    held = ("levels",)
    too_faint = TOO_FAINT_BY_PRESET

    def __init__(self, technique: Any, stage: Scene) -> None:
        super().__init__(technique, stage)
        said, like = stage.network.preprocessing, stage.question.input
        self._mean, self._std = (255 * like.new_tensor(of).view(-1, 1, 1) for of in (said.mean, said.std))
        self._preset = PRESETS[technique.preset].with_gain(technique.gain).with_rate(technique.rate)
        noise = technique.start == "noise"
        self.levels = stage.noise(10.0) if noise else stage.begun(technique.start, 0.0) * self._std

    @property
    def total(self) -> int:
        steps: int = self.technique.steps or self._preset.steps
        return steps

    def begin_with(self, pictures: Tensor) -> None:
        self.levels = pictures * self._std

    def step(self, growth: Growth) -> None:
        self.levels = clipped(self.levels, self._mean)
        with torch.inference_mode(False), torch.enable_grad():
            leaf = self.levels.clone().requires_grad_()
            objective, slope, silent = self.stage.slope_of(leaf / self._std, leaf, warm=growth.warm)
        step = growth.steps
        growth.climbed(objective, silent)
        if growth.steps < self.total:  # what is shown in the end is what was asked last
            self.levels = stepped(self.levels, slope, self._preset, step)

    def shown(self) -> tuple[Tensor, Tensor]:
        shown = clipped(self.levels, self._mean)
        return (shown + self._mean) / 255, shown / self._std
