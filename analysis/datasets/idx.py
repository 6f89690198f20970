"""MNIST and its kin as their files lie on the disk, looked at a picture at a time where they are."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from analysis.datasets.data_set import inside
from analysis.pictures.decoding import open_regular_file
from analysis.protocol.origin import origin_in_data
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.protocol.frame import Pixels

_FILES = {"train": "train", "test": "t10k"}
_DIGITS = tuple("0123456789")
_CLASSES = {
    "FashionMNIST": (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    "KMNIST": ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
}


@dataclass(frozen=True, eq=False)
class IdxSet:
    """`name` is by what a recipe finds it: a known name or its folder, and the part."""

    kind: ClassVar[str] = "idx files"
    labels_at_hand: ClassVar[bool] = True

    name: str
    folder: str
    part: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    notes: tuple[str, ...] = field(default=())

    @property
    def title(self) -> str:
        return f"{os.path.basename(self.name)}/{self.part}"

    @property
    def count(self) -> int:
        return self.shape[0]

    def picture(self, index: int) -> Pixels:
        levels = self._pictures[inside(index, self.count, self.title)]
        return np.repeat(levels[..., None], 3, axis=2)

    def label(self, index: int) -> int | None:
        return int(self._labels[inside(index, self.count, self.title)])

    def origin(self, index: int) -> str:
        return origin_in_data(f"{self.name}/{self.part}", inside(index, self.count, self.title))

    @cached_property
    def _pictures(self) -> NDArray[np.uint8]:
        return _mapped(_file(self.folder, self.part, "images-idx3"), self.shape, 16)

    @cached_property
    def _labels(self) -> NDArray[np.uint8]:
        file = _file(self.folder, self.part, "labels-idx1")
        (count,) = _header(file, 1)
        if count != self.count:
            raise Problem(
                f"“{os.path.basename(file)}” has {count:,} labels for {self.count:,} pictures: load it again."
            )
        labels = _mapped(file, (count,), 8)
        if labels.max(initial=0) >= len(self.classes):
            raise Problem(
                f"“{os.path.basename(file)}” has labels of more than {len(self.classes)} classes: load it again."
            )
        return labels


def holds_idx(folder: str) -> bool:
    return bool(_parts(folder) or _parts(os.path.join(folder, "raw")))


def idx_set(folder: str, part: str = "", name: str = "") -> IdxSet:
    """Of a folder with the files of MNIST or its kin, or with the folder `raw` in which torchvision keeps them."""
    folder = os.path.abspath(folder)
    here = folder if _parts(folder) else os.path.join(folder, "raw")
    parts = _parts(here)
    part = part or parts[0]
    if part not in parts:
        raise Problem(f"There is no part “{part}” in “{os.path.basename(folder)}”: it has {' and '.join(parts)}.")
    count, height, width = _header(_file(here, part, "images-idx3"), 3)
    whole = name or folder
    classes = next((words for kin, words in _CLASSES.items() if kin in (name, *folder.split(os.sep))), _DIGITS)
    notes = tuple(f"There is another part: {whole}/{other}." for other in parts if other != part)
    return IdxSet(whole, here, part, classes, (count, height, width), notes)


def _parts(folder: str) -> list[str]:
    return [part for part in _FILES if os.path.isfile(_file(folder, part, "images-idx3"))]


def _file(folder: str, part: str, what: str) -> str:
    return os.path.join(folder, f"{_FILES[part]}-{what}-ubyte")


def _header(file: str, sides: int) -> tuple[int, ...]:
    """The numbers behind the mark, four bytes each with the largest first."""
    with open_regular_file(file) as stream:
        head = stream.read(4 + 4 * sides)
    shape = tuple(int.from_bytes(head[start : start + 4], "big") for start in range(4, len(head), 4))
    if head[:4] != bytes((0, 0, 8, sides)) or len(shape) != sides:
        raise Problem(f"“{os.path.basename(file)}” is no file of MNIST's kind: unpack or download it again.")
    return shape


def _mapped(file: str, shape: tuple[int, ...], offset: int) -> NDArray[np.uint8]:
    if os.path.getsize(file) < offset + math.prod(shape):
        raise Problem(f"“{os.path.basename(file)}” is cut off: download it again.")
    if 0 in shape:
        return np.zeros(shape, np.uint8)
    return np.memmap(file, np.uint8, "r", offset, shape)
