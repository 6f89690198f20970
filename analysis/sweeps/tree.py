"""The one order in which shards become an atlas, whatever order they are finished in.

A node of the level l and number i stands for the shards from i·2^l on, 2^l of them; it is the left half merged with the
right half. As soon as both halves are there they become one and their files go, so that of any number of shards a few
files are on the disk. What is left in the end, or when more shards come, is merged from left to right.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from analysis.protocol.problems import Problem
from analysis.sweeps.node_file import read_node, write_node
from analysis.sweeps.statistics import LayerStatistics, merged

Arrays = dict[str, NDArray[Any]]
_NAME = re.compile(r"(\d+)\.(\d+)\.npz")


class Tree:
    """The nodes in a folder; of one program alone."""

    def __init__(self, folder: Path, layers: int) -> None:
        self.folder = folder
        self._layers = layers
        self._nodes: set[tuple[int, int]] = set()
        for path in folder.glob("*.npz"):
            found = _NAME.fullmatch(path.name)
            if found:
                self._nodes.add((int(found[1]), int(found[2])))
        for level, number in sorted(self._nodes):
            if self._above(level, number):  # a killed program had merged it already
                self._drop(level, number)

    def path(self, level: int, number: int) -> Path:
        return self.folder / f"{level}.{number}.npz"

    def has(self, shard: int) -> bool:
        """Whether the shard is in any node."""
        return any((level, shard >> level) in self._nodes for level in range(shard.bit_length() + 64))

    def add(self, shard: int) -> None:
        """The shard's file is there."""
        self._nodes.add((0, shard))
        self._promote(0, shard)

    def take(self, level: int, number: int, content: bytes) -> None:
        """A node of another machine."""
        from analysis.files.whole_file import write_whole

        write_whole(self.path(level, number), content)
        self._nodes.add((level, number))
        self._promote(level, number)

    def nodes(self) -> list[tuple[int, int]]:
        """From left to right."""
        return sorted(self._nodes, key=lambda node: node[1] << node[0])

    def forget(self, level: int, number: int) -> None:
        """A damaged one: its shards are computed again."""
        self._drop(level, number)

    def whole(self) -> list[LayerStatistics]:
        """All that is there as one, layer by layer."""
        found: list[LayerStatistics] | None = None
        for level, number in self.nodes():
            other = layers_of(read_node(self.path(level, number)), self._layers)
            found = other if found is None else [merged(one, two) for one, two in zip(found, other, strict=True)]
        if found is None:
            raise Problem("There is nothing of this sweep yet: let it run for a while.")
        return found

    def _promote(self, level: int, number: int) -> None:
        while (level, number ^ 1) in self._nodes:
            left, right = ((level, one) for one in (number & ~1, number | 1))
            halves = [layers_of(read_node(self.path(*one)), self._layers) for one in (left, right)]
            both = [merged(one, two) for one, two in zip(*halves, strict=True)]
            level, number = level + 1, number >> 1
            write_node(self.path(level, number), arrays_of(both))
            self._nodes.add((level, number))
            for one in (left, right):
                self._drop(*one)

    def _above(self, level: int, number: int) -> bool:
        return any(one > level and number >> (one - level) == other for one, other in self._nodes if one > level)

    def _drop(self, level: int, number: int) -> None:
        self._nodes.discard((level, number))
        with suppress(OSError):
            self.path(level, number).unlink()


def arrays_of(layers: list[LayerStatistics]) -> Arrays:
    return {f"{place}.{name}": array for place, one in enumerate(layers) for name, array in one.arrays().items()}


def layers_of(arrays: Arrays, count: int) -> list[LayerStatistics]:
    found = []
    for place in range(count):
        start = f"{place}."
        found.append(
            LayerStatistics.of({name[len(start) :]: array for name, array in arrays.items() if name.startswith(start)})
        )
    return found
