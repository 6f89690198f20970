"""CIFAR-10 and CIFAR-100 in the files that torchvision downloads, a batch of ten thousand at a time.

They are Python's pickles, which can run anything: here nothing is made from them but arrays, lists and words.
"""

from __future__ import annotations

import io
import os
import pickle
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from analysis.datasets.data_set import inside
from analysis.pictures.decoding import open_regular_file
from analysis.protocol.frame import Pixels
from analysis.protocol.origin import origin_in_data
from analysis.protocol.problems import Problem, in_one_line

_MOST_BYTES = 1_000_000_000
_KEPT = 2  # batches


@dataclass(frozen=True)
class _Layout:
    """The names of files and of what is in them."""

    folder: str
    parts: dict[str, tuple[str, ...]]
    labels: str
    classes: str
    meta: str
    rows: dict[str, int]  # in each file as it is downloaded


_LAYOUTS = {
    "CIFAR10": _Layout(
        "cifar-10-batches-py",
        {"train": tuple(f"data_batch_{number}" for number in range(1, 6)), "test": ("test_batch",)},
        *("labels", "label_names", "batches.meta"),
        {"train": 10_000, "test": 10_000},
    ),
    "CIFAR100": _Layout(
        "cifar-100-python",
        {"train": ("train",), "test": ("test",)},
        *("fine_labels", "fine_label_names", "meta"),
        {"train": 50_000, "test": 10_000},
    ),
}
_BYTES_A_ROW = 3072


