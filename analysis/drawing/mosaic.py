"""All units of a layer as one 8-bit picture of equal tiles: the picture that the live view paints.

Levels are linear in the value; gamma and colour are the business of the 256-entry table (`analysis.drawing.colours`).
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d

from analysis.protocol.events import Floats, Mosaic
from analysis.results.looks import MapsLook

# Values quantised at a time: a block stays in the second-level cache, which is ×1.5 on large maps.
_BLOCK = 1 << 16
FEW = 1 << 20  # numbers for which torch's threads are not worth waking, which then wait for the one that paints
_MANY = 32  # units beside each other in memory; torch is slow with short rows


@torch.no_grad()
def mosaic(
    maps: Tensor, look: MapsLook, aspect: float = 1.5, tile: int = 256, held: Sequence[int] | None = None
) -> Mosaic:
    """The maps (units × rows × columns, on any device) as tiles in a grid that best fits a room of this `aspect`.

    With M the layer's largest |value| and M_k the unit's, level 255 of tile k is M_k for the scale "unit" and
    M·(M_k/M)^boost for "shared": the toolbox's `tile_images_normalize`, 0 one scale for all, 1 each its own.
    Single numbers always share a scale: each on its own would only say its sign.
    Level 0 is zero, or the negative of that where the layer has any negative value.
    Maps larger than `tile` are thinned by area mean; scale and order stay those of the full maps.
    What is not finite is drawn as zero and counted. Which units are shown and in which order is decided by `look`,
    unless it is `held`.
    """
    maps = maps.detach().to(torch.float32)
    beside = _lie_beside(maps) and max(maps.shape[1:]) <= tile and look.order == "index" and not look.only_active
    beside = beside and held is None
    maps = maps if beside else _unit_after_unit(maps)
    minima, maxima = _extremes(maps)
    odd = 0
    if not (np.isfinite(minima).all() and np.isfinite(maxima).all()):
        finite = torch.isfinite(maps)
        odd = int(maps.numel() - finite.sum())
        maps = torch.where(finite, maps, 0)
        minima, maxima = _extremes(maps)
    signed = bool(minima.size) and bool(minima.min() < 0)
    largest = np.maximum(maxima, -minima)
    order = _order(look, maxima, largest) if held is None else np.array(held, np.int64)
    shared = look.scale == "shared" or maps.shape[1:].numel() == 1
    high = (_shared_high(largest, look.boost) if shared else largest)[order]
    maps = _thinned(maps, tile)
    if not np.array_equal(order, np.arange(len(maps))):
        maps = maps[torch.from_numpy(order).to(maps.device)]
    height, width = maps.shape[1:]
    columns = fitting_columns(len(order), height, width, aspect)
    rows = max(math.ceil(len(order) / columns), 1)
    # A scale that is almost zero would make 255/high infinite, and 0·∞ is not a number.
    slope = (127.5 if signed else 255.0) / np.maximum(high, 1e-35)
    offset = 128.0 if signed else 0.5  # the half rounds, as the conversion to bytes cuts off
    tiled = _tiled_from_beside if beside else _tiled if maps.device.type == "cpu" else _tiled_on_device
    return Mosaic(
        levels=tiled(maps, slope.astype(np.float32), offset, rows, columns),
        tile_height=height,
        tile_width=width,
        columns=columns,
        order=order,
        low=-high if signed else np.zeros_like(high),
        high=high,
        signed=signed,
        shared=shared,
        odd=odd,
    )


def fitting_columns(tiles: int, height: int, width: int, aspect: float) -> int:
    """How many columns make the tiles (height × width) largest in a room that is `aspect` times as wide as high."""
    if tiles < 2:
        return 1

    def too_wide(columns: int) -> bool:
        return columns * width >= aspect * math.ceil(tiles / columns) * height

    def tile_size(columns: int) -> float:
        return min(aspect / (columns * width), 1 / (math.ceil(tiles / columns) * height))

    # With more columns the grid gets less high and wider: the best is the first whose width limits, or the one before.
    first = min(1 + bisect_left(range(1, tiles + 1), True, key=too_wide), tiles)
    best = max(first, max(first - 1, 1), key=tile_size)
    return math.ceil(tiles / math.ceil(tiles / best))


def _lie_beside(maps: Tensor) -> bool:
    """Whether a place's values of all units lie side by side, and there are so many that they are best left there."""
    return maps.device.type == "cpu" and len(maps) >= _MANY and maps.permute(1, 2, 0).is_contiguous()


def _place_by_place(maps: Tensor) -> Tensor:
    """Places × units, of maps that lie beside each other."""
    units, height, width = maps.shape
    return maps.permute(1, 2, 0).view(height * width, units)


def _unit_after_unit(maps: Tensor) -> Tensor:
    """Contiguous."""
    units, height, width = maps.shape
    if maps.is_contiguous():
        return maps
    return _transposed(maps.permute(1, 2, 0).reshape(height * width, units)).view(units, height, width)


