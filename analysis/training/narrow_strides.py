"""Convolutions of one pixel with a stride and few channels learn from pictures that lie plane by plane.

Where a picture's channels lie side by side, torch's library for processors writes past its room on the way back to
the weights of such a convolution: wrong slopes, a hang, or the end of the program (uxlfoundation/oneDNN#6035; seen with
AVX2 and torch 2.14). Residual networks shorten their maps so.
"""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn

FEW = 16  # channels of a block of the library's, with AVX-512; it has 8 with AVX2


def made_safe(network: nn.Module) -> None:
    """To be called before an optimiser takes the weights."""
    for part in network.modules():
        if isinstance(part, nn.Conv2d) and prod(part.kernel_size) == 1 and max(part.stride) > 1:
            if part.in_channels // part.groups >= FEW:
                continue
            part.weight.data = part.weight.data.clone(memory_format=torch.contiguous_format)
            part.register_forward_pre_hook(_plane_by_plane)


def _plane_by_plane(_part: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """A copy, as what has one pixel or one channel counts as lying either way."""
    return (given[0].clone(memory_format=torch.contiguous_format), *given[1:])
