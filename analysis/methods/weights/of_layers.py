"""Numbers of the weights of every layer, one layer after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.weights.statistics import ZERO
from analysis.question.question import Question
from analysis.results.kinds import Table

if TYPE_CHECKING:
    from torch import Tensor


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

        from analysis.methods.weights.of_layer import (
            WHOLE,
            all_finite,
            all_weights,
            complex_weights,
            dead,
            rows_of_filters,
        )
        from analysis.protocol.problems import Problem

        found = all_weights(question.network)
        left_out = ", ".join(complex_weights(question.network))
        note = f"Left out, because their weights are complex numbers: {left_out}." if left_out else ""
        if not found:
            raise Problem(f"No layer of {question.network.title} has weights with rows and columns. {note}".strip())
        rows: list[tuple[Any, ...]] = []
        for number, (path, part, weight) in enumerate(found, 1):
            flat = rows_of_filters(part, weight)
            if not all_finite(weight):
                raise Problem(f"Among the weights of {path or WHOLE} is NaN or infinity, so they have no statistics.")
            largest = max(abs(float(end)) for end in weight.aminmax())
            small, norm, mean, spread = _of_all(flat, largest)
            shape = "×".join(map(str, weight.shape))
            lifeless = int(dead(flat).sum())
            rows.append(
                (
                    path or WHOLE,
                    shape,
                    weight.numel(),
                    norm,
                    mean,
                    spread,
                    largest,
                    small,
                    lifeless,
                )
            )
            if number < len(found):
                yield Progress(number, len(found))
        columns = dict(zip(self.declares, map(np.array, zip(*rows, strict=True)), strict=True))
        yield Progress(len(found), len(found), Table(columns), note)


def _of_all(flat: Tensor, largest: float) -> tuple[float, float, float, float]:
    """The share of zeros, norm, mean and deviation of all of them; of a huge matrix some rows at once."""
    from math import hypot, sqrt

    from analysis.methods.weights.of_layer import row_by_row

    found = [(len(rows) / len(flat), *_of_rows(rows, largest)) for rows in row_by_row(flat)]
    if len(found) == 1:
        return found[0][1:]
    zeros, mean = (sum(one[0] * one[place] for one in found) for place in (1, 3))
    square = sum(one[0] * (one[4] ** 2 + (one[3] - mean) ** 2) for one in found)
    return zeros, hypot(*(one[2] for one in found)), mean, sqrt(square)


def _of_rows(rows: Tensor, largest: float) -> tuple[float, float, float, float]:
    exact = rows.double()
    small = float((rows.abs() <= ZERO * largest).double().mean())
    return small, float(exact.norm()), float(exact.mean()), float(exact.std(correction=0))
