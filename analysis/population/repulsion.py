"""How the points of a map push each other away (van der Maaten and Hinton 2008): exact, or over a mesh.

Both give Σⱼ q²ᵢⱼ (yᵢ − yⱼ) and Z = Σ q, where q = 1 / (1 + |yᵢ − yⱼ|²). The exact one never holds all pairs, only a
block that fits into the processor's cache. The mesh lays the points with cubic splines on a grid, convolves it with q
by a Fourier transform and reads slope and height of that potential at the points: its work grows with the map and not
with the pairs. Its error is about a hundredth of the force.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

_PAIRS = 400_000  # of a block
_STEPS = (0.025, 0.05, 0.1, 0.2, 0.26, 0.36)  # between lines of the mesh, in units of the map
_OFTEN = 0.2
_LINES, _FEWEST = 160, 40  # that a map has
_MOST = 2000  # however far one point has strayed
EXACT = 700  # points up to which all pairs are the quicker way


def pairs(places: Tensor) -> tuple[Tensor, float]:
    """Exact, in as many dimensions as there are."""
    points, dimensions = places.shape
    push = torch.zeros_like(places)
    total = 0.0
    squares = (places * places).sum(1)
    axes = [places[:, axis].contiguous() for axis in range(dimensions)]
    ones = torch.ones(points)
    rows = max(1, _PAIRS // points)
    for first in range(0, points, rows):
        some = places[first : first + rows]
        q = torch.addmm(squares[first : first + rows, None] + 1, some, places.T, alpha=-2)
        q.add_(squares).clamp_(min=1).reciprocal_()
        q[torch.arange(len(some)), torch.arange(first, first + len(some))] = 0
        total += float(q.sum(dtype=torch.float64))
        q.square_()
        weight = torch.mv(q, ones)
        for axis, values in enumerate(axes):
            push[first : first + rows, axis] = weight * some[:, axis] - torch.mv(q, values)
    return push, total


class Mesh:
    """In a plane. The kernels of the sizes that a map goes through while it grows are kept."""

    def __init__(self) -> None:
        self._kernels: dict[tuple[int, float], Tensor] = {}

    def __call__(self, places: Tensor) -> tuple[Tensor, float]:
        least = places.min(0).values
        extent = float((places.max(0).values - least).max())
        step = _step(extent)
        side = _good(int(extent / step) + 5)
        at = (places - least) / step + 1
        first = at.floor()
        (rows, row_slopes), (columns, column_slopes) = (_spline(at[:, axis] - first[:, axis]) for axis in (0, 1))
        corner = first.long() - 1
        wide, four = 2 * side, torch.arange(4)
        cells = ((corner[:, 0] + four[:, None]) * side)[:, None] + (corner[:, 1] + four[:, None])[None]
        weights = rows[:, None] * columns[None]
        heaped = torch.zeros(side * side)
        heaped.index_add_(0, cells.reshape(-1), weights.reshape(-1))
        # Half of the grid is empty, and half of what comes back is not looked at: neither is transformed along rows.
        spectrum = torch.fft.fft(torch.fft.rfft(heaped.view(side, side), wide), wide, dim=0) * self._kernel(side, step)
        potential = torch.fft.irfft(torch.fft.ifft(spectrum, dim=0)[:side], wide)[:, :side].reshape(-1)[cells]
        total = float((weights * potential).sum(dtype=torch.float64)) - len(places)
        down = (row_slopes[:, None] * columns[None] * potential).sum((0, 1))
        right = (rows[:, None] * column_slopes[None] * potential).sum((0, 1))
        return torch.stack([down, right], 1) * (-0.5 / step), total

    def _kernel(self, side: int, step: float) -> Tensor:
        """The transform of q on a grid twice as wide, so that nothing comes round, without what two splines blur."""
        if (side, step) not in self._kernels:
            if len(self._kernels) > 24:
                self._kernels.clear()
            wide = 2 * side
            count = torch.arange(wide)
            away = torch.minimum(count, wide - count).double() * step
            kernel = torch.fft.rfft2(1 / (1 + away[:, None] ** 2 + away[None] ** 2)).real
            blur = ((2 + torch.cos(2 * math.pi * torch.fft.fftfreq(wide, dtype=torch.float64))) / 3) ** 2
            self._kernels[side, step] = (kernel / (blur[:, None] * blur[None, : side + 1])).float()
        return self._kernels[side, step]


def _step(extent: float) -> float:
    """One of a few, so that kernels can be kept; a map that begins is small, and its forces are all but nothing."""
    fine = extent / _LINES
    if fine >= _STEPS[-1]:
        return max(_STEPS[-1], extent / _MOST)
    larger = [step for step in _STEPS if step >= _OFTEN and step >= fine]
    smaller = [step for step in _STEPS if step <= _OFTEN and extent / step >= _FEWEST]
    return larger[0] if fine > _OFTEN else smaller[-1] if smaller else _STEPS[0]


def _good(least: int) -> int:
    """The next size that a Fourier transform is quick at."""
    size = max(least, 32)
    while True:
        rest = size
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1 and size % 8 == 0:
            return size
        size += 1


def _spline(t: Tensor) -> tuple[Tensor, Tensor]:
    """Weights of the four lines around, and how they change: 4 × points each."""
    squared, cubed = t * t, t * t * t
    weights = torch.stack([(1 - t) ** 3, 3 * cubed - 6 * squared + 4, -3 * cubed + 3 * squared + 3 * t + 1, cubed])
    slopes = torch.stack([-((1 - t) ** 2), 3 * squared - 4 * t, -3 * squared + 2 * t + 1, squared])
    return weights / 6, slopes / 2
