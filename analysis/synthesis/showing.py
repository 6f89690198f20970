"""From what the network sees to what a person is shown: levels from 0 to 1."""

from __future__ import annotations

from torch import Tensor


def standardised(pictures: Tensor) -> Tensor:
    """.5 + .1 (x − mean) / std, over all numbers of each picture (Fleuret's lecture); of a plain one .5."""
    flat = pictures.flatten(1)
    mean, std = flat.mean(1), flat.std(1) if flat.shape[1] > 1 else flat.mean(1) * 0
    sides = (-1, 1, 1, 1)
    away = (pictures - mean.view(sides)) / std.clamp_min(1e-12).view(sides)
    return (0.5 + 0.1 * away).clamp(0, 1)


def eight_bits(levels: Tensor) -> Tensor:
    """As a file of 8 bits a level holds them."""
    return (levels.clamp(0, 1) * 255).round() / 255
