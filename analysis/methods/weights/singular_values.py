"""How many directions a layer really uses: the singular values of its weights as a matrix."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.results.kinds import Curves, Line

MOST = 2048  # of the shorter side of the matrix
_PART = 4096  # columns at once


@dataclass(frozen=True)
class SingularValues:
    name: ClassVar[str] = "singular-values"
    title: ClassVar[str] = "Singular values"
    summary: ClassVar[str] = "How many directions a layer really uses: the singular values of its filters as a matrix."
    family: ClassVar[Family] = "weights"
    gives: ClassVar[type[Curves]] = Curves
    asks: ClassVar[frozenset[Ask]] = frozenset({"layer"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the singular values, the largest first, of the matrix filters × everything that one of them weighs",
        "rank": "how many of them are at least a hundredth of the largest",
    }
    live: ClassVar[bool] = False

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np
        import torch

        from analysis.methods.weights.of_layer import weights_of
        from analysis.protocol.problems import Problem

        layer = weights_of(question)
        matrix = layer.flat
        matrix = matrix if len(matrix) <= matrix.shape[1] else matrix.T
        if len(matrix) > MOST:
            raise Problem(
                f"{layer.called} is a matrix of {layer.count:,} × {layer.flat.shape[1]:,}: singular values are "
                f"computed up to {MOST:,} on the shorter side."
            )
        parts = -(-matrix.shape[1] // _PART)
        products = torch.zeros(len(matrix), len(matrix), dtype=torch.float64)
        for part in range(parts):
            columns = matrix[:, part * _PART : (part + 1) * _PART].double()
            products += columns @ columns.T
            yield Progress(part + 1, parts + 1)
        squares = torch.linalg.eigvalsh(products).clamp_min(0).flip(0)
        values = squares.sqrt().float().numpy()
        rank = np.array([int((values >= 0.01 * values[0]).sum())])
        places = np.arange(1, len(values) + 1, dtype=np.float32)
        numbers = {"result": values, "rank": rank}
        lines = (Line("singular value", values),)
        curves = Curves(lines, places, "number", "singular value", numbers, few=("rank",), counted=True)
        yield Progress(parts + 1, parts + 1, curves)
