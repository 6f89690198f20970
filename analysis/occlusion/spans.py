"""Where, on each axis, the windows of a block of masks lie in every map.

Rows and columns are independent of each other: a block is a group of mask rows times a group of mask columns. In every
map the windows of a group are equally long, so that they make one batch; each covers at least what its mask changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.occlusion.operations import Global, Joining, PlaceNumbers, Pointwise, Program, Reach, Sliding


@dataclass(frozen=True)
class Stretch:
    """On one axis of one map: where each mask's window begins, and how long all of them are."""

    starts: tuple[int, ...]
    length: int


@dataclass(frozen=True)
class AxisPlan:
    """One axis of a block: the masks' numbers on this axis, and the stretch of their windows in every map."""

    numbers: tuple[int, ...]
    spans: dict[int, Stretch]


@dataclass(frozen=True)
class MaskAxis:
    """What every mask position of one axis changes: first and end (exclusive) in every map."""

    index: int  # 0 rows, 1 columns
    mask: int
    positions: PlaceNumbers
    changed: dict[int, tuple[PlaceNumbers, PlaceNumbers]]
    sizes: dict[int, int]

    def plan(self, numbers: Sequence[int]) -> AxisPlan:
        chosen = np.asarray(numbers)
        spans = {0: Stretch(tuple(self.positions[chosen].tolist()), self.mask)}
        for value, (first, end) in self.changed.items():
            if value != 0:
                length = int((end - first)[chosen].max())
                starts = np.minimum(first[chosen], self.sizes[value] - length)
                spans[value] = Stretch(tuple(starts.tolist()), length)
        return AxisPlan(tuple(numbers), spans)

    def lengths(self, value: int) -> NDArray[np.int64]:
        first, end = self.changed[value]
        return end - first


def axis(program: Program, index: int, positions: Sequence[int], mask: int) -> MaskAxis:
    starts = np.asarray(positions, np.int64)
    sizes = {value: size[index] for value, size in program.sizes.items()}
    changed: dict[int, tuple[PlaceNumbers, PlaceNumbers]] = {0: (starts, starts + mask)}
    everything = np.zeros_like(starts)
    for one in program.operations:
        match one:
            case Sliding():
                reach = _reach(one, index)
                changed[one.outputs[0]] = reach.touched(*changed[one.inputs[0]])
            case Pointwise():
                changed[one.outputs[0]] = changed[one.inputs[0]]
            case Joining():
                spread = [changed[value] for value in one.inputs if value in changed]
                first = np.minimum.reduce([one_first for one_first, _ in spread])
                changed[one.outputs[0]] = first, np.maximum.reduce([end for _, end in spread])
            case Global():
                for value in one.outputs:
                    if value in sizes:
                        changed[value] = everything, everything + sizes[value]
    return MaskAxis(index, mask, starts, changed, sizes)


def _reach(operation: Sliding, index: int) -> Reach:
    return operation.columns if index else operation.rows


def groups(
    along: MaskAxis, across: MaskAxis, program: Program, numbers: Sequence[int], most: int, cost: float
) -> list[list[int]]:
    """`numbers` of the axis `along` put into groups of at most `most` whose windows differ little in length.

    A group computes the longest window of its members for all of them; `cost` is what starting a block costs, in
    multiplications. The groups are the cheapest split of the positions sorted by their work.
    """
    convolutions = [one for one in program.operations if isinstance(one, Sliding) and one.work]
    if not convolutions:
        return [list(numbers[i : i + most]) for i in range(0, len(numbers), most)]
    chosen = list(numbers)
    lengths = np.stack([one.effort(along.lengths(one.outputs[0])[chosen]) for one in convolutions], 1)
    weights = np.array([one.work * one.effort(across.lengths(one.outputs[0])).mean() for one in convolutions])
    order = np.argsort(lengths @ weights, kind="stable")
    lengths = lengths[order]
    best, cut = np.full(len(order) + 1, np.inf), np.zeros(len(order) + 1, np.int64)
    best[0] = 0.0
    for start in range(len(order)):
        longest = np.maximum.accumulate(lengths[start : start + most])
        for size, work in enumerate(longest @ weights, 1):
            total = best[start] + size * work + cost
            if total < best[start + size]:
                best[start + size], cut[start + size] = total, start
    found, end = [], len(order)
    while end > 0:
        found.append(sorted(numbers[i] for i in order[cut[end] : end]))
        end = int(cut[end])
    return sorted(found)
