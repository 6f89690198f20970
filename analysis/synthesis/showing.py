"""From what the network sees to what a person is shown: levels from 0 to 1."""

from __future__ import annotations

import torch
from torch import Tensor


def standardised(pictures: Tensor) -> Tensor:
    """.5 + .1 (x − mean) / std, over all numbers of each picture (Fleuret's lecture); of a plain one .5."""
    away = pictures - pictures.mean((1, 2, 3), keepdim=True)
    std = torch.linalg.vector_norm(away, dim=(1, 2, 3), keepdim=True) / max(away[0].numel() - 1, 1) ** 0.5
    return away.div_(std.clamp_min_(1e-12)).mul_(0.1).add_(0.5).clamp_(0, 1)


def eight_bits(levels: Tensor) -> Tensor:
    """As a file of 8 bits a level holds them."""
    return (levels.clamp(0, 1) * 255).round() / 255
