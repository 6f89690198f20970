"""The scores of all masks, recomputing of each map only what a mask changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from analysis.occlusion.blocks import Block, CleanMaps, tail
from analysis.occlusion.masks import Masks, Patch
from analysis.occlusion.operations import Program, Sliding
from analysis.occlusion.reading import read
from analysis.occlusion.spans import axis, groups
from analysis.tracing.steps import RecordedPass

Score = Callable[[Tensor], Tensor]  # N×… of what the network or the layer answers → N numbers


@dataclass(frozen=True)
class Part:
    """The scores of some places: `scores` is rows × columns."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    spacing: int
    scores: Tensor


@dataclass(frozen=True)
class _Limits:
    """How large a block may be on a device."""

    side: int  # places along one axis
    bytes: float  # of the largest map's windows
    work: float  # multiplications in one operation, so that a step stays short
    rate: float  # multiplications per second, roughly
    start: float  # seconds that starting one operation costs
    vectors: int  # that go through the tail together


_CPU = _Limits(side=6, bytes=24e6, work=2.5e10, rate=1.5e11, start=6e-5, vectors=256)
_GPU = _Limits(side=24, bytes=1e9, work=1e13, rate=2e13, start=2e-4, vectors=4096)
_MEMORY_RATE = 1e10  # bytes of weights per second


class Incremental:
    """A network recorded on a picture, ready for any block of masks, in one number format."""

    def __init__(self, recorded: RecordedPass, picture: Tensor, masks: Masks, dtype: torch.dtype) -> None:
        self._picture = picture.to(dtype)
        self._filled = masks.filled.to(dtype)
        self._recorded = recorded
        self._masks = masks
        self._limits = _CPU if picture.device.type == "cpu" else _GPU

    def prepare(self) -> Iterator[None]:
        """Lays out the weights and computes the clean picture's maps, step by step."""
        self.program: Program = yield from read(self._recorded, self._picture.dtype, self._picture.device)
        picture = self._picture.contiguous(memory_format=torch.channels_last)
        self._clean = CleanMaps(self.program, picture)
        yield from self._clean.compute()
        size = self._masks.size
        self._rows, self._columns = (
            axis(self.program, index, positions, size)
            for index, positions in enumerate((self._masks.rows, self._masks.columns))
        )
        yield

    @property
    def clean_result(self) -> Tensor:
        return self._clean.result

    def results(self, rows: Sequence[int], columns: Sequence[int]) -> Iterator[Tensor | None]:
        """What the network answers for one block of masks, row by row; None between two steps."""
        block = Block(self.program, self._clean, self._filled, self._rows.plan(rows), self._columns.plan(columns))
        for _ in block.steps():
            yield None
        answers = yield from tail(self.program, block.result)
        yield answers

    def parts(self, patch: Patch, score: Score) -> Iterator[Part | None]:
        """The scores of every place of the patch; None between two steps."""
        waiting: list[tuple[Sequence[int], Sequence[int], Tensor]] = []
        for rows, columns in self._blocks(patch):
            block = Block(self.program, self._clean, self._filled, self._rows.plan(rows), self._columns.plan(columns))
            for _ in block.steps():
                yield None
            waiting.append((rows, columns, block.result))
            if sum(len(vectors) for *_, vectors in waiting) >= self._limits.vectors or not self.program.tail:
                yield from self._scored(waiting, patch.spacing, score)
                waiting.clear()
        yield from self._scored(waiting, patch.spacing, score)

    def _scored(
        self, waiting: list[tuple[Sequence[int], Sequence[int], Tensor]], spacing: int, score: Score
    ) -> Iterator[Part | None]:
        if not waiting:
            return
        answers = yield from tail(self.program, torch.cat([vectors for *_, vectors in waiting]))
        scores = score(answers)
        for rows, columns, vectors in waiting:
            mine, scores = scores[: len(vectors)], scores[len(vectors) :]
            yield Part(tuple(rows), tuple(columns), spacing, mine.view(len(rows), len(columns)))

    def _blocks(self, patch: Patch) -> Iterator[tuple[list[int], list[int]]]:
        side = self._side()
        weights = sum(one.weights for one in self.program.operations if isinstance(one, Sliding))
        seconds = len(self.program.operations) * self._limits.start + weights / _MEMORY_RATE
        start = seconds * self._limits.rate / side
        rows, columns = (
            groups(along, across, self.program, numbers, side, start)
            for along, across, numbers in (
                (self._rows, self._columns, patch.rows),
                (self._columns, self._rows, patch.columns),
            )
        )
        for some_rows in rows:
            for some_columns in columns:
                yield some_rows, some_columns

    def _side(self) -> int:
        """How many masks along each axis make a block that stays within memory and time."""
        return max(1, min(self._limits.side, math.isqrt(int(self._most()))))

    def _most(self) -> float:
        size = self._picture.element_size()
        most = float(self._limits.side**2)
        for one in self.program.operations:
            for value in one.outputs:
                if value not in self.program.sizes:
                    continue
                places = float(self._rows.lengths(value).max() * self._columns.lengths(value).max())
                most = min(most, self._limits.bytes / max(1.0, places * self.program.channels[value] * size))
                if isinstance(one, Sliding) and one.work:
                    most = min(most, self._limits.work / (places * one.work))
        return most
