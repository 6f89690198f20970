"""One number per pixel of how much it matters, from every method that gives one: what the trust checks look at."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analysis.methods.known import known
from analysis.methods.method import Method, Progress
from analysis.methods.settings import configured
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import VIEWS, Setting
from analysis.question.question import Question
from analysis.results.array import Array

if TYPE_CHECKING:
    from torch import Tensor

CHOICES = (
    "gradient",
    "input-x-gradient",
    "smoothgrad",
    "integrated-gradients",
    "deconvolution",
    "guided",
    "cam",
    "grad-cam",
    "grad-cam++",
    "layer-cam",
    "score-cam",
    "guided-grad-cam",
    "occlusion",
    "rise",
)
WHOSE = "Whose map is tested; a setting of that method is given as map.NAME."
SPREAD = "largest minus least value of the map; 0 where nothing is in it"
SEEN = "How a derivative is looked at: raw adds its colours up without their signs, the others are those of the window."


@dataclass(frozen=True)
class Tested:
    """Whose map, with which settings, and how a derivative is looked at."""

    map: str
    view: str = "raw"
    settings: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Importance:
    """`pixels`: rows × columns of the picture, on the CPU; `grid`: how many rows and columns it can tell apart."""

    pixels: "Tensor"
    grid: tuple[int, int]

    @property
    def spread(self) -> float:
        """Largest minus least; 0 says that nothing is in it."""
        return float(self.pixels.amax() - self.pixels.amin())


def pixel_importance(tested: Tested, context: Question, done: int, total: int) -> Generator[Progress, None, Importance]:
    """Runs the method step by step; `done` and `total` are those of who asks.

    What is looked at with a sign counts by its size, whichever way it speaks.
    """
    named = known(tested.map)
    if named is None:
        raise Problem(f"There is no method “{tested.map}” whose map could be tested.")
    size = context.input.shape[2], context.input.shape[3]
    technique = configured(named, tested.settings, min(size))
    arrays: dict[str, Array] = {}
    for step in technique.run(context):
        arrays = dict(step.arrays)
        if step.done < step.total:
            yield Progress(done, total, {}, f"{technique.title}: {100 * step.done // step.total} %")
    return _seen(technique, arrays, size, tested.view)


def _seen(technique: Method, arrays: Mapping[str, Array], size: tuple[int, int], view: str) -> Importance:
    import numpy as np
    import torch

    from analysis.results.derivative_views import shown_values
    from analysis.results.over_picture import placed

    if technique.drawing == "derivative":
        result = arrays["result"]
        if view == "raw":
            return Importance(torch.from_numpy(result).abs().sum(0), size)
        values = shown_values(result, next(one for one in VIEWS if one == view))
        return Importance(torch.from_numpy(np.abs(values)), size)
    over = placed(arrays, size, int(getattr(technique, "mask", 0)))
    least = float(np.nanmin(over)) if np.isfinite(over).any() else 0.0
    return Importance(torch.from_numpy(np.where(np.isfinite(over), over, np.float32(least))), _grid(technique, arrays))


def _grid(technique: Method, arrays: Mapping[str, Array]) -> tuple[int, int]:
    """A mask that moves by less than its size tells apart no more places than fit beside each other."""
    rows, columns = arrays["result"].shape
    if "positions" in arrays:
        last, mask = arrays["positions"][-1, -1], int(getattr(technique, "mask", 1))
        return max(1, round(float(last[0]) / mask) + 1), max(1, round(float(last[1]) / mask) + 1)
    cells = getattr(technique, "cells", None)
    return (rows, columns) if cells is None else (cells, cells)
