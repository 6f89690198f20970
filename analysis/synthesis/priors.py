"""What pulls a picture back to what pictures are like: numbers that are low for those, one for each picture."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

Prior = Callable[[Tensor], Tensor]  # N×C×H×W → N

_SMALLEST = 5  # of a side of the smallest scale


def edge_energy(pictures: Tensor) -> Tensor:
    """h(x) = Σ_s ‖δˢ(x) − g⊛δˢ(x)‖², with g the 5×5 binomial kernel and δ the mean of 2×2 (Fleuret's lecture).

    δ pads by one, and a scale counts while both its sides are above 5. Of the border g sees zeros beyond it.
    """
    row = pictures.new_tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    across, down = row.view(1, 1, 1, 5), row.view(1, 1, 5, 1)  # g is one after the other
    scale = pictures.reshape(-1, 1, *pictures.shape[2:])
    energy = pictures.new_zeros(len(pictures))
    while min(scale.shape[2:]) > _SMALLEST:
        blurred = functional.conv2d(functional.conv2d(scale, across, padding=(0, 2)), down, padding=(2, 0))
        energy = energy + (scale - blurred).square().view(len(pictures), -1).sum(1)
        scale = functional.avg_pool2d(scale, 2, padding=1)
    return energy


def nothing(pictures: Tensor) -> Tensor:
    return torch.zeros(len(pictures), dtype=pictures.dtype, device=pictures.device)
