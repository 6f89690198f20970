"""Runs the program for one block of masks: windows with their halo are cut out of the clean picture's maps, what has
changed is pasted into them, and they are computed on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from analysis.occlusion.operations import Global, Joining, Operation, Pointwise, Program, Reach, Sliding
from analysis.occlusion.spans import AxisPlan, Stretch
from analysis.tracing.steps import replayed

_NO_BORDER = (0, 0, 0, 0)


class CleanMaps:
    """Every map of the clean picture, rows × columns × channels, with the borders that the kernels see."""

    def __init__(self, program: Program, picture: Tensor) -> None:
        self._maps = {**program.constants, 0: picture}
        self._bordered: dict[tuple[int, tuple[int, int, int, int], float], Tensor] = {}
        self._program = program

    def compute(self) -> Iterator[None]:
        """Step by step: everything the blocks need of the clean picture, and `result`."""
        needed = {self._program.result}
        for one in self._program.operations:
            needed.update(one.inputs if not isinstance(one, Pointwise) else ())
        uses = Counter(value for one in self._program.operations for value in one.inputs)
        for one in self._program.operations:
            inputs = [self._maps[value] for value in one.inputs]
            outputs = _complete(one, inputs, 1)
            self._maps.update(zip(one.outputs, outputs, strict=True))
            for value in one.inputs:
                uses[value] -= 1
                if uses[value] == 0 and value not in needed:
                    del self._maps[value]
            yield

    @property
    def result(self) -> Tensor:
        return self._maps[self._program.result]

    def with_border(self, value: int, border: tuple[int, int, int, int], level: float) -> Tensor:
        key = value, border, level if border != _NO_BORDER else 0.0
        if key not in self._bordered:
            values = self._maps[value].flatten(1, -3)
            padded = functional.pad(values, list(border), value=level) if border != _NO_BORDER else values
            self._bordered[key] = padded[0].permute(1, 2, 0).contiguous()
        return self._bordered[key]


class Block:
    """One run of the program's head. `filled` is the picture as it is under the masks."""

    def __init__(self, program: Program, clean: CleanMaps, filled: Tensor, rows: AxisPlan, columns: AxisPlan) -> None:
        self._program, self._clean = program, clean
        self._rows, self._columns = rows, columns
        self._pictures = len(rows.numbers) * len(columns.numbers)
        places = filled[0].permute(1, 2, 0).contiguous()
        self._held = {0: _cut(places, rows.spans[0], columns.spans[0])}

    def steps(self) -> Iterator[None]:
        uses = Counter(value for one in self._program.head for value in one.inputs)
        uses[self._program.gate] += 1
        for one in self._program.head:
            outputs = self._outputs(one)
            self._held.update(zip(one.outputs, outputs, strict=True))
            for value in one.inputs:
                uses[value] -= 1
                if uses[value] == 0:
                    self._held.pop(value, None)
            yield

    @property
    def result(self) -> Tensor:
        """The gate's value for every mask of the block, row by row."""
        gate = self._program.gate
        return self._whole(gate) if gate in self._program.sizes else self._held[gate]

    def _outputs(self, one: Operation) -> Sequence[Tensor]:
        match one:
            case Pointwise():
                return (one.compute(self._held[one.inputs[0]]),)
            case Joining():
                rows, columns = self._rows.spans[one.outputs[0]], self._columns.spans[one.outputs[0]]
                return (one.compute([self._recut(value, rows, columns) for value in one.inputs]),)
            case Global():
                wholes = {v: self._whole(v) if v in self._program.sizes else self._held[v] for v in one.inputs}
                return _tensors(replayed(one.step, wholes.__getitem__, self._pictures))
            case Sliding():
                return (self._slid(one),)

    def _slid(self, one: Sliding) -> Tensor:
        source, output = one.inputs[0], one.outputs[0]
        if self._is_complete(source) and self._is_complete(output):
            return one.whole(self._held[source])
        rows = _seen(self._rows.spans[output], one.rows)
        columns = _seen(self._columns.spans[output], one.columns)
        border = (one.columns.before, one.columns.after, one.rows.before, one.rows.after)
        return one.inside(self._recut(source, rows, columns, border, one.border))

    def _whole(self, value: int) -> Tensor:
        size = self._program.sizes[value]
        rows, columns = (Stretch((0,) * len(plan.numbers), n) for plan, n in zip(self._plans, size, strict=True))
        return self._recut(value, rows, columns)

    @property
    def _plans(self) -> tuple[AxisPlan, AxisPlan]:
        return self._rows, self._columns

    def _is_complete(self, value: int) -> bool:
        sizes = zip(self._plans, self._program.sizes[value], strict=True)
        return all(plan.spans[value].length == size for plan, size in sizes)

    def _recut(
        self,
        value: int,
        rows: Stretch,
        columns: Stretch,
        border: tuple[int, int, int, int] = _NO_BORDER,
        level: float = 0.0,
    ) -> Tensor:
        """The value's windows at other places: the clean map there, with what has changed pasted in."""
        left, _, top, _ = border
        changed = self._held.get(value)
        if changed is None:  # no mask changes it
            return _cut(self._clean.with_border(value, border, level), rows, columns)
        own = self._rows.spans[value], self._columns.spans[value]
        if (rows, columns) == own and border == _NO_BORDER:
            return changed
        down = _overlaps(own[0], rows, top)
        across = _overlaps(own[1], columns, left)
        channels = changed.shape[1:-2]
        covered = all(run.length == rows.length for run in down) and all(run.length == columns.length for run in across)
        if covered:
            size = (len(changed), channels.numel(), rows.length, columns.length)
            target = torch.empty(size, dtype=changed.dtype, device=changed.device, memory_format=torch.channels_last)
        else:
            target = _cut(self._clean.with_border(value, border, level), rows, columns)
        grid = target.view(len(rows.starts), len(columns.starts), *target.shape[1:])
        parts = changed.flatten(1, -3).view(len(rows.starts), len(columns.starts), -1, *changed.shape[-2:])
        for r in down:
            for c in across:
                grid[r.masks, c.masks, :, r.target, c.target] = parts[r.masks, c.masks, :, r.source, c.source]
        return target.view(len(target), *channels, rows.length, columns.length)


