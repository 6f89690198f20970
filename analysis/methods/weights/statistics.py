"""Numbers of every filter of a layer: how large it is, how sparse, and which other one is nearly the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.results.kinds import Array, Table

if TYPE_CHECKING:
    from torch import Tensor

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

        from analysis.methods.weights.of_layer import ALIKE, alike, dead, row_by_row, weights_of
        from analysis.network.network import as_array

        layer = weights_of(question)
        flat = layer.flat
        near = alike(flat)
        index, likeness = near if near is not None else (torch.full((len(flat),), -1), torch.zeros(len(flat)))
        lifeless = dead(flat)
        remarks = [
            "dead" if gone else "alike" if cosine >= ALIKE else ""
            for gone, cosine in zip(lifeless.tolist(), likeness.tolist(), strict=True)
        ]
        most = layer.largest()
        bound = ZERO * most.max()
        parts = list(row_by_row(flat))
        room = torch.empty(parts[0].shape, dtype=torch.float64)  # one for all of them, which are hundreds of megabytes
        found = []
        for rows in parts:
            found.append(_of_rows(room[: len(rows)].copy_(rows), bound))
            if len(found) < len(parts):
                yield Progress(len(found), len(parts))
        norm, mean, deviation, zeros = (as_array(torch.cat(one)) for one in zip(*found, strict=True))
        columns: dict[str, Array] = {
            "filter": np.arange(len(flat)),
            "norm": norm,
            "mean": mean,
            "deviation": deviation,
            "largest": as_array(most),
            "zeros": zeros,
            "nearest": index.numpy(),
            "likeness": as_array(likeness),
            "remark": np.array(remarks, dtype=np.str_),
        }
        note = "" if near is not None else "They are too many to be compared with each other."
        yield Progress(len(parts), len(parts), Table(columns), note)


def _of_rows(exact: Tensor, bound: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Norm, mean, deviation and share of zeros of each; their signs are gone afterwards."""
    norm, mean, deviation = exact.norm(dim=1), exact.mean(1), exact.std(1, correction=0)
    zeros = (exact.abs_() <= bound).sum(1).double() / exact.shape[1]
    return norm, mean, deviation, zeros
