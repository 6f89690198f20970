"""All that the numbers of a sweep depend on besides its pictures.

Kernels round differently with other batches and other numbers of threads, so these are part of it: two sweeps of one
spec over one manifest are equal to the byte on one kind of processor, and to about 1e-5 across unlike ones.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, Recipe, from_json, to_json

VERSION = 3  # of the arithmetic: one more when the same spec would give other numbers


@dataclass(frozen=True)
class SweptLayer:
    """A layer that is swept. `counted` of its places enter the histogram of each picture."""

    path: str
    units: int
    rows: int
    columns: int
    type: str
    counted: int
    before_relu: bool = False  # whether it is a rectifier's answer, of which is known what came in
    field: tuple[tuple[int, int], tuple[int, int], tuple[int, int]] | None = None  # size, stride, start
    is_answer: bool = False  # whether its units are the classes of the network

    @property
    def places(self) -> int:
        return self.rows * self.columns

    def box(self, row: int, column: int, height: int, width: int) -> tuple[int, int, int, int]:
        """Top, left, bottom, right of what this place sees inside the picture; all of it where that is not known."""
        if self.field is None or self.places == 1:
            return 0, 0, height, width
        size, stride, start = self.field
        top, left = (start[axis] + place * stride[axis] for axis, place in enumerate((row, column)))
        box = (max(top, 0), max(left, 0), min(top + size[0], height), min(left + size[1], width))
        return box if box[0] < box[2] and box[1] < box[3] else (0, 0, height, width)


@dataclass(frozen=True)
class SweepSpec:
    """`shard` is how many pictures are one piece of work, `kept` how many the pooled matrix has at most."""

    model: ModelChoice
    layers: tuple[SweptLayer, ...]
    size: tuple[int, int]  # height and width of what the network sees
    batch: int
    shard: int
    threads: int = 1
    kept: int = 20_000
    draft: bool = True  # large JPEGs are decoded at a smaller size
    device: str = "cpu"

    @property
    def units(self) -> int:
        return sum(layer.units for layer in self.layers)

    def text(self) -> str:
        told = asdict(self) | {"model": json.loads(to_json(Recipe(self.model)))["model"], "version": VERSION}
        return json.dumps(told, indent=2, sort_keys=True)

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.text().encode()).hexdigest()


def spec_of(text: str) -> SweepSpec:
    """The spec as `text` wrote it."""
    try:
        told: dict[str, Any] = json.loads(text)
        if told["version"] > VERSION:
            raise Problem("This atlas was made by a newer Underhood: open it with that one.")
        if told["version"] < VERSION:
            raise Problem("This sweep was begun by an older Underhood, whose numbers differ: sweep into a new folder.")
        layers = tuple(_layer(one) for one in told["layers"])
        model = from_json(json.dumps({"model": told["model"], "method": "activations"})).model
        plain = {name: told[name] for name in ("batch", "shard", "threads", "kept", "draft", "device")}
        return SweepSpec(model, layers, (told["size"][0], told["size"][1]), **plain)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Problem("The spec of this atlas is damaged: sweep into a new folder.") from error


def _layer(told: dict[str, Any]) -> SweptLayer:
    field = told.pop("field")
    pairs = None if field is None else tuple((int(one[0]), int(one[1])) for one in field)
    return SweptLayer(**told, field=pairs)  # type: ignore[arg-type]
