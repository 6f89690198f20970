"""What a picture that grows has come to, step by step: pictures, the curves of what they climb, and what is to be told.

The technique says how a step is made; what is common to all of them is here.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from analysis.methods.method import Progress
from analysis.network.network import as_array
from analysis.question.relu_warm_up import STEPS
from analysis.results.kinds import Grown
from analysis.synthesis.scene import Scene
from analysis.synthesis.showing import eight_bits

TOO_FAINT = "What has grown is so faint that it is hardly seen: a larger rate, or more steps, shows more of it."
FAINT = 0.02  # σ of the levels from 0 to 1, of which hardly anything is seen


class Growth:
    """The record of one run of so many steps."""

    def __init__(self, scene: Scene, total: int) -> None:
        self._scene, self._total = scene, total
        self.steps = 0
        self._objective, self._prior = (np.zeros((scene.count, total), np.float32) for _ in range(2))
        self._silent = torch.zeros(scene.count, dtype=torch.bool)

    @property
    def warm(self) -> bool:
        """Whether gradients are still let through ReLUs that nothing comes through."""
        return self.steps < STEPS

    def climbed(self, objective: Tensor, silent: Tensor, prior: Tensor | None = None) -> None:
        """One step: the numbers before it, and which of the pictures nothing came back to."""
        self._objective[:, self.steps] = as_array(objective)
        self._prior[:, self.steps] = 0 if prior is None else as_array(prior)
        self._silent = silent.cpu()
        self.steps += 1

    def progress(self, shown: Tensor, pictures: Tensor) -> Progress:
        """`shown` are levels from 0 to 1, `pictures` what the network sees; both fill the window."""
        with torch.no_grad():
            done = self.steps >= self._total
            activation = None
            if done:
                as_shown = self._scene.normalised(eight_bits(shown))
                activation = as_array(self._scene.activations(as_shown))
            frames = as_array(shown.permute(0, 2, 3, 1))
            result = Grown(
                pictures=tuple(frames),
                titles=self._scene.titles,
                objective=self._objective[:, : self.steps].copy(),
                prior=self._prior[:, : self.steps].copy(),
                total=self._total,
                climbed=self._scene.climbed,
                activation=activation,
                beside={"picture": as_array(self._scene.on_canvas(pictures))},
            )
            faint = done and bool((shown.flatten(1).std(1) < FAINT).all())
        return Progress(self.steps, self._total, result, self._note() or (TOO_FAINT if faint else ""))

    def _note(self) -> str:
        """A lamp for units that are silent: nothing leads up from there."""
        silent = int(self._silent.sum())
        if not silent:
            return ""
        which = "The unit is" if len(self._silent) == 1 else f"{silent} of {len(self._silent)} units are"
        if self.warm:
            return (
                f"{which} silent for this picture: for the first {STEPS} steps gradients pass the ReLUs all the same."
            )
        return f"{which} silent, so that nothing leads up: another seed or start may wake it."
