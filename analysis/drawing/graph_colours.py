"""The colours of a graph's boxes: by the square root of their share, so that small ones are told apart, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isinf

import numpy as np
from numpy.typing import NDArray

from analysis.drawing.colours import table
from analysis.drawing.graph_drawing import Box
from analysis.results.kinds import Graph
from analysis.results.words import number_words

COLOURS, GAMMA = "viridis", 0.5
ALL = {"sparsity": 1.0}  # where a scale ends by itself


@dataclass(frozen=True, eq=False)
class Scale:
    """From 0 to `high`; what has no end, as a field that is the whole picture, has the last colour."""

    high: float
    words: str
    colours: NDArray[np.uint8]

    def colour(self, value: float) -> tuple[int, int, int] | None:
        """None where there is no number."""
        if isinf(value):
            return self._at(255)
        if not isfinite(value) or self.high <= 0:
            return None
        return self._at(round(255 * min(max(value / self.high, 0.0), 1.0)))

    def _at(self, level: int) -> tuple[int, int, int]:
        red, green, blue = (int(one) for one in self.colours[level])
        return red, green, blue


def scale_of(graph: Graph, boxes: Sequence[Box]) -> Scale | None:
    """None where nothing is coloured."""
    if not graph.quantity:
        return None
    values = [box.cost.value for box in boxes if not box.frame and isfinite(box.cost.value)]
    high = ALL.get(graph.quantity, max(values, default=0.0))
    words = f"{graph.quantity}, {graph.unit}" if graph.unit else graph.quantity
    return Scale(high, words, table(COLOURS, GAMMA))


def ink(colour: tuple[int, int, int]) -> str:
    """What can be read on this colour."""
    red, green, blue = colour
    return "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 130 else "#ffffff"


def cost_words(graph: Graph, box: Box) -> list[str]:
    """What it is, gives and costs; a line each."""
    part, cost = box.part, box.cost
    lines = [f"{part.path or graph.nodes[part.first].name} · {box.title.partition(' · ')[2] or part.kind}"]
    if part.kind == "operation":
        lines = [f"{graph.nodes[part.first].name}" + (f" in {part.path}" if part.path else "")]
    if part.kind == "repeated":
        lines = [f"{box.title}: the same {part.times} times, one after the other"]
    lines.append(f"gives {box.words}" if box.words else "gives nothing")
    if cost.weights:
        lines.append(f"{cost.weights:,} parameters")
    if cost.multiplications:
        lines.append(f"{cost.multiplications:,} multiplications")
    if graph.quantity and graph.quantity not in ("parameters", "multiplications") and cost.value == cost.value:
        value = "the whole picture" if isinf(cost.value) else f"{number_words(cost.value)} {graph.unit}".strip()
        lines.append(f"{graph.quantity}: {value}")
    operations = part.last - part.first
    if operations > 1:
        lines.append(f"{operations:,} operations")
    return lines
