"""Pictures that show nothing, to compare a picture with: black, grey, the mean, a blur, noise."""

import torch
from torch import Tensor

from analysis.question.blur import blurred
from analysis.question.question import Question


def baseline(question: Question, kind: str) -> Tensor:
    """1×C×H×W, normalised as the network sees it. The mean of what it was trained on is normalised to 0."""
    picture = question.input
    if kind == "mean":
        return torch.zeros_like(picture)
    if kind == "blur":
        return blurred(picture, sigma=10.0, reach=15, weighed=picture.dtype)
    levels = torch.full(picture.shape[1:], 0.0 if kind == "black" else 127.5)
    if kind == "noise":
        levels.uniform_(0, 255, generator=torch.Generator().manual_seed(question.seed))
    return question.network.normalised(levels)
