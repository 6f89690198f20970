"""How often which value of a unit occurs over many pictures, beside all units of its layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.populations import shown
from analysis.methods.populations.shown import chosen, inputs, left_out, maps, none_could_be_read, unit_asked
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Array, Curves, Line


@dataclass(frozen=True)
class Distribution:
    name: ClassVar[str] = "distribution"
    title: ClassVar[str] = "Distribution"
    summary: ClassVar[str] = "How often which value of the unit occurs over many pictures, beside its whole layer."
    family: ClassVar[Family] = "populations"
    gives: ClassVar[type[Curves]] = Curves
    asks: ClassVar[frozenset[Ask]] = frozenset({"layer", "unit", "seed"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the share of the values in each bin, of the unit and of all units of the layer",
        "edges": "where the bins begin and end",
        "mean": "of the unit's values",
        "deviation": "of the unit's values",
        "zeros": "share of the unit's values that are zero",
        "counted": "how many values of the unit there were",
    }
    live: ClassVar[bool] = False

    pictures: int = shown.many()
    noise: bool = shown.noise()
    bins: int = setting(81, "How many bins.", low=2, high=1001)

    def also_asks(self) -> frozenset[Ask]:
        return frozenset() if self.noise else frozenset({"data"})

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        from analysis.network.network import as_array
        from analysis.protocol.problems import Problem

        layer, unit = unit_asked(question)
        numbers = chosen(question, self.pictures, self.noise)
        total = len(numbers)
        low, high = np.inf, -np.inf
        lost: list[str] = []
        sound: list[int] = []
        for done, one in enumerate(inputs(question, numbers, self.noise), 1):
            if one.input is None:
                lost.append(one.problem)
            else:
                sound.append(one.number)
                values = as_array(maps(question, layer, one.input))
                finite = values[np.isfinite(values)]
                if finite.size:
                    low, high = min(low, float(finite.min())), max(high, float(finite.max()))
            yield Progress(done, 2 * total, None, f"the range over {done} of {total} pictures")
        if lost and not sound:
            raise Problem(none_could_be_read(question, lost))
        if not low <= high:
            raise Problem(f"No value of {layer.path} is a number: choose another layer.")
        edges = np.linspace(low, high if high > low else low + 1, self.bins + 1)
        counts = np.zeros((2, self.bins), np.int64)
        known = _Moments()
        for done, one in enumerate(inputs(question, sound, self.noise), 1):
            if one.input is not None:
                values = as_array(maps(question, layer, one.input))
                own = values[unit][np.isfinite(values[unit])].astype(np.float64)
                counts[0] += np.histogram(own, edges)[0]
                counts[1] += np.histogram(values[np.isfinite(values)].astype(np.float64), edges)[0]
                known.add(own)
            yield Progress(total + done, 2 * total, _drawn(unit, counts, edges, known))
        yield Progress(2 * total, 2 * total, _drawn(unit, counts, edges, known), left_out(lost, total))


class _Moments:
    """Mean and deviation over pictures, without a look back."""

    def __init__(self) -> None:
        self.count = self.zeros = 0
        self.mean = self.spread = 0.0

    def add(self, values: Array) -> None:
        if not values.size:
            return
        count = self.count + values.size
        mean = float(values.mean())
        apart = mean - self.mean
        self.spread += float(((values - mean) ** 2).sum()) + apart**2 * self.count * values.size / count
        self.mean += apart * values.size / count
        self.zeros += int((values == 0).sum())
        self.count = count


def _drawn(unit: int, counts: Array, edges: Array, known: _Moments) -> Curves:
    import numpy as np

    shares = (counts / np.maximum(counts.sum(1, keepdims=True), 1)).astype(np.float32)
    numbers: dict[str, Array] = {
        "result": shares,
        "edges": edges,
        "mean": np.array(known.mean),
        "deviation": np.array((known.spread / max(known.count, 1)) ** 0.5),
        "zeros": np.array(known.zeros / max(known.count, 1)),
        "counted": np.array(known.count),
    }
    lines = (Line(f"unit {unit}", shares[0]), Line("the layer", shares[1]))
    middles = ((edges[1:] + edges[:-1]) / 2).astype(np.float32)
    few = ("mean", "deviation", "zeros")
    return Curves(lines, middles, "activation", "share of the values", numbers, few)
