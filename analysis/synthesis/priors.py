"""What pulls a picture back to what pictures are like: numbers that are low for those, one for each picture.

Each comes with its derivative, written down by hand: through autograd the edge energy of a picture took longer than a
pass through AlexNet and back (`make bench synthesis`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

Prior = Callable[[Tensor], tuple[Tensor, Tensor]]  # N×C×H×W → N, and its derivative by the pictures

_SMALLEST = 5  # of a side of the smallest scale
_SMALL = 100  # of the longer side: beyond that, products of matrices are slower for several pictures, each by itself


def edge_energy(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """h(x) = Σ_s ‖δˢ(x) − g⊛δˢ(x)‖², with g the 5×5 binomial kernel and δ the mean of 2×2 (Fleuret's lecture).

    δ pads by one, and a scale counts while both its sides are above 5. Of the border g sees zeros beyond it. g is its
    own transpose, so ∂h/∂x = Σ_s δˢᵀ 2 (1 − g)² δˢ(x).
    """
    if max(pictures.shape[2:]) <= _SMALL and pictures.device.type == "cpu":
        return _by_waves(pictures)
    scales, scale = [], pictures
    while min(scale.shape[2:]) > _SMALLEST:
        scales.append(scale)
        scale = functional.avg_pool2d(scale, 2, padding=1)
    energy, edges = pictures.new_zeros(len(pictures)), []
    for scale in scales:
        edges.append(scale - _blurred(scale))
        energy = energy + edges[-1].square().flatten(1).sum(1)
    slope = torch.zeros_like(pictures)
    for place in reversed(range(len(scales))):
        own = 2 * (edges[place] - _blurred(edges[place]))
        slope = own if place + 1 == len(scales) else own + _spread(slope, own.shape[2], own.shape[3])
    return energy, slope


def _by_waves(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Along each axis by itself: δˢ = A ⊗ B, and g = UΛUᵀ ⊗ VMVᵀ, whose (1 − g)² only scales waves u ⊗ v.

    With D all UᵀA, one below the other, and E all VᵀB, ∂h/∂x = Dᵀ(K ∘ DxEᵀ)E, where K has 2(1 − λμ)² for two of one
    scale and 0 for others, and h(x) = ½⟨x, ∂h/∂x⟩. Each picture goes by itself.
    """
    down, across, scaled = _waves(*pictures.shape[2:], pictures.dtype)
    slope = torch.empty_like(pictures, memory_format=torch.contiguous_format)
    planes = down.expand(pictures.shape[1], *down.shape)
    for number, picture in enumerate(pictures.detach()):
        waves = torch.bmm(planes, picture @ across.T).mul_(scaled)
        torch.bmm(planes.transpose(1, 2), waves @ across, out=slope[number])
    return (pictures * slope).flatten(1).sum(1) / 2, slope


@lru_cache(maxsize=8)
def _waves(height: int, width: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """D, E and K."""
    with torch.inference_mode(False):
        down, across = (torch.eye(side, dtype=torch.float64) for side in (height, width))
        rows, columns, scaled = [torch.zeros(0, height)], [torch.zeros(0, width)], [torch.zeros(0, 0)]
        while min(len(down), len(across)) > _SMALLEST:
            (of_rows, upright), (of_columns, level) = (torch.linalg.eigh(_blur(len(one))) for one in (down, across))
            rows.append(upright.T @ down)
            columns.append(level.T @ across)
            scaled.append(2 * (1 - of_rows[:, None] * of_columns) ** 2)
            down, across = _halving(len(down)) @ down, _halving(len(across)) @ across
        whole: Tensor = torch.block_diag(*scaled)  # type: ignore[no-untyped-call]
        return torch.cat(rows).to(dtype), torch.cat(columns).to(dtype), whole.to(dtype)


def _blur(side: int) -> Tensor:
    """1 4 6 4 1 over 16, and zeros beyond the border."""
    share = {0: 6, 1: 4, 2: 1}
    return torch.tensor(
        [[share.get(abs(row - column), 0) / 16 for column in range(side)] for row in range(side)], dtype=torch.float64
    )


def _halving(side: int) -> Tensor:
    """The mean of two, padded by one."""
    half = torch.zeros(side // 2 + 1, side + 2, dtype=torch.float64)
    for row in range(len(half)):
        half[row, 2 * row : 2 * row + 2] = 0.5
    return half[:, 1 : side + 1]


def _blurred(pictures: Tensor) -> Tensor:
    """By 1 4 6 4 1 along both axes, over 256."""
    height, width = pictures.shape[2:]
    beside = functional.pad(pictures, (2, 2))
    one = [beside[..., at : at + width] for at in range(5)]
    across = functional.pad((one[0] + one[4]) + 4 * (one[1] + one[3]) + 6 * one[2], (0, 0, 2, 2))
    two = [across[..., at : at + height, :] for at in range(5)]
    return ((two[0] + two[4]) + 4 * (two[1] + two[3]) + 6 * two[2]) / 256


def _spread(slope: Tensor, height: int, width: int) -> Tensor:
    """The way back through the mean of 2×2 that pads by one: each gets a quarter of its place's. The last may lack."""
    large = (slope / 4).repeat_interleave(2, 2).repeat_interleave(2, 3)[..., 1 : 1 + height, 1 : 1 + width]
    return functional.pad(large, (0, width - large.shape[3], 0, height - large.shape[2]))


def nothing(pictures: Tensor) -> tuple[Tensor, Tensor]:
    none = torch.zeros(len(pictures), dtype=pictures.dtype, device=pictures.device)
    return none, torch.zeros_like(pictures)
