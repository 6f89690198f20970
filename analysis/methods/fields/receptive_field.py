"""How much of the picture a place of a layer can see, worked out operation by operation.

r = r' + (k − 1) · d · j',  j = j' · s,  start = start' − p · j'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.operation_kinds import in_words
from analysis.question.question import Question
from analysis.results.kinds import Table

if TYPE_CHECKING:
    from analysis.tracing.field_path import FieldStep, Pair

WHOLE = "all"


@dataclass(frozen=True)
class ReceptiveField:
    name: ClassVar[str] = "receptive-field"
    title: ClassVar[str] = "Receptive field"
    summary: ClassVar[str] = "How much of the picture a place of the layer can see, worked out line by line."
    family: ClassVar[Family] = "fields"
    gives: ClassVar[type[Table]] = Table
    asks: ClassVar[frozenset[Ask]] = frozenset({"layer"})
    declares: ClassVar[Mapping[str, str]] = {
        "layer": "the part of the network that does it; of several paths the one that sees most",
        "working": "how the field comes from the line before: r = r′ + (kernel − 1) · dilation · jump′",
        "field": "r: how many pixels one place of it sees",
        "jump": "how many pixels lie between two neighbours of what it gives",
        "start": "the first pixel that its place 0 sees; outside of the picture where it is negative",
        "operation": "what it does",
        "kernel": "rows × columns where they differ, as in the columns that follow",
        "stride": "how far it goes from one to the next",
        "dilation": "how far its weights lie apart",
        "padding": "how far it goes beyond the edge",
    }
    live: ClassVar[bool] = True

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        from analysis.network.own_code import let_interrupt_pass, told
        from analysis.protocol.problems import Problem
        from analysis.question.scalar import asked_layer
        from analysis.tracing.field_path import field_path

        layer, network = asked_layer(question), question.network
        try:
            steps = field_path(network.module, question.input, layer.path)
        except Problem:
            raise
        except BaseException as error:  # the network may be the person's own and can fail in any way
            let_interrupt_pass(error)
            raise Problem(f"{network.title} failed on an empty picture: {told(error)}.") from error
        if steps is None:
            raise Problem(f"What {layer.path} gives cannot be followed back to the picture.")
        rows: list[tuple[str, ...]] = [("picture", "r = 1", "1", "1", "0", "", "", "", "", "")]
        rows += [_row(before, step) for before, step in pairwise(steps) if _matters(before, step)]
        columns = {
            name: np.array(cells, np.str_) for name, cells in zip(self.declares, zip(*rows, strict=True), strict=True)
        }
        yield Progress(1, 1, Table(columns), _sentence(layer.path, steps[-1], layer.global_context))


def _matters(before: FieldStep, step: FieldStep) -> bool:
    return step.window is not None or step.spans != before.spans


def _row(before: FieldStep, step: FieldStep) -> tuple[str, ...]:
    window = step.window
    pairs = (window.kernel, window.stride, window.dilation, window.padding) if window is not None else ()
    cells = [_pair(one) for one in pairs] or [""] * 4
    sides = [_of(step, name) for name in ("size", "stride", "start")]
    return (step.module, _working(before, step), *sides, _name(step), *cells)


def _name(step: FieldStep) -> str:
    if step.window is not None and step.window.transposed:
        return "transposed convolution"
    return in_words(step.operation)


def _of(step: FieldStep, name: str) -> str:
    found = [_number(getattr(span, name)) if span is not None else WHOLE for span in step.spans]
    return found[0] if found[0] == found[1] else "×".join(found)


def _pair(pair: Pair) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}×{pair[1]}"


def _number(value: Any) -> str:
    return str(value).replace("-", "−")


def _working(before: FieldStep, step: FieldStep) -> str:
    """One line for both sides, or one for each where they differ."""
    lines = [_side(before, step, side) for side in (0, 1)]
    return lines[0] if lines[0] == lines[1] else f"rows: {lines[0]}; columns: {lines[1]}"


def _side(before: FieldStep, step: FieldStep, side: int) -> str:
    old, new, window = before.spans[side], step.spans[side], step.window
    if new is None:
        return "r = the whole side" if old is not None else "still the whole side"
    if old is None:
        return f"r = {_number(new.size)}"
    if window is not None and not window.transposed:
        k, d = window.kernel[side], window.dilation[side]
        if old.size + (k - 1) * d * old.stride == new.size:
            grown = f"{_number(old.size)} + ({k} − 1) · {d} · {_number(old.stride)}"
            return f"r = {grown} = {_number(new.size)}"
    if window is not None and window.transposed:
        return f"r = {_number(new.size)}, from {_number(old.size)}, at a jump of {_number(new.stride)}"
    if len(step.inputs) > 1:
        return f"r = {_number(new.size)}: what all {len(step.inputs)} branches see together"
    return f"r = {_number(new.size)}, from {_number(old.size)}"


def _sentence(path: str, step: FieldStep, context: bool) -> str:
    rows, columns = step.spans
    if rows is None or columns is None:
        return f"A place of {path} sees the whole picture, or what it sees cannot be told."
    size = f"{_number(rows.size)} × {_number(columns.size)}"
    jump = f"{_number(rows.stride)} × {_number(columns.stride)}"
    middle = f"{_number(rows.start)} + i · {_number(rows.stride)} + ({_number(rows.size)} − 1) / 2"
    besides = " Besides, something that is computed of the whole picture scales its values." if context else ""
    return f"Each place of {path} sees {size} pixels, {jump} from the next; row i is centred at {middle}.{besides}"
