"""Which places the mask goes to, what the picture is under it, and in which order: from coarse to fine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from analysis.network.network import Network
from analysis.pictures.masked import LEVELS, focus
from analysis.protocol.mask import Mask
from analysis.protocol.problems import Problem
from analysis.question.blur import blurred

_COARSEST = 8  # so many places a side, at most, make the first picture


@dataclass(frozen=True)
class Masks:
    """`rows` and `columns` are the masks' first pixels; `filled` is the picture as it is under them (1×C×H×W)."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    size: int
    filled: Tensor

    def applied(self, picture: Tensor, places: Sequence[tuple[int, int]]) -> Tensor:
        """A copy of the 1×C×H×W picture for each place (numbers of row and column), masked there."""
        pictures = picture.repeat(len(places), 1, 1, 1)
        for copy, (row, column) in zip(pictures, places, strict=True):
            top, left = self.rows[row], self.columns[column]
            part = (slice(None), slice(top, top + self.size), slice(left, left + self.size))
            copy[part] = self.filled[0][part]
        return pictures


def masks(network: Network, picture: Tensor, size: int, stride: int, fill: str) -> Masks:
    """Every place from 0 on in steps of `stride` where the whole mask lies in the picture."""
    height, width = picture.shape[-2:]
    if size > min(height, width):
        raise Problem(f"A mask of {size} pixels does not fit into a picture of {width}×{height}; choose a smaller one.")
    rows, columns = (tuple(range(0, side - size + 1, stride)) for side in (height, width))
    return Masks(rows, columns, size, _filled(network, picture, size, fill))


def masked(network: Network, picture: Tensor, mask: Mask) -> Tensor:
    """The 1×C×H×W picture as a map of occlusion shows it to the network at one place."""
    covered = Masks((mask.top,), (mask.left,), mask.size, _filled(network, picture, mask.size, mask.fill))
    return covered.applied(picture, [(0, 0)])


def _filled(network: Network, picture: Tensor, size: int, fill: str) -> Tensor:
    if fill == "mean":
        return picture.mean((-2, -1), keepdim=True).expand_as(picture)
    if fill == "blur":
        return blurred(picture, *focus(size))
    return network.normalised(torch.full(picture.shape[1:], LEVELS[fill])).to(picture)


@dataclass(frozen=True)
class Patch:
    """New places that make a grid: every one of `rows` with every one of `columns`, `spacing` apart once it is done."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    spacing: int


def coarse_to_fine(rows: int, columns: int) -> Iterator[Patch]:
    """Every place once: first a coarse grid, then what is missing in grids twice as fine each time."""
    spacing = 1
    while (max(rows, columns) - 1) // spacing + 1 > _COARSEST:
        spacing *= 2
    old_rows, old_columns = tuple(range(0, rows, spacing)), tuple(range(0, columns, spacing))
    yield Patch(old_rows, old_columns, spacing)
    while spacing > 1:
        spacing //= 2
        all_columns = tuple(range(0, columns, spacing))
        new_rows = tuple(range(spacing, rows, 2 * spacing))
        new_columns = tuple(range(spacing, columns, 2 * spacing))
        if new_columns:
            yield Patch(old_rows, new_columns, spacing)
        if new_rows:
            yield Patch(new_rows, all_columns, spacing)
        old_rows = tuple(range(0, rows, spacing))
