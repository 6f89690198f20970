"""What each unit's nine best places saw, cut out and packed into one file, and what the cuttings have in common."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from analysis.files.whole_file import writing_whole
from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.sweeps.layout import INDEX, PACK
from analysis.sweeps.manifest import Manifest
from analysis.sweeps.reading import Pictures
from analysis.sweeps.spec import SweepSpec
from analysis.sweeps.statistics import BEST, Doubles, Ints, LayerStatistics

LARGEST = 160  # pixels of the longer side
_PNG_UP_TO = 40  # pixels of the longer side that are kept as they are

Box = tuple[int, int, int, int]


class Tuning:
    """What the cuttings of each unit look like: mean colour, the direction of edges and how fine they are."""

    def __init__(self, units: int) -> None:
        self._colour = np.zeros((units, 3))
        self._bent = np.zeros((units, 3))  # squared slopes along rows and columns, and their product
        self._spread = np.zeros(units)
        self._count = np.zeros(units)

    def add(self, units: Ints, cutting: NDArray[np.uint8]) -> None:
        levels = cutting.astype(np.float64)
        self._colour[units] += levels.mean((0, 1)) / 255
        self._count[units] += 1
        grey = levels @ (0.299, 0.587, 0.114)
        if min(grey.shape) < 3:
            return
        down, across = np.gradient(grey)
        self._bent[units] += ((down**2).mean(), (across**2).mean(), (down * across).mean())
        self._spread[units] += grey.var()

    def colour(self) -> Doubles:
        return self._colour / np.maximum(self._count, 1)[:, None]

    def orientation(self) -> tuple[Doubles, Doubles]:
        """Of the edges, in degrees from lying (0) over rising (45) and standing (90), and how much they agree (0–1)."""
        down, across, both = self._bent.T
        whole = down + across
        along = 0.5 * np.arctan2(2 * both, across - down)  # of the slope; an edge stands across it
        angle = np.degrees(-along + np.pi / 2) % 180
        sure = np.sqrt((across - down) ** 2 + 4 * both**2) / np.where(whole > 0, whole, 1)
        return np.where(whole > 0, angle, 0.0), np.where(whole > 0, sure, 0.0)

    def frequency(self) -> Doubles:
        """How fine they are on the average, in waves a pixel."""
        slope = self._bent[:, 0] + self._bent[:, 1]
        there = self._spread > 0
        return np.where(there, np.sqrt(slope / np.where(there, self._spread, 1)) / (2 * np.pi), 0.0)


def pack(
    folder: Path, spec: SweepSpec, manifest: Manifest, whole: list[LayerStatistics], network: Network, tuning: Tuning
) -> Iterator[tuple[int, int]]:
    """Writes the pack and its index, picture by picture; yields how many pictures are done, and of how many.

    What several units saw alike is there once. The index has of every unit's nine the place in the pack and the length.
    """
    units = spec.units
    index = np.zeros((units, BEST, 2), np.int64)
    wanted: dict[int, list[tuple[int, int, Box]]] = {}
    height, width = spec.size
    first = 0
    for layer, known in zip(spec.layers, whole, strict=True):
        for unit, rank in zip(*np.nonzero(known.best_picture >= 0), strict=True):
            row, column = divmod(int(known.best_place[unit, rank]), layer.columns)
            box = layer.box(row, column, height, width)
            picture = int(known.best_picture[unit, rank])
            wanted.setdefault(picture, []).append((first + int(unit), int(rank), box))
        first += layer.units
    pictures = Pictures(manifest.source, manifest.is_folder, spec.draft)
    place = 0
    with writing_whole(folder / PACK) as stream:
        for done, number in enumerate(sorted(wanted), 1):
            try:
                seen = pictures.fitted(manifest.entries[number], network)
            except Problem:  # it was there when it was swept
                yield done, len(wanted)
                continue
            by_box: dict[Box, list[tuple[int, int]]] = {}
            for unit, rank, box in wanted[number]:
                by_box.setdefault(box, []).append((unit, rank))
            for (top, left, bottom, right), those in sorted(by_box.items()):
                cutting = seen[top:bottom, left:right]
                content = _encoded(cutting)
                stream.write(content)
                for unit, rank in those:
                    index[unit, rank] = place, len(content)
                tuning.add(np.array([unit for unit, _ in those]), cutting)
                place += len(content)
            yield done, len(wanted)
    np.save(folder / INDEX, index)


def _encoded(cutting: NDArray[np.uint8]) -> bytes:
    image = Image.fromarray(np.ascontiguousarray(cutting))
    if max(image.size) > LARGEST:
        image.thumbnail((LARGEST, LARGEST))
    stream = io.BytesIO()
    if max(image.size) <= _PNG_UP_TO:
        image.save(stream, "PNG")
    else:
        image.save(stream, "JPEG", quality=88)
    return stream.getvalue()
