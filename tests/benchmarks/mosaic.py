"""The mosaic of a layer against the ways one would write down first; median milliseconds, all taking turns."""

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch import Tensor

from analysis.drawing.mosaic import mosaic
from analysis.results.looks import MapsLook

ROUNDS = 31
LAYERS = ((256, 13), (512, 14), (64, 56), (64, 112), (64, 224), (1000, 1))


def tables() -> Iterator[str]:
    torch.set_num_threads(1)
    yield f"{'layer':>14}{'ours':>9}{'channels_last':>15}{'loop over units':>17}{'in floats':>11}{'loop/ours':>11}"
    for units, side in LAYERS:
        maps = torch.randn(1, units, side, side, generator=torch.Generator().manual_seed(0)).relu()
        last = maps.contiguous(memory_format=torch.channels_last)
        sides: list[Callable[[], object]] = [
            lambda maps=maps: mosaic(maps[0], MapsLook()),
            lambda last=last: mosaic(last[0], MapsLook()),
            lambda maps=maps: _unit_by_unit(maps[0]),
            lambda maps=maps: _in_floats(maps[0]),
        ]
        times = [[_seconds(one) for one in sides] for _ in range(ROUNDS)]
        ours, channels_last, loop, floats = (median(column) * 1e3 for column in zip(*times, strict=True))
        ratio = median(row[2] / row[0] for row in times)
        name = f"{units} × {side}²"
        yield f"{name:>14}{ours:9.3f}{channels_last:15.3f}{loop:17.3f}{floats:11.3f}{ratio:11.2f}"


def _seconds(one: Callable[[], object]) -> float:
    start = perf_counter()
    one()
    return perf_counter() - start


def _unit_by_unit(maps: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Each map scaled and put at its place."""
    values = maps.numpy()
    units, height, width = values.shape
    columns = int(np.ceil(units**0.5))
    levels = np.zeros((-(-units // columns) * height, columns * width), np.uint8)
    for k, one in enumerate(values):
        row, column = divmod(k, columns)
        high = one.max()
        if high > 0:
            levels[row * height : (row + 1) * height, column * width : (column + 1) * width] = one * (255 / high)
    return levels


def _in_floats(maps: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The old toolbox's way: a float picture of all, which the view turns into bytes."""
    values = maps.numpy()
    units, height, width = values.shape
    columns = int(np.ceil(units**0.5))
    rows = -(-units // columns)
    padded = np.zeros((rows * columns, height, width), np.float32)
    padded[:units] = values / np.maximum(values.max((1, 2), keepdims=True), 1e-10)
    return padded.reshape(rows, columns, height, width).transpose(0, 2, 1, 3).reshape(rows * height, columns * width)