class _Overlap:
    """For neighbouring masks whose windows lie alike: where the old window lies in the new one."""

    def __init__(self, masks: slice, offset: int, old: int, new: int) -> None:
        first, end = max(offset, 0), min(offset + old, new)
        self.masks, self.length = masks, max(end - first, 0)
        self.target = slice(first, first + self.length)
        self.source = slice(first - offset, first - offset + self.length)


def _overlaps(old: Stretch, new: Stretch, shift: int) -> list[_Overlap]:
    offsets = [a + shift - b for a, b in zip(old.starts, new.starts, strict=True)]
    found, begin = [], 0
    for i in range(1, len(offsets) + 1):
        if i == len(offsets) or offsets[i] != offsets[begin]:
            found.append(_Overlap(slice(begin, i), offsets[begin], old.length, new.length))
            begin = i
    return found


def _seen(output: Stretch, reach: Reach) -> Stretch:
    """What a kernel sees of its bordered input for these windows of its output."""
    return Stretch(tuple(start * reach.stride for start in output.starts), reach.seen(output.length))


def _cut(places: Tensor, rows: Stretch, columns: Stretch) -> Tensor:
    """Windows of rows × columns × channels as masks × channels × rows × columns, channels last in memory."""
    width, channels = places.shape[1:]
    down, across = (_indices(span, places.device) for span in (rows, columns))
    index = (down[:, None, :, None] * width + across[None, :, None, :]).flatten()
    windows = places.view(-1, channels).index_select(0, index)
    return windows.view(-1, rows.length, columns.length, channels).permute(0, 3, 1, 2)


def _indices(span: Stretch, device: torch.device) -> Tensor:
    starts = torch.tensor(span.starts)[:, None] + torch.arange(span.length)
    return starts.to(device, non_blocking=True)


def _complete(one: Operation, inputs: Sequence[Tensor], pictures: int) -> Sequence[Tensor]:
    """An operation on complete maps."""
    match one:
        case Sliding():
            return (one.whole(inputs[0]),)
        case Pointwise():
            return (one.compute(inputs[0]),)
        case Joining():
            return (one.compute(inputs),)
        case Global():
            values = dict(zip(one.inputs, inputs, strict=True))
            return _tensors(replayed(one.step, values.__getitem__, pictures))


def _tensors(answer: object) -> tuple[Tensor, ...]:
    found: list[Tensor] = []
    for one in answer if isinstance(answer, (tuple, list)) else (answer,):
        found.extend([one] if isinstance(one, Tensor) else [])
    return tuple(found)


def tail(program: Program, gate: Tensor) -> Generator[None, None, Tensor]:
    """From the gate's vectors of any number of masks to the program's result, step by step."""
    held = {program.gate: gate}
    for one in program.tail:
        yield
        held.update(zip(one.outputs, _complete(one, [held[v] for v in one.inputs], len(gate)), strict=True))
    return held[program.result]
