"""The operations that a recorded network is read as: each says how far a change of its input spreads.

A map is a tensor of pictures × channels × rows × columns; a window is a part of it, equally large for every picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from analysis.quick.winograd import TILE
from analysis.tracing.steps import Step

PlaceNumbers = NDArray[np.int64]


@dataclass(frozen=True)
class Reach:
    """One axis of a sliding kernel: place o of the output sees `extent` places of the input from o·stride − before."""

    extent: int
    stride: int
    before: int
    size_in: int
    size_out: int

    @property
    def after(self) -> int:
        """How many places behind the end of the input the last place of the output sees."""
        return max(0, self.seen(self.size_out) - self.before - self.size_in)

    def seen(self, places: int) -> int:
        """How many places of the input so many neighbouring places of the output see together."""
        return (places - 1) * self.stride + self.extent

    def touched(self, first: PlaceNumbers, end: PlaceNumbers) -> tuple[PlaceNumbers, PlaceNumbers]:
        """The places of the output that see any of first … end − 1 of the input; at least one."""
        lowest = -(-(first + self.before - self.extent + 1) // self.stride)
        highest = (end - 1 + self.before) // self.stride + 1
        lowest = lowest.clip(0, self.size_out - 1)
        return lowest, np.maximum(highest.clip(0, self.size_out), lowest + 1)


@dataclass(frozen=True)
class Sliding:
    """A convolution, a pooling or a padding. `inside` computes a window with its halo, `whole` the complete map."""

    inputs: tuple[int]
    outputs: tuple[int]
    rows: Reach
    columns: Reach
    border: float
    inside: Callable[[Tensor], Tensor]
    whole: Callable[[Tensor], Tensor]
    work: float = 0.0  # multiplications for one place of the output
    weights: int = 0  # bytes read for every block
    tile_share: float | None = None  # what tiles of 4×4 outputs cost compared to that, where they may be used

    def effort(self, lengths: PlaceNumbers) -> NDArray[np.float64]:
        """On one axis: windows of these lengths cost as much as so many places computed directly."""
        direct = lengths.astype(np.float64)
        if self.tile_share is None:
            return direct
        tiles = (-(-lengths // TILE) * TILE).astype(np.float64)
        return direct.clip(max=tiles * self.tile_share**0.5)


@dataclass(frozen=True)
class Pointwise:
    """Every place of the output depends on the same place of the input alone."""

    inputs: tuple[int]
    outputs: tuple[int]
    compute: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Joining:
    """Maps of one size are put together place by place: added, multiplied, laid side by side."""

    inputs: tuple[int, ...]
    outputs: tuple[int]
    compute: Callable[[Sequence[Tensor]], Tensor]


@dataclass(frozen=True)
class Global:
    """Anything else: it needs its inputs complete, and what it answers is complete."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    step: Step


Operation = Sliding | Pointwise | Joining | Global


@dataclass(frozen=True)
class Program:
    """`sizes` has rows and columns of every value that is a map, `channels` their number; the other values are vectors
    and the like.

    `constants` are maps (1×C×rows×columns) that no mask changes. From `gate` on everything follows from that one
    vector, so many blocks go through the rest together.
    """

    operations: tuple[Operation, ...]
    sizes: dict[int, tuple[int, int]]
    channels: dict[int, int]
    constants: dict[int, Tensor]
    result: int
    gate: int

    @property
    def head(self) -> tuple[Operation, ...]:
        return self.operations[: self._gate_end]

    @property
    def tail(self) -> tuple[Operation, ...]:
        return self.operations[self._gate_end :]

    @property
    def _gate_end(self) -> int:
        return next((i + 1 for i, one in enumerate(self.operations) if self.gate in one.outputs), 0)
