"""Numbers of the weights of every layer, one layer after the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.weights.statistics import ZERO
from analysis.question.question import Question
from analysis.results.kinds import Table


@dataclass(frozen=True)
class WeightsOfLayers:
    name: ClassVar[str] = "weights-of-layers"
    title: ClassVar[str] = "Statistics of layers"
    summary: ClassVar[str] = (
        "How many weights each layer has, how large they are, how sparse, and how many filters are dead."
    )
    family: ClassVar[Family] = "weights"
    gives: ClassVar[type[Table]] = Table
    asks: ClassVar[frozenset[Ask]] = frozenset()
    declares: ClassVar[Mapping[str, str]] = {
        "layer": "its path",
        "shape": "of its weights",
        "weights": "how many they are",
        "norm": "the root of the sum of their squares",
        "mean": "their mean",
        "deviation": "how far they lie around it",
        "largest": "the largest, by absolute value",
        "zeros": "the share of them under a millionth of the largest",
        "dead": "how many filters are under a thousandth of the median norm",
    }
    live: ClassVar[bool] = False

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        from analysis.methods.weights.of_layer import all_weights, dead, rows_of_filters
        from analysis.protocol.problems import Problem

        found = all_weights(question.network)
        if not found:
            raise Problem(f"No layer of {question.network.title} has weights with rows and columns.")
        rows: list[tuple[Any, ...]] = []
        for number, (path, part, weight) in enumerate(found, 1):
            exact = weight.double()
            if not bool(weight.isfinite().all()):
                raise Problem(f"Among the weights of {path} is NaN or infinity, so they have no statistics.")
            largest = float(weight.abs().max())
            small = float((weight.abs() <= ZERO * largest).double().mean())
            shape = "×".join(map(str, weight.shape))
            spread = float(exact.std(correction=0))
            lifeless = int(dead(rows_of_filters(part, weight)).sum())
            rows.append(
                (
                    path,
                    shape,
                    weight.numel(),
                    float(exact.norm()),
                    float(exact.mean()),
                    spread,
                    largest,
                    small,
                    lifeless,
                )
            )
            if number < len(found):
                yield Progress(number, len(found))
        columns = dict(zip(self.declares, map(np.array, zip(*rows, strict=True)), strict=True))
        yield Progress(len(found), len(found), Table(columns))
