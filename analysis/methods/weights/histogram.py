"""How often which weight occurs in a layer, and in one of its filters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Array, Curves, Line


@dataclass(frozen=True)
class WeightHistogram:
    name: ClassVar[str] = "weight-histogram"
    title: ClassVar[str] = "Histogram of weights"
    summary: ClassVar[str] = "How often which weight occurs in a layer: a narrow peak at zero is a sparse layer."
    family: ClassVar[Family] = "weights"
    gives: ClassVar[type[Curves]] = Curves
    asks: ClassVar[frozenset[Ask]] = frozenset({"layer", "units"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the share of the weights in each bin; of the layer and, where a unit is asked about, of its filter",
        "edges": "where the bins begin and end",
    }
    live: ClassVar[bool] = True

    bins: int = setting(101, "How many bins; an odd number has zero in the middle of one.", low=2, high=1001)

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        from analysis.methods.weights.of_layer import row_by_row, weights_of
        from analysis.network.network import as_array
        from analysis.protocol.problems import Problem

        layer = weights_of(question)
        end = float(layer.largest().max()) or 1.0
        edges = np.linspace(-end, end, self.bins + 1)
        named = [("the layer", layer.flat)]
        if question.unit is not None:
            if not layer.has_units:
                raise Problem(f"{layer.called} has {layer.count} filters for {layer.node.units} units.")
            named.append((f"filter {question.unit}", layer.flat[question.unit : question.unit + 1]))
        parts = [(at, rows) for at, (_, values) in enumerate(named) for rows in row_by_row(values)]
        counts = np.zeros((len(named), self.bins), np.int64)
        for done, (at, rows) in enumerate(parts, 1):
            counts[at] += np.histogram(as_array(rows.double()), self.bins, (-end, end))[0]
            if done < len(parts):
                yield Progress(done, len(parts))
        shares = [(one / values.numel()).astype(np.float32) for one, (_, values) in zip(counts, named, strict=True)]
        lines = tuple(Line(name, share) for (name, _), share in zip(named, shares, strict=True))
        middles = ((edges[1:] + edges[:-1]) / 2).astype(np.float32)
        numbers: dict[str, Array] = {"result": np.stack(shares), "edges": edges}
        yield Progress(len(parts), len(parts), Curves(lines, middles, "weight", "share of the weights", numbers))
