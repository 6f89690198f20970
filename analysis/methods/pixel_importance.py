"""One number per pixel of how much it matters, from every method that gives one: what the trust checks look at."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.methods.method import Context, Method, Progress

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
    "guided-grad-cam",
)


@dataclass(frozen=True, eq=False)
class Importance:
    """`pixels`: rows × columns of the picture, on the CPU; `grid`: how many rows and columns really were computed."""

    pixels: "Tensor"
    grid: tuple[int, int]


def pixel_importance(name: str, context: Context, done: int, total: int) -> Generator[Progress, None, Importance]:
    """Runs the method with its own settings, step by step; `done` and `total` are those of who asks.

    Of a derivative a pixel's importance is Σ over the colours of its absolute value.
    """
    import torch

    from analysis.methods.registry import method

    technique: Method = method(name)()
    arrays = {}
    for step in technique.run(context):
        arrays = dict(step.arrays)
        if step.done < step.total:
            yield Progress(done, total, {}, f"{technique.title}: {100 * step.done // step.total} %")
    if technique.drawing == "derivative":
        pixels = torch.from_numpy(arrays["result"]).abs().sum(0)
        return Importance(pixels, (pixels.shape[0], pixels.shape[1]))
    rows, columns = arrays["result"].shape
    return Importance(torch.from_numpy(arrays["upsampled"]), (rows, columns))