def _transposed(values: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """A channels_last map is a plain 2-D transposition, ×5 as fast as its .contiguous().

    It is ×10 as fast with room between the rows: with 256 units all numbers of one of them would want the same few
    places of the first-level cache.
    """
    places, units = values.shape
    apart = torch.empty(places, units + 16, dtype=dtype, device=values.device)[:, :units]
    return apart.copy_(values).T.contiguous()


def _extremes(maps: Tensor) -> tuple[Floats, Floats]:
    """Each unit's minimum and maximum; not finite where any of its values is not."""
    if not maps.numel():
        nothing = np.zeros(len(maps), np.float32)
        return nothing, nothing
    if maps.device.type == "cpu" and maps.is_contiguous() and maps.numel() <= FEW:
        rows = maps.numpy().reshape(len(maps), -1)
        return rows.min(1), rows.max(1)
    # amin and amax are ×4 as fast as aminmax
    values, along = (maps, (1, 2)) if maps.is_contiguous() else (_place_by_place(maps), (0,))
    both = torch.stack((values.amin(along), values.amax(along))).cpu().numpy()
    return both[0], both[1]


def _order(look: MapsLook, maxima: Floats, largest: Floats) -> NDArray[np.int64]:
    order = np.argsort(-maxima, kind="stable") if look.order == "activation" else np.arange(len(maxima))
    return order[largest[order] > 0] if look.only_active else order


def _shared_high(largest: Floats, boost: float) -> Floats:
    layer = float(largest.max(initial=0))
    if layer == 0:
        return largest
    high: Floats = (layer * (largest / layer) ** np.float32(boost)).astype(np.float32)
    return high


def _thinned(maps: Tensor, tile: int) -> Tensor:
    factor = math.ceil(max(maps.shape[1:], default=1) / max(tile, 1))
    if factor <= 1 or not maps.numel():
        return maps
    return avg_pool2d(maps[:, None], factor, ceil_mode=True, count_include_pad=False)[:, 0]


def _tiled(maps: Tensor, slope: Floats, offset: float, rows: int, columns: int) -> NDArray[np.uint8]:
    """On the CPU, with NumPy: torch's conversion to bytes is half as fast."""
    units, height, width = maps.shape
    values, slope = maps.numpy(), slope[:, None, None]
    levels = np.full((rows, height, columns, width), int(offset), np.uint8)
    tiles = levels.transpose(0, 2, 1, 3)
    many = min(max(_BLOCK // max(height * width, 1), 1), units)
    starts: Iterable[int]
    if many >= columns:  # whole rows of tiles at a time
        many -= many % columns
        starts = range(0, units, many)
    else:  # parts of a row
        starts = (start + part for start in range(0, units, columns) for part in range(0, columns, many))
    room = np.empty((many, height, width), np.float32)
    for start in starts:
        row, column = divmod(start, columns)
        stop = min(start + many, units, (row + max(many // columns, 1)) * columns)
        if start >= stop:
            continue
        scaled = np.multiply(values[start:stop], slope[start:stop], out=room[: stop - start])
        scaled += offset
        whole, rest = divmod(stop - start, columns)
        if whole:
            tiles[row : row + whole] = scaled[: whole * columns].reshape(whole, columns, height, width)
        if rest:
            tiles[row + whole, column : column + rest] = scaled[whole * columns :]
    return levels.reshape(rows * height, columns * width)


def _tiled_from_beside(maps: Tensor, slope: Floats, offset: float, rows: int, columns: int) -> NDArray[np.uint8]:
    """Turned into bytes where they are, so that only bytes are moved about: two thirds of the time."""
    units, height, width = maps.shape
    scaled = _place_by_place(maps) * torch.from_numpy(slope)
    tiles = _transposed(scaled.add_(offset), torch.uint8).view(units, height, width).numpy()
    levels = np.full((rows, height, columns, width), int(offset), np.uint8)
    room = levels.transpose(0, 2, 1, 3)
    whole, rest = divmod(units, columns)
    room[:whole] = tiles[: whole * columns].reshape(whole, columns, height, width)
    if rest:
        room[whole, :rest] = tiles[whole * columns :]
    return levels.reshape(rows * height, columns * width)


def _tiled_on_device(maps: Tensor, slope: Floats, offset: float, rows: int, columns: int) -> NDArray[np.uint8]:
    """Where the maps are, so that one copy of bytes crosses to the CPU."""
    units, height, width = maps.shape
    tiles = torch.full((rows * columns, height, width), int(offset), dtype=torch.uint8, device=maps.device)
    tiles[:units] = (maps * torch.from_numpy(slope).to(maps.device)[:, None, None] + offset).to(torch.uint8)
    grid = tiles.view(rows, columns, height, width).permute(0, 2, 1, 3).reshape(rows * height, columns * width)
    return np.ascontiguousarray(grid.cpu().numpy())
