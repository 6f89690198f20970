"""Winograd's F(4×4, 3×3): sixteen outputs of a 3×3 convolution from 36 multiplications instead of 144.

Lavin & Gray 2015: Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A for every tile d of 6×6 inputs.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

_B = [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]]  # fmt: skip  # noqa: E501
_G = [[1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1]]  # fmt: skip  # noqa: E501
_A = [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]
_TILE = 4
# Of the saving by the count of multiplications this share is lost in the transforms (measured on 256 and 512 channels).
_WORTH = 2.3


def winograd(
    weight: Tensor, bias: Tensor | None, relu: bool, direct: Callable[[Tensor], Tensor]
) -> Callable[[Tensor], Tensor]:
    """The convolution of a window with its halo; `direct` does those whose size does not fit the tiles."""
    b, g, a = (torch.tensor(rows, dtype=torch.float64) for rows in (_B, _G, _A))
    outputs, inputs = weight.shape[:2]
    kernels = torch.einsum("ia,ocab,jb->ijco", g, weight.double(), g).float().reshape(36, inputs, outputs).contiguous()
    to_tiles, from_tiles = torch.kron(b, b).float(), torch.kron(a, a).float()

    def run(x: Tensor) -> Tensor:
        rows, columns = x.shape[2] - 2, x.shape[3] - 2
        down, across = -(-rows // _TILE), -(-columns // _TILE)
        if 9 * rows * columns < _WORTH * 36 * down * across:
            return direct(x)
        pictures = len(x)
        places = x.permute(0, 2, 3, 1)
        missing = (down * _TILE - rows, across * _TILE - columns)
        if any(missing):
            places = functional.pad(places, [0, 0, 0, missing[1], 0, missing[0]])
        row, column = places.stride(1), places.stride(2)
        tiles = places.as_strided(
            (6, 6, pictures, down, across, inputs),
            (row, column, places.stride(0), _TILE * row, _TILE * column, 1),
            places.storage_offset(),
        ).reshape(36, -1)
        products = torch.bmm(torch.mm(to_tiles, tiles).view(36, -1, inputs), kernels)
        parts = torch.mm(from_tiles, products.view(36, -1)).view(_TILE, _TILE, pictures, down, across, outputs)
        result = torch.empty(pictures, down * _TILE, across * _TILE, outputs)
        result.view(pictures, down, _TILE, across, _TILE, outputs).copy_(parts.permute(2, 3, 0, 4, 1, 5))
        result = result[:, :rows, :columns]
        if bias is not None:
            result = result + bias if any(missing) else result.add_(bias)
        y = result.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        return y.relu_() if relu else y

    return run
