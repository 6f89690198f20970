"""How strong each wave is in pictures: those of a data set of the person's own, or 1 over the frequency.

They are measured where they are used: in colours that do not depend on each other, before the sigmoid, at the size of
the picture that is made. So a picture of the data set has, on average, the very waves that are given to the made one.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from analysis.datasets.opening import data_set
from analysis.datasets.sampling import stratified
from analysis.protocol.problems import Problem
from analysis.synthesis.colours import uncorrelated_by_maco
from analysis.synthesis.crop import Size, moved, whole
from analysis.synthesis.phases import strength
from analysis.synthesis.real_pictures import input_of
from analysis.synthesis.scene import Scene

_ENDS = 1e-3  # levels nearer to black or white than this would be waves without end


class Magnitudes:
    """Each is measured once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, Size, Size], Tensor] = {}

    def of(self, stage: Scene, name: str, sample: int) -> Tensor:
        if not name:
            return strength(stage.window.size)
        key = _key(stage, name, sample)
        if key not in self._known:
            for _ in self.measure(stage, name, sample):
                pass
        return self._known[key]

    def measure(self, stage: Scene, name: str, sample: int) -> Iterator[tuple[int, int]]:
        """Tells how many of how many pictures were looked at."""
        data = data_set(name)
        chosen = stratified(data, sample, stage.question.seed)
        total, seen = torch.zeros(()), 0
        for done, index in enumerate(chosen, start=1):
            picture = input_of(stage.question, data, index)
            if picture is not None:
                total = total + _waves(stage, picture)
                seen += 1
            yield done, len(chosen)
        if not seen:
            raise Problem(f"None of the pictures of “{data.title}” could be read: choose another data set.")
        self._known[_key(stage, name, sample)] = total / seen


def _key(stage: Scene, name: str, sample: int) -> tuple[str, int, Size, Size]:
    return name, sample, stage.canvas, stage.window.size


def _waves(stage: Scene, picture: Tensor) -> Tensor:
    """|F| of what of the picture lies in the window, channels × rows × columns."""
    with torch.no_grad():
        if (picture.shape[2], picture.shape[3]) != stage.canvas:
            picture = torch.nn.functional.interpolate(
                picture, stage.canvas, mode="bilinear", align_corners=False, antialias=True
            )
        levels = stage.levels(moved(picture, whole(stage.canvas), stage.window)).clamp(_ENDS, 1 - _ENDS)
        waves = uncorrelated_by_maco(levels.logit())
        strong: Tensor = torch.fft.rfft2(waves - waves.mean((2, 3), keepdim=True), norm="ortho").abs()[0].cpu()
    return strong
