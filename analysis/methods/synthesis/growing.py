"""What a picture that grows has come to, step by step: pictures, the curves of what they climb, and what is to be told.

The technique says how a step is made; what is common to all of them is here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from analysis.methods.method import Progress
from analysis.network.network import as_array
from analysis.question.relu_warm_up import STEPS
from analysis.results.kinds import Floats, Grown
from analysis.results.planes_seen import looked_at_words
from analysis.synthesis.crop import Box, Size
from analysis.synthesis.scene import Scene
from analysis.synthesis.showing import eight_bits

TOO_FAINT = "What has grown is so faint that it is hardly seen: a larger rate, or more steps, shows more of it."
TOO_FAINT_BY_PRESET = (
    "What has grown is so faint that it is hardly seen, as the preset’s rate was found for another network: a gain of "
    "2, by which the toolbox goes in its other presets, shows more of it."
)
FAINT = 0.02  # σ of the levels from 0 to 1, of which hardly anything is seen


class Shows(Protocol):
    @property
    def too_faint(self) -> str: ...
    def shown(self) -> tuple[Tensor, Tensor]: ...


class _Seen(Mapping[str, Floats]):
    """What the network sees of a picture and around it, laid out when it is wanted, which most steps are not."""

    _names = ("picture",)

    def __init__(self, pictures: Floats, window: Box, canvas: Size) -> None:
        self._pictures, self._window, self._canvas = pictures, window, canvas

    def __getitem__(self, name: str) -> Floats:
        if name not in self._names:
            raise KeyError(name)
        box, (height, width) = self._window, self._canvas
        sides = ((box.top, height - box.bottom), (box.left, width - box.right))
        return np.pad(self._pictures, ((0, 0), (0, 0), *sides)) if any(map(any, sides)) else self._pictures

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Growth:
    """The record of one run."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.steps = 0
        self._since = 0  # the step after which what is climbed was changed last
        self._objective, self._prior = (np.zeros((scene.count, 64), np.float32) for _ in range(2))
        self._silent = torch.zeros(scene.count, dtype=torch.bool)

    @property
    def warm(self) -> bool:
        """Whether gradients are still let through ReLUs that nothing comes through."""
        return self.steps - self._since < STEPS

    def goes_on(self, scene: Scene) -> None:
        """Something else is asked from here on."""
        self._scene, self._since = scene, self.steps

    def climbed(self, objective: Tensor, silent: Tensor, prior: Tensor | None = None) -> None:
        """One step: the numbers before it, and which of the pictures nothing came back to."""
        if self.steps == self._objective.shape[1]:
            self._objective, self._prior = (
                np.concatenate([one, np.zeros_like(one)], axis=1) for one in (self._objective, self._prior)
            )
        self._objective[:, self.steps] = objective.tolist()
        self._prior[:, self.steps] = 0 if prior is None else prior.tolist()
        self._silent = silent.cpu()
        self.steps += 1

    def state(self) -> dict[str, Any]:
        curves = (self._objective[:, : self.steps].copy(), self._prior[:, : self.steps].copy())
        return {"steps": self.steps, "since": self._since, "curves": curves, "silent": self._silent.clone()}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.steps, self._since, self._silent = state["steps"], state["since"], state["silent"].clone()
        self._objective, self._prior = (one.copy() for one in state["curves"])

    def progress(self, way: Shows, total: int) -> Progress:
        """What the steps so far have come to."""
        with torch.no_grad():
            shown, pictures = way.shown()
            done = self.steps >= total
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
                total=total,
                climbed=self._scene.climbed,
                activation=activation,
                beside=_Seen(as_array(pictures), self._scene.window, self._scene.canvas),
            )
            faint = done and bool((shown.flatten(1).std(1) < FAINT).all())
        notes = (self._note(), self._scene.said, way.too_faint if faint else "")
        note = next(filter(None, notes), "")
        seen = looked_at_words(self._scene.channels)
        return Progress(self.steps, total, result, " ".join(filter(None, (note, seen))))

    def _note(self) -> str:
        """A lamp for units that are silent, or at the ceiling of their ReLU6: nothing leads up from there."""
        if not self._silent.any():
            return ""
        silent = int(self._silent.sum())
        one, what = len(self._silent) == 1, "unit" if self._scene.climbed else "answer"
        which = f"The {what}" if one else f"In {silent} of {len(self._silent)} pictures the {what}"
        through = f"for the first {STEPS} steps gradients pass closed ReLUs all the same."
        answers = self._objective[:, self.steps - 1][self._silent.numpy()]
        if not answers.any():
            if self.warm:
                return f"{which} is silent for this picture: {through}"
            return f"{which} is silent, so that nothing leads up: another seed or start may wake it."
        said = f"{float(answers[np.abs(answers).argmax()]):.3g}"
        flat = f"{which} is at {said}, which no small change of this picture moves"
        if self.warm:
            return f"{flat}: {through}"
        before = "climb what comes before its ReLU, or " if self._scene.climbed else ""
        return f"{flat}, so that nothing leads up: {before}take another seed or start."
