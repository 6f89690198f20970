"""Pictures whose waves are as strong as in photographs: only the phases are anyone's to change (MACO)."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from analysis.synthesis.colours import correlated_by_maco
from analysis.synthesis.crop import Size
from analysis.synthesis.spectrum import frequencies


def drawn_phases(channels: int, size: Size, generator: Generator) -> Tensor:
    """Uniform over the circle: channels × rows × columns of the half plane."""
    return (2 * torch.rand(channels, *_half(size), generator=generator) - 1) * math.pi


def strength(size: Size) -> Tensor:
    """1 / frequency, the mean of many photographs but for a factor; nothing at all of the mean."""
    return 1.0 / frequencies(size)[: size[0], : size[1] // 2 + 1].clamp_min(1.0 / max(size)).float()


def of_phases(phases: Tensor, strong: Tensor, size: Size) -> Tensor:
    """Levels from 0 to 1: F⁻¹(r·e^{iφ}), each channel of mean 0 and deviation 1, as colours, through a sigmoid."""
    waves = torch.fft.irfft2(torch.polar(strong.expand_as(phases), phases), s=size, norm="ortho")
    waves = waves - waves.mean((2, 3), keepdim=True)
    waves = waves / waves.square().mean((2, 3), keepdim=True).sqrt().clamp_min(1e-12)
    return correlated_by_maco(waves).sigmoid()


def phases_of(waves: Tensor) -> Tensor:
    """Those of pictures in colours that do not depend on each other."""
    phases: Tensor = torch.fft.rfft2(waves, norm="ortho").angle()
    return phases


def _half(size: Size) -> Size:
    return size[0], size[1] // 2 + 1