@dataclass(frozen=True, eq=False)
class CifarSet:
    """The few batches that were looked at last are kept. The labels of all are read when the first is asked for."""

    kind: ClassVar[str] = "CIFAR batches"
    labels_at_hand: ClassVar[bool] = True

    name: str
    folder: str
    part: str
    layout: _Layout
    classes: tuple[str, ...]
    starts: tuple[int, ...]  # of each batch, and the end of the last
    notes: tuple[str, ...] = field(default=())
    _batches: OrderedDict[str, NDArray[np.uint8]] = field(default_factory=OrderedDict, repr=False)
    _labels: dict[str, list[int]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def title(self) -> str:
        return f"{os.path.basename(self.name)}/{self.part}"

    @property
    def count(self) -> int:
        return self.starts[-1]

    def picture(self, index: int) -> Pixels:
        file, row = self._place(index)
        with self._lock:
            if file not in self._batches:
                self._read(file)
            self._batches.move_to_end(file)
            levels = self._batches[file][row]
        return np.ascontiguousarray(levels.reshape(3, 32, 32).transpose(1, 2, 0))

    def label(self, index: int) -> int | None:
        file, row = self._place(index)
        with self._lock:
            if file not in self._labels:
                self._read(file)
            return self._labels[file][row]

    def origin(self, index: int) -> str:
        return origin_in_data(f"{self.name}/{self.part}", inside(index, self.count, self.title))

    def _place(self, index: int) -> tuple[str, int]:
        inside(index, self.count, self.title)
        batch = next(number for number, end in enumerate(self.starts[1:]) if index < end)
        return self.layout.parts[self.part][batch], index - self.starts[batch]

    def _read(self, file: str) -> None:
        pixels, labels = _batch(os.path.join(self.folder, file), self.layout)
        number = self.layout.parts[self.part].index(file)
        if len(labels) != self.starts[number + 1] - self.starts[number]:
            raise Problem(f"“{file}” has {len(labels):,} pictures, and not as many as it should: download it again.")
        if not all(0 <= label < len(self.classes) for label in labels):
            raise Problem(f"“{file}” has labels of more than {len(self.classes)} classes: download it again.")
        self._labels[file] = labels
        self._batches[file] = pixels
        while len(self._batches) > _KEPT:
            self._batches.popitem(last=False)


def holds_cifar(folder: str) -> str | None:
    """Which of the two is in this folder, or in the one in it that has their name."""
    for name, layout in _LAYOUTS.items():
        for one in (folder, os.path.join(folder, layout.folder)):
            if os.path.isfile(os.path.join(one, layout.meta)) and _there(one, layout):
                return name
    return None


def cifar_folder(place: str, name: str) -> str | None:
    """Where torchvision keeps the set of this name in a folder for many; None if it is not there."""
    folder = os.path.join(place, _LAYOUTS[name].folder)
    return folder if holds_cifar(folder) == name else None


def cifar_set(folder: str, part: str = "", name: str = "") -> CifarSet:
    folder = os.path.abspath(folder)
    which = holds_cifar(folder)
    if which is None:
        raise Problem(f"There is no batch of CIFAR in “{os.path.basename(folder)}”: choose the folder with its files.")
    layout = _LAYOUTS[which]
    here = folder if os.path.isfile(os.path.join(folder, layout.meta)) else os.path.join(folder, layout.folder)
    parts = _there(here, layout)
    part = part or parts[0]
    if part not in parts:
        raise Problem(f"There is no part “{part}” in “{os.path.basename(folder)}”: it has {' and '.join(parts)}.")
    classes = _contents(os.path.join(here, layout.meta)).get(layout.classes, [])
    whole = name or folder
    notes = tuple(f"There is another part: {whole}/{other}." for other in parts if other != part)
    rows = [_rows(os.path.join(here, file), layout, part) for file in layout.parts[part]]
    return CifarSet(whole, here, part, layout, tuple(map(str, classes)), (0, *accumulate(rows)), notes)


def _there(folder: str, layout: _Layout) -> list[str]:
    return [
        part
        for part, files in layout.parts.items()
        if all(os.path.isfile(os.path.join(folder, file)) for file in files)
    ]


def _rows(file: str, layout: _Layout, part: str) -> int:
    """Of a batch as it is downloaded it is known, by the size of the file; another one is read."""
    rows = layout.rows[part]
    if 0 <= os.path.getsize(file) - rows * _BYTES_A_ROW < rows * 100:
        return rows
    return len(_batch(file, layout)[1])


def _batch(file: str, layout: _Layout) -> tuple[NDArray[np.uint8], list[int]]:
    contents = _contents(file)
    told, labels = contents.get("data"), contents.get(layout.labels)
    pixels = told.levels if isinstance(told, _Levels) else None
    if (
        pixels is not None
        and isinstance(labels, list)
        and pixels.shape == (len(labels), _BYTES_A_ROW)
        and all(type(label) is int for label in labels)
    ):
        return pixels, labels
    raise Problem(f"“{os.path.basename(file)}” is no batch of CIFAR: download it again.")


def _contents(file: str) -> dict[str, Any]:
    name = os.path.basename(file)
    if os.path.getsize(file) > _MOST_BYTES:
        raise Problem(f"“{name}” is larger than a batch of CIFAR can be: download it again.")
    try:
        with open_regular_file(file) as stream:
            # from memory, where no more can be read than there is
            contents = _Plain(io.BytesIO(stream.read()), encoding="latin1").load()
    except Problem:
        raise
    except Exception as error:  # a damaged pickle raises nearly every kind of error
        raise Problem(f"“{name}” is no batch of CIFAR ({in_one_line(error)}): download it again.") from error
    if not isinstance(contents, dict):
        raise Problem(f"“{name}” is no batch of CIFAR: download it again.")
    return contents


class _Plain(pickle._Unpickler):
    """Knows the three names that an array of numbers is made with, and no other.

    Python's own and not the quick one in C, which takes on any memory that a few bytes ask for; and without NumPy's own
    way to take up an array, which a damaged one can crash.
    """

    def find_class(self, module: str, name: str) -> object:
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return _Levels
        if module == "numpy" and name == "ndarray":
            return "an array"  # what the one above is told to make, and nothing that could be called
        if module == "numpy" and name == "dtype":
            return _Type
        if module == "_codecs" and name == "encode":  # how newer Pythons write bytes for older ones
            return _encoded
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


class _Type:
    """The type of an array's numbers."""

    def __init__(self, name: object, *more: object) -> None:
        self.name = name

    def __setstate__(self, state: object) -> None:
        """Of bytes there is nothing more to say."""


class _Levels:
    """An array of bytes, as a pickle tells of it."""

    def __init__(self, *told: object) -> None:
        self.levels: NDArray[np.uint8] | None = None

    def __setstate__(self, state: tuple[object, tuple[int, ...], object, object, bytes | str]) -> None:
        _, shape, kind, by_columns, content = state
        if not isinstance(kind, _Type) or kind.name != "u1":
            raise pickle.UnpicklingError("its numbers are no bytes")
        numbers = np.frombuffer(content.encode("latin1") if isinstance(content, str) else content, np.uint8)
        self.levels = numbers.reshape(shape, order="F" if by_columns else "C")


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode("latin1")
