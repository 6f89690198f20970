"""Which value won each window of a max-pooling, and where what flows back goes: to the winners, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Outline, Tile, Tiles

if TYPE_CHECKING:
    from analysis.tracing.field_path import Window


@dataclass(frozen=True, eq=False)
class _Pool:
    """A part of one unit's map, its windows and what flows back to each of them."""

    given: Any  # rows × columns, of the whole map
    won: Any  # of each window: the number of the place that won, counted row by row
    answer: Any
    flowing: Any
    window: Window


@dataclass(frozen=True)
class PoolRouting:
    name: ClassVar[str] = "pool-routing"
    title: ClassVar[str] = "Max-pool routing"
    summary: ClassVar[str] = "Which value won each window of a max-pooling, and what flows back to it; windows add up."
    family: ClassVar[Family] = "fields"
    gives: ClassVar[type[Tiles]] = Tiles
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "layer", "unit"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "what arrives at each place of the drawn part of the pooling's input",
        "input": "the pooling's input there",
        "output": "what each of the drawn windows gives",
        "winners": "row and column, in the whole input, of the value that won each window",
        "flowing": "what flows back to each of these windows",
        "corner": "row and column of the first drawn value of the input, and of the first drawn window",
    }
    live: ClassVar[bool] = True

    side: int = setting(3, "How many windows are drawn, in rows and in columns.", low=1, high=16)
    windows: int = setting(0, "Up to which of these windows, row by row.", low=0, high=256, lowest="the last")
    back: str = setting(
        "ones",
        "What flows back: 1 to each window, or the derivative of the class that answers most.",
        choices=("ones", "answer"),
    )

    def run(self, question: Question) -> Iterator[Progress]:
        pool = _pooled(question, self.back == "answer")
        rows, columns = pool.answer.shape
        middle = question.place
        if middle is None or middle[0] >= rows or middle[1] >= columns:
            middle = divmod(int(pool.answer.argmax()), columns)
        first = [
            min(max(int(at) - self.side // 2, 0), max(count - self.side, 0))
            for at, count in zip(middle, pool.answer.shape, strict=True)
        ]
        windows = [
            (row, column)
            for row in range(first[0], min(first[0] + self.side, rows))
            for column in range(first[1], min(first[1] + self.side, columns))
        ]
        for done in range(1, min(self.windows or len(windows), len(windows)) + 1):
            yield Progress(done, min(self.windows or len(windows), len(windows)), _drawn(question, pool, windows, done))


def _drawn(question: Question, pool: _Pool, windows: Sequence[tuple[int, int]], done: int) -> Tiles:
    import numpy as np

    (top, left, _, _), (_, _, bottom, right) = _box(pool, windows[0]), _box(pool, windows[-1])
    given = pool.given[top:bottom, left:right]
    arrived = np.zeros_like(pool.given)
    answered = np.zeros((windows[-1][0] - windows[0][0] + 1, windows[-1][1] - windows[0][1] + 1), np.float32)
    flowing, winners = np.zeros_like(answered), np.zeros((*answered.shape, 2), np.int64)
    marks: list[Outline] = []
    for row, column in windows[:done]:
        won = divmod(int(pool.won[row, column]), pool.given.shape[1])
        here = row - windows[0][0], column - windows[0][1]
        arrived[won] += pool.flowing[row, column]
        answered[here], flowing[here] = pool.answer[row, column], pool.flowing[row, column]
        winners[here] = won
        marks.append(Outline(won[0] - top, won[1] - left, 1, 1, dim=True))
    back = arrived[top:bottom, left:right]
    at, latest = _box(pool, windows[done - 1]), windows[done - 1]
    frame = Outline(at[0] - top, at[1] - left, at[2] - at[0], at[3] - at[1])
    newest = Outline(latest[0] - windows[0][0], latest[1] - windows[0][1], 1, 1)
    forward = max(float(np.abs(given).max(initial=0)), float(np.abs(answered).max(initial=0))) or 1.0
    reach = max(float(np.abs(back).max(initial=0)), float(np.abs(flowing).max(initial=0))) or 1.0
    low = -forward if min(float(given.min()), float(answered.min())) < 0 else 0.0
    tiles = (
        Tile(given, "input: the winners framed", low, forward, outlines=(*marks, frame), written=True),
        Tile(answered, "output", low, forward, outlines=(newest,), written=True),
        Tile(back, "arrives at the input", -reach, reach, outlines=(frame,), written=True),
        Tile(flowing, "flows back to the output", -reach, reach, outlines=(newest,), written=True),
    )
    numbers = {
        "result": back,
        "input": given,
        "output": answered,
        "winners": winners,
        "flowing": flowing,
        "corner": np.array([[top, left], list(windows[0])]),
    }
    return Tiles(tiles, 2, _words(question, pool, windows, done), numbers)


def _words(question: Question, pool: _Pool, windows: Sequence[tuple[int, int]], done: int) -> str:
    assert question.layer is not None
    row, column = windows[done - 1]
    won = divmod(int(pool.won[row, column]), pool.given.shape[1])
    counts: dict[int, int] = {}
    for window in windows[:done]:
        number = int(pool.won[window])
        counts[number] = counts.get(number, 0) + 1
    several = sum(count > 1 for count in counts.values())
    kernel, stride = pool.window.kernel, pool.window.stride
    of = f"Unit {question.unit} of {question.layer.path}, windows of {kernel[0]}×{kernel[1]}, {stride[0]} apart"
    last = f"window {row},{column} was won by row {won[0]}, column {won[1]} of the input"
    more = "no value won more than one window"
    if several:
        more = f"{several} value{'s'[: several != 1]} won several windows and get{'s'[: several == 1]} their sum"
    return f"{of}: {last}; {more}."


def _box(pool: _Pool, window: tuple[int, int]) -> tuple[int, int, int, int]:
    """Of this window, as far as it lies in the input."""
    found = []
    for side in (0, 1):
        first = window[side] * pool.window.stride[side] - pool.window.padding[side]
        reach = (pool.window.kernel[side] - 1) * pool.window.dilation[side] + 1
        found.append((max(first, 0), min(first + reach, pool.given.shape[side])))
    (top, bottom), (left, right) = found
    return top, left, bottom, right


def _pooled(question: Question, by_answer: bool) -> _Pool:
    import numpy as np
    import torch

    from analysis.methods.fields.pooling import max_pooling
    from analysis.network.network import as_array
    from analysis.protocol.problems import Problem
    from analysis.protocol.target import ClassTarget
    from analysis.question.derivative import layer_derivatives
    from analysis.question.scalar import asked_layer, settled

    layer = asked_layer(question)
    given, window, ceil = max_pooling(question)
    if question.unit is None:
        raise Problem(f"No unit of {layer.path} was chosen; click one, or name it with --unit.")
    if question.unit >= given.shape[1]:
        raise Problem(f"The pooling in {layer.path} has units 0 to {given.shape[1] - 1}, not {question.unit}.")
    if not bool(given.isfinite().all()):
        raise Problem(f"What {layer.path} pools is NaN or infinity, so nothing wins.")
    one = given[:, question.unit : question.unit + 1].to("cpu", torch.float32)
    answer, won = torch.nn.functional.max_pool2d(
        one, window.kernel, window.stride, window.padding, window.dilation, ceil, return_indices=True
    )
    flowing = np.ones(answer.shape[2:], np.float32)
    if by_answer:
        asked = settled(replace(question, target=ClassTarget()))
        (found,) = layer_derivatives(asked, [[layer.path]])
        slope = found[layer.path][1] if layer.path in found else None
        if slope is None or slope.shape[2:] != answer.shape[2:] or slope.shape[1] != given.shape[1]:
            raise Problem(f"What flows back to the pooling in {layer.path} cannot be told: let ones flow back.")
        flowing = as_array(slope[0, question.unit])
    return _Pool(as_array(one[0, 0]), won[0, 0].numpy(), as_array(answer[0, 0]), flowing, window)
