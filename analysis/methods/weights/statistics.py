"""Numbers of every filter of a layer: how large it is, how sparse, and which other one is nearly the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.results.kinds import Array, Table

ZERO = 1e-6  # of the layer's largest weight


@dataclass(frozen=True)
class WeightStatistics:
    name: ClassVar[str] = "weight-statistics"
    title: ClassVar[str] = "Statistics of filters"
    summary: ClassVar[str] = "How large each filter of a layer is, how sparse, and which other one it nearly repeats."
    family: ClassVar[Family] = "weights"
    gives: ClassVar[type[Table]] = Table
    asks: ClassVar[frozenset[Ask]] = frozenset({"layer"})
    declares: ClassVar[Mapping[str, str]] = {
        "filter": "its number",
        "norm": "the root of the sum of its squared weights",
        "mean": "the mean of its weights",
        "deviation": "how far they lie around it",
        "largest": "its largest weight, by absolute value",
        "zeros": "the share of its weights under a millionth of the layer's largest",
        "nearest": "the filter that points most nearly in its direction",
        "likeness": "the cosine between the two",
        "remark": "dead: under a thousandth of the layer's median norm; alike: a cosine of at least 0.95",
    }
    live: ClassVar[bool] = True

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np
        import torch

        from analysis.methods.weights.of_layer import ALIKE, alike, dead, weights_of
        from analysis.network.network import as_array

        flat = weights_of(question).flat
        near = alike(flat)
        index, likeness = near if near is not None else (torch.full((len(flat),), -1), torch.zeros(len(flat)))
        lifeless = dead(flat)
        remarks = [
            "dead" if gone else "alike" if cosine >= ALIKE else ""
            for gone, cosine in zip(lifeless.tolist(), likeness.tolist(), strict=True)
        ]
        exact = flat.double()
        columns: dict[str, Array] = {
            "filter": np.arange(len(flat)),
            "norm": as_array(exact.norm(dim=1)),
            "mean": as_array(exact.mean(1)),
            "deviation": as_array(exact.std(1, correction=0)),
            "largest": as_array(flat.abs().amax(1)),
            "zeros": as_array((flat.abs() <= ZERO * flat.abs().max()).double().mean(1)),
            "nearest": index.numpy(),
            "likeness": as_array(likeness),
            "remark": np.array(remarks, dtype=np.str_),
        }
        note = "" if near is not None else "They are too many to be compared with each other."
        yield Progress(1, 1, Table(columns), note)
