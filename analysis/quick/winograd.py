"""Winograd's F(4×4, 3×3): sixteen outputs of a 3×3 convolution from 36 multiplications instead of 144.

Lavin & Gray 2015: Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A for every tile d of 6×6 inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

_B = [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]]  # fmt: skip  # noqa: E501
_G = [[1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1]]  # fmt: skip  # noqa: E501
_A = [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]
TILE = 4
_INPUTS = 32  # whose weights are transformed at once
_CHUNK = 2e6  # numbers of the tiles that are worked on at once: about what a core's cache holds


def share(inputs: int, outputs: int) -> float:
    """What a complete tile costs, as a share of the direct convolution: with few channels the transforms weigh more."""
    return 0.33 + 14 * (1 / inputs + 1 / outputs)


@dataclass(frozen=True)
class Tiles:
    """The weights of a 3×3 convolution, transformed once: 36 matrices of inputs × outputs."""

    kernels: Tensor
    to_tiles: Tensor
    from_tiles: Tensor


def transformed(weight: Tensor) -> Tiles:
    b, g, a = (torch.tensor(rows, dtype=torch.float64, device=weight.device) for rows in (_B, _G, _A))
    outputs, inputs = weight.shape[:2]
    both = torch.kron(g, g)
    kernels = weight.new_empty(36, inputs, outputs)
    for first in range(0, inputs, _INPUTS):  # whole layers in double precision would be new memory: 15 times as slow
        part = weight[:, first : first + _INPUTS].permute(2, 3, 1, 0).reshape(9, -1).double()
        kernels[:, first : first + _INPUTS] = torch.mm(both, part).view(36, -1, outputs)
    return Tiles(kernels, torch.kron(b, b).float(), torch.kron(a, a).float())


def winograd(
    tiles: Tiles,
    bias: Tensor | None,
    relu: bool,
    padding: tuple[int, int],
    direct: Callable[[Tensor], Tensor],
    cost: float,
) -> Callable[[Tensor], Tensor]:
    """The convolution by tiles, which cost this `share`; `direct` does those whose size does not fit them well."""
    inputs, outputs = tiles.kernels.shape[1:]

    def run(x: Tensor) -> Tensor:
        rows, columns = x.shape[2] + 2 * padding[0] - 2, x.shape[3] + 2 * padding[1] - 2
        down, across = -(-rows // TILE), -(-columns // TILE)
        if rows * columns < 1.1 * cost * TILE**2 * down * across:
            return direct(x)
        spare = (down * TILE - rows, across * TILE - columns)
        places = x.permute(0, 2, 3, 1)
        if any(spare) or any(padding):
            places = functional.pad(
                places, [0, 0, padding[1], padding[1] + spare[1], padding[0], padding[0] + spare[0]]
            )
        result = x.new_empty(len(x), down * TILE, across * TILE, outputs)
        pictures = max(1, round(_CHUNK / (36 * down * across * (inputs + outputs))))
        for first in range(0, len(x), pictures):
            part = slice(first, first + pictures)
            _convolve(places[part], result[part], tiles, after)
        return result[:, :rows, :columns].permute(0, 3, 1, 2)

    def after(parts: Tensor) -> Tensor:
        parts = parts if bias is None else parts.view(-1, outputs).add_(bias)
        return parts.relu_() if relu else parts

    return run


_MOST = 1e6  # the same, of a single large map


def by_tiles(x: Tensor, tiles: Tiles, bias: Tensor | None, padding: tuple[int, int], relu: bool = False) -> Tensor:
    """The convolution of pictures whose channels lie last, a few rows of tiles at a time, whatever it costs."""
    inputs, outputs = tiles.kernels.shape[1:]
    rows, columns = x.shape[2] + 2 * padding[0] - 2, x.shape[3] + 2 * padding[1] - 2
    down, across = -(-rows // TILE), -(-columns // TILE)
    spare = (down * TILE - rows, across * TILE - columns)
    sides = [0, 0, padding[1], padding[1] + spare[1], padding[0], padding[0] + spare[0]]
    places = functional.pad(x.permute(0, 2, 3, 1), sides)
    size = (len(x), outputs, down * TILE, across * TILE)
    whole = torch.empty(size, dtype=x.dtype, memory_format=torch.channels_last)
    result = whole.permute(0, 2, 3, 1)
    most = max(
        _MOST, 4e3 * (inputs + outputs)
    )  # where matrices are large, few rows at a time would read them too often
    lines = max(1, round(most / (36 * across * (inputs + outputs))))

    def after(parts: Tensor) -> Tensor:
        parts = parts if bias is None else parts.view(-1, outputs).add_(bias)
        return parts.relu_() if relu else parts

    for picture in range(len(x)):  # each by itself, so that it is what it would be alone
        for first in range(0, down, lines):
            last = min(first + lines, down)
            _convolve(
                places[picture : picture + 1, first * TILE : last * TILE + 2],
                result[picture : picture + 1, first * TILE : last * TILE],
                tiles,
                after,
            )
    if not any(spare):
        return whole  # itself, which may be written to
    return whole[:, :, :rows, :columns].clone(memory_format=torch.channels_last)


def _convolve(places: Tensor, result: Tensor, tiles: Tiles, after: Callable[[Tensor], Tensor]) -> None:
    """Pictures × rows × columns × channels into the same of the outputs, both in complete tiles."""
    pictures, height, width, outputs = result.shape
    down, across, inputs = height // TILE, width // TILE, places.shape[-1]
    row, column = places.stride(1), places.stride(2)
    size = (6, 6, pictures, down, across, inputs)
    steps = (row, column, places.stride(0), TILE * row, TILE * column, 1)
    cut = places.as_strided(size, steps, places.storage_offset()).reshape(36, -1)
    products = torch.bmm(torch.mm(tiles.to_tiles, cut).view(36, -1, inputs), tiles.kernels)
    parts = after(torch.mm(tiles.from_tiles, products.view(36, -1)))
    parts = parts.view(TILE, TILE, pictures, down, across, outputs)
    result.view(pictures, down, TILE, across, TILE, outputs).copy_(parts.permute(2, 3, 0, 4, 1, 5))
