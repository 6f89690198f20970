"""One number per pixel of how much it matters, from every method that gives one: what the trust checks look at."""

from collections.abc import Generator
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


def pixel_importance(name: str, context: Context, done: int, total: int) -> "Generator[Progress, None, Tensor]":
    """Runs the method with its own settings, step by step, and returns rows × columns of the picture on the CPU.

    Of a derivative that is Σ over the colours of its absolute value. `done` and `total` are those of who asks.
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
        return torch.from_numpy(arrays["result"]).abs().sum(0)
    return torch.from_numpy(arrays["upsampled"])
