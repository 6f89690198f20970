"""What a tensor has become when other views of its memory were written to: numbers from here and from there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from analysis.quick.runtime.onnx_file import Array
from analysis.quick.runtime.operations.words import Writer, shaped, whole

Layout = tuple[tuple[int, ...], tuple[int, ...], int]  # sizes, steps and where it begins


@dataclass(frozen=True)
class Write:
    """Which places of a memory were written to, and what is there since."""

    layout: Layout
    name: str


def layout_of(tensor: Tensor) -> Layout:
    return tuple(tensor.shape), tuple(tensor.stride()), int(tensor.storage_offset())


def covered(write: Writer, name: str, layout: Layout, writes: Sequence[Write]) -> str:
    """A name for what is there after those writes; `name` is of what was there before."""
    mine = _places(layout)
    theirs = [_places(one.layout) for one in writes]
    size = max(int(places.max(initial=0)) for places in (mine, *theirs)) + 1
    source, place = np.zeros(size, np.int64), np.zeros(size, np.int64)
    place[mine] = np.arange(mine.size)
    for number, places in enumerate(theirs, 1):
        source[places], place[places] = number, np.arange(places.size)
    source, place = source[mine], place[mine]
    used = np.unique(source)
    names = [name, *(one.name for one in writes)]
    if used.tolist() == [0]:
        return name
    sizes = [mine.size, *(places.size for places in theirs)]
    if len(used) == 1 and sizes[used[0]] == mine.size and (place == np.arange(mine.size)).all():
        return shaped(write, names[used[0]], layout[0])
    firsts = np.zeros(len(names), np.int64)
    firsts[used] = np.cumsum([0, *(sizes[one] for one in used[:-1])])
    parts = [write.add("Reshape", names[one], whole(write, -1)) for one in used]
    every = parts[0] if len(parts) == 1 else write.add("Concat", *parts, axis=0)
    taken: Array = firsts[source] + place
    return shaped(write, write.add("Gather", every, write.constant(taken), axis=0), layout[0])


def meet(one: Layout, other: Layout) -> bool:
    return bool(np.isin(_places(one), _places(other)).any())


def _places(layout: Layout) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Of all its numbers in their order."""
    sizes, steps, first = layout
    places = np.full(1, first, np.int64)
    for size, step in zip(sizes, steps, strict=True):
        places = (places[:, None] + np.arange(size) * step).reshape(-1)
    assert places.size == math.prod(sizes)
    return places
