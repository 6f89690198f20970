"""The update of the deep visualisation toolbox, in levels of 0…255 less the mean, as its code has it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

_CUT_AT = 4.0  # σ, where the blur ends


@dataclass(frozen=True)
class Preset:
    """`progress` is how much each step is to gain, which `rate` then bounds; without it every step has that rate."""

    steps: int
    rate: float = 100.0
    progress: float = 0.0
    decay: float = 0.0
    blur: float = 0.0  # σ, in pixels
    blur_every: int = 4
    small_norm: float = 0.0  # % of the pixels whose colours are smallest, which become the mean
    small_benefit: float = 0.0  # % of the pixels that matter least for the answer

    def with_rate(self, rate: float) -> Preset:
        return replace(self, rate=rate) if rate else self

    def with_gain(self, gain: float) -> Preset:
        """The toolbox's policy “progress”, which goes by the slope, with what else the preset does.

        Its constant rates were found for CaffeNet, whose answers to these pictures go up to 70. Those of networks with
        normalised activations are a few, and so are their slopes: what blur takes away is more than such a step brings.
        """
        return replace(self, progress=gain, rate=max(self.rate, 1e8)) if gain else self


PRESETS: Mapping[str, Preset] = {
    "1": Preset(500, progress=2.0, blur=0.5, small_norm=50),
    "2": Preset(750, decay=0.3, small_norm=20),
    "3": Preset(1000, decay=1e-4, blur=1.0),
    "4": Preset(1000, rate=1e8, progress=2.0, blur=0.5, small_benefit=90),
}


def clipped(levels: Tensor, mean: Tensor) -> Tensor:
    """Back into 0…255."""
    return (levels + mean).clamp(0, 255) - mean


def stepped(levels: Tensor, slope: Tensor, preset: Preset, step: int) -> Tensor:
    """+η·g, then decay, blur, and what is small is taken away; each picture by itself."""
    levels = levels + _rate(slope, preset) * slope
    levels = levels * (1 - preset.decay)
    if preset.blur and step % preset.blur_every == 0:
        levels = blurred(levels, preset.blur)
    if preset.small_norm:
        levels = _without_least(levels, levels.square().sum(1, keepdim=True).sqrt(), preset.small_norm)
    if preset.small_benefit:
        levels = _without_least(levels, (slope * -levels).sum(1, keepdim=True).abs(), preset.small_benefit)
    return levels


def _rate(slope: Tensor, preset: Preset) -> Tensor | float:
    """min(η, gain / ‖g‖²)."""
    if not preset.progress:
        return preset.rate
    norms = slope.square().sum((1, 2, 3), keepdim=True)
    return (preset.progress / norms.clamp_min(1e-30)).clamp_max(preset.rate)


def _without_least(levels: Tensor, size: Tensor, percent: float) -> Tensor:
    bound = torch.quantile(size.flatten(1).cpu().double(), percent / 100, dim=1).to(size)
    return levels * (size >= bound.view(-1, 1, 1, 1))


def blurred(levels: Tensor, sigma: float) -> Tensor:
    """By a Gaussian up to 4σ; beyond its border a picture goes on as in a mirror that stands on its edge."""
    reach = int(_CUT_AT * sigma + 0.5)
    weights = [math.exp(-0.5 * (at / sigma) ** 2) for at in range(-reach, reach + 1)]
    kernel = levels.new_tensor([weight / sum(weights) for weight in weights])
    channels = levels.shape[1]
    rows = levels[:, :, _mirrored(levels.shape[2], reach)]
    down = functional.conv2d(rows, kernel.view(1, 1, -1, 1).expand(channels, 1, -1, 1), groups=channels)
    columns = down[:, :, :, _mirrored(levels.shape[3], reach)]
    return functional.conv2d(columns, kernel.view(1, 1, 1, -1).expand(channels, 1, 1, -1), groups=channels)


def _mirrored(length: int, reach: int) -> Tensor:
    """The numbers of the pixels from −reach on: d c b a | a b c d | d c b a."""
    at = torch.arange(-reach, length + reach) % (2 * length)
    return torch.where(at < length, at, 2 * length - 1 - at)
