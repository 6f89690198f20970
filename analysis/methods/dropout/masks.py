"""Dropout on the maps of a layer: single elements are left out, or whole maps.

What is left out is zero, and what stays is multiplied by 1 / (1 − p), so that the sum stays about what it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Tile, Tiles


@dataclass(frozen=True)
class DropoutMasks:
    name: ClassVar[str] = "dropout-masks"
    title: ClassVar[str] = "Elements or whole maps"
    summary: ClassVar[str] = "The maps of a layer with single elements left out, and with whole maps left out."
    family: ClassVar[Family] = "dropout"
    gives: ClassVar[type[Tiles]] = Tiles
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "layer", "seed"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the maps as they are, with elements left out, and with whole maps left out",
        "units": "the numbers of these maps",
        "elements": "which elements stay",
        "maps": "which whole maps stay",
        "likeness": "the correlation of an element with the one at its right and the one below, over all maps",
    }
    live: ClassVar[bool] = True

    probability: float = setting(0.5, "p: how probably something is left out.", low=0, high=0.95)
    maps: int = setting(6, "How many maps are drawn.", low=1, high=16)
    first: int = setting(0, "The first of them.", low=0, high=100_000)

    def run(self, question: Question) -> Iterator[Progress]:
        import numpy as np

        from analysis.network.network import as_array
        from analysis.protocol.problems import Problem
        from analysis.question.scalar import asked_layer, layer_output

        layer = asked_layer(question)
        whole = as_array(layer_output(question)).astype(np.float32)
        if whole.ndim != 3:
            raise Problem(f"{layer.path} has no maps, so there is nothing to leave out of them: choose a convolution.")
        if not np.isfinite(whole).all():
            raise Problem(f"What {layer.path} returns is NaN or infinity, so it is not drawn.")
        start = min(self.first, len(whole) - 1)
        chosen = np.arange(start, min(start + self.maps, len(whole)))
        values, stays = whole[chosen], np.float32(1 / (1 - self.probability))
        random = np.random.default_rng(question.seed)
        elements = random.random(values.shape) >= self.probability
        of_maps = random.random(len(values)) >= self.probability
        rows = np.stack([values, values * elements * stays, values * of_maps[:, None, None] * stays])
        likeness = _likeness(whole)
        tiles = []
        for row, shown in enumerate(rows):
            for unit, map_ in zip(chosen.tolist(), shown, strict=True):
                reach = float(np.abs(rows[:, unit - start]).max()) or 1.0
                low = -reach if float(rows[:, unit - start].min()) < 0 else 0.0
                gone = row == 2 and not of_maps[unit - start]
                tiles.append(Tile(map_, f"unit {unit}", low, reach, unit=unit, marked="out" if gone else ""))
        out = int((~of_maps).sum())
        words = (
            f"{layer.path}: an element is like the one beside it, correlation {likeness:.2f}: what is left out of a "
            f"map is told by its neighbours. {out} of {len(chosen)} maps are out as a whole, and nothing tells them. "
            f"What stays is multiplied by {float(stays):.3g}."
        )
        numbers = {
            "result": rows,
            "units": chosen,
            "elements": elements,
            "maps": of_maps,
            "likeness": np.array(likeness, np.float32),
        }
        named = ("as they are", "elements", "whole maps")
        yield Progress(1, 1, Tiles(tuple(tiles), len(chosen), words, numbers, named))


def _likeness(maps: object) -> float:
    """Of neighbours, each map about its own mean; 0 where none varies."""
    import numpy as np

    values = np.asarray(maps, np.float64)
    around = values - values.mean((1, 2), keepdims=True)
    pairs = [(around[:, :, 1:], around[:, :, :-1]), (around[:, 1:], around[:, :-1])]
    together = sum(float((one * other).sum()) for one, other in pairs)
    alone = sum(float(np.sqrt((one**2).sum() * (other**2).sum())) for one, other in pairs)
    return together / alone if alone else 0.0
