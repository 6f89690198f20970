"""Pictures that show nothing, to compare a picture with: black, grey, the mean, a blur, noise."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from analysis.question.question import Question

Baseline = Literal["black", "grey", "mean", "blur", "noise"]


def baseline(context: Question, kind: str) -> Tensor:
    """1×C×H×W, normalised as the network sees it. The mean of what it was trained on is normalised to 0."""
    picture = context.input
    if kind == "mean":
        return torch.zeros_like(picture)
    if kind == "blur":
        return blurred(picture, size=31, sigma=10.0)
    levels = torch.full(picture.shape[1:], 0.0 if kind == "black" else 127.5)
    if kind == "noise":
        levels.uniform_(0, 255, generator=torch.Generator().manual_seed(context.seed))
    return context.network.normalised(levels)


def blurred(pictures: Tensor, size: int, sigma: float) -> Tensor:
    """Gaussian blur; beyond the border the picture is continued by its outermost pixels."""
    distance = torch.arange(size, device=pictures.device, dtype=pictures.dtype) - (size - 1) / 2
    kernel = torch.exp(-distance.square() / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    channels = pictures.shape[1]
    half = size // 2
    wide = functional.pad(pictures, (half, half, half, half), mode="replicate")
    down = functional.conv2d(wide, kernel.view(1, 1, -1, 1).expand(channels, 1, -1, 1), groups=channels)
    return functional.conv2d(down, kernel.view(1, 1, 1, -1).expand(channels, 1, 1, -1), groups=channels)
