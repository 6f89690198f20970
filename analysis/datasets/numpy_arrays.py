"""Pictures and labels as arrays in an `.npz` file, as torchvision, MNIST's mirrors and MedMNIST keep them.

What was saved without compression is looked at where it lies, a picture at a time; of what is compressed only the
shape is read to begin, and all of it with the first picture, because a compressed array has no places of its own.
"""

from __future__ import annotations

import io
import itertools
import math
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from PIL import Image

from analysis.datasets.data_set import inside, named_classes
from analysis.pictures.decoding import decode, open_regular_file
from analysis.protocol.origin import PARTS, origin_in_data
from analysis.protocol.problems import Problem, in_one_line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.protocol.frame import Pixels

Arrays: TypeAlias = Mapping[str, "NDArray[np.generic]"]

_PICTURES = ("images", "pictures", "x", "X", "data", "arr_0")
_LABELS = ("labels", "targets", "y", "Y", "label", "arr_1")
_CLASSES = ("classes", "class_names", "label_names")
_LOOKED_AT = 16  # pictures of fractions, by which it is found out whether white is 1 or 255
_FAULTS = (
    *(OSError, ValueError, BadZipFile, EOFError, AttributeError, KeyError, MemoryError, NotImplementedError),
    *(OverflowError, TypeError, SyntaxError, RecursionError, zlib.error),
)


@dataclass(frozen=True)
class StoredArray:
    """An array in an `.npz` file, of which so far only the shape and the type of its numbers were read."""

    file: str
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    offset: int | None  # where in the file its numbers begin; None where they are compressed

    @cached_property
    def values(self) -> NDArray[Any]:
        with _told(self.file):
            if self.dtype.hasobject:
                raise ValueError(f"{self.name} holds Python's objects, which could run as a program")
            if self.offset is not None and self.dtype.itemsize and 0 not in self.shape:
                if self.offset + math.prod(self.shape) * self.dtype.itemsize > os.path.getsize(self.file):
                    raise ValueError(f"{self.name} is cut off")
                order: Literal["F", "C"] = "F" if self.fortran else "C"
                return np.memmap(self.file, self.dtype, "r", self.offset, self.shape, order)
            with np.load(self.file, allow_pickle=False) as stored:
                values: NDArray[Any] = stored[self.name]
                return values


@dataclass(frozen=True, eq=False)
class ArraySet:
    """`offsets` are where JPEG files begin that stand in a row in `pictures`; otherwise that is N×H×W, with channels
    first or last or without any."""

    kind: ClassVar[str] = ".npz arrays"
    labels_at_hand: ClassVar[bool] = True

    path: str
    part: str
    pictures: StoredArray
    offsets: NDArray[np.int64] | None
    classes: tuple[str, ...]
    labels: tuple[int | None, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def title(self) -> str:
        name = os.path.basename(self.path)
        return f"{name}/{self.part}" if self.part else name

    @property
    def count(self) -> int:
        return len(self.offsets) - 1 if self.offsets is not None else self.pictures.shape[0]

    def picture(self, index: int) -> Pixels:
        inside(index, self.count, self.title)
        if self.offsets is not None:
            begin, end = self.offsets[index : index + 2]
            return _decoded(self.pictures.values[begin:end].tobytes(), f"Picture {index} of “{self.title}”")
        return _rgb(_channels_last(np.asarray(self.pictures.values[index])), self._white)

    def label(self, index: int) -> int | None:
        inside(index, self.count, self.title)
        return self.labels[index] if self.labels else None

    def origin(self, index: int) -> str:
        whole = f"{self.path}/{self.part}" if self.part else self.path
        return origin_in_data(whole, inside(index, self.count, self.title))

    @cached_property
    def _white(self) -> float:
        """The number that means white, as the first pictures show it: fractions are of 1 or of 255."""
        if self.pictures.dtype.kind == "b":
            return 1.0
        if self.pictures.dtype.kind != "f":
            return 255.0
        some = np.asarray(self.pictures.values[:_LOOKED_AT], np.float64)
        return 1.0 if not np.isfinite(some).any() or np.nanmax(some) <= 1 else 255.0


def array_set(path: str, part: str = "") -> ArraySet:
    path = os.path.abspath(path)
    stored = {array.name: array for array in stored_arrays(path)}
    parts = [one for one in PARTS if _named(stored, one)]
    if part and part not in parts:
        has = f"it has {' and '.join(parts)}" if parts else "it is not divided into parts"
        raise Problem(f"There is no part “{part}” in “{os.path.basename(path)}”: {has}.")
    part = part or (parts[0] if parts and not _named(stored, "") else "")
    named = _named(stored, part)
    if named is None:
        raise Problem(
            f"“{os.path.basename(path)}” holds no array of pictures: it needs `images` of N×H×W, N×H×W×C or N×C×H×W "
            f"(or x_train, train_images, …), and holds {', '.join(sorted(stored)) or 'nothing'}."
        )
    pictures, labels, offsets = named
    others = [other for other in parts if other != part]
    notes = tuple(f"There is another part: {path}/{other}." for other in others)
    begins = None if offsets is None else np.asarray(stored[offsets].values).astype(np.int64)
    if begins is None:
        _check_shape(path, stored[pictures])
    elif begins.ndim != 1 or len(begins) < 2 or stored[pictures].dtype != np.uint8 or (np.diff(begins) < 0).any():
        raise Problem(
            f"“{os.path.basename(path)}” holds no JPEG files in a row: {offsets} does not say where they begin."
        )
    count = stored[pictures].shape[0] if begins is None else len(begins) - 1
    classes, numbers = _labels(path, stored, labels, count)
    return ArraySet(path, part, stored[pictures], begins, classes, numbers, notes)


def loaded(file: Path) -> Arrays:
    """Everything in an `.npz` file, read at once."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, BadZipFile, EOFError, AttributeError) as error:
        raise Problem(f"{file} cannot be read as an .npz file of pictures: {error}.") from error


def all_pictures(stored: Arrays, part: str) -> NDArray[np.generic]:
    """`x_train` holds pictures, or `jpeg_train` their JPEG bytes in a row, which begin at `offset_train`."""
    if f"x_{part}" in stored:
        return stored[f"x_{part}"]
    jpegs, offsets = stored[f"jpeg_{part}"], stored[f"offset_{part}"].astype(np.int64)
    # Decoding 60,000 small JPEGs takes seconds, so that nothing is kept on disk.
    return np.stack(
        [
            np.asarray(Image.open(io.BytesIO(jpegs[start:end].tobytes())).convert("RGB"))
            for start, end in itertools.pairwise(offsets)
        ]
    )


@contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except _FAULTS as error:
        name = os.path.basename(path)
        raise Problem(f"“{name}” cannot be read as an .npz file of pictures: {in_one_line(error)}.") from error


def stored_arrays(path: str) -> list[StoredArray]:
    with open_regular_file(path) as stream, _told(path), ZipFile(stream) as packed:
        members = [member for member in packed.infolist() if member.filename.endswith(".npy")]
        return [_header(path, stream, packed, member) for member in members]


def _header(path: str, stream: io.BufferedReader, packed: ZipFile, member: ZipInfo) -> StoredArray:
    with packed.open(member) as array:
        version = np.lib.format.read_magic(array)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(array)
        length = array.tell()
    offset = None
    if member.compress_type == ZIP_STORED:
        stream.seek(member.header_offset + 26)  # where the lengths of the name and of what follows it stand
        name, extra = (int.from_bytes(stream.read(2), "little") for _ in range(2))
        offset = member.header_offset + 30 + name + extra + length
    return StoredArray(path, member.filename.removesuffix(".npy"), shape, dtype, fortran, offset)


def _named(stored: Mapping[str, StoredArray], part: str) -> tuple[str, str | None, str | None] | None:
    """The names of the pictures, of their labels and of where they begin, in a part or in a file without parts."""
    if part:
        for pictures, offsets in ((f"x_{part}", None), (f"{part}_images", None), (f"jpeg_{part}", f"offset_{part}")):
            if pictures in stored and (offsets is None or offsets in stored):
                labels = next((name for name in (f"y_{part}", f"{part}_labels") if name in stored), None)
                return pictures, labels, offsets
        return None
    pictures = next((name for name in _PICTURES if name in stored and len(stored[name].shape) in (3, 4)), "")
    if not pictures:
        return None
    return pictures, next((name for name in _LABELS if name in stored), None), None


def _check_shape(path: str, pictures: StoredArray) -> None:
    name, shape = os.path.basename(path), pictures.shape
    told = f"{pictures.name} of “{name}” is {pictures.dtype} of shape {'×'.join(map(str, shape))}"
    channels = len(shape) == 3 or (len(shape) == 4 and (shape[3] in (1, 3, 4) or shape[1] in (1, 3, 4)))
    if not channels or 0 in shape[1:]:
        raise Problem(f"{told}: pictures are N×H×W, N×H×W×C or N×C×H×W with 1, 3 or 4 channels.")
    if pictures.dtype.kind not in "buif":
        raise Problem(f"{told}: levels are whole numbers from 0 to 255, or fractions from 0 to 1.")


def _labels(
    path: str, stored: Mapping[str, StoredArray], name: str | None, count: int
) -> tuple[tuple[str, ...], tuple[int | None, ...]]:
    if name is None:
        return (), ()
    values = np.asarray(stored[name].values)
    if values.shape == (count, 1):
        values = values[:, 0]
    if values.shape != (count,) or values.dtype.kind not in "iuSU":
        raise Problem(
            f"“{os.path.basename(path)}” has {count:,} pictures, but {name} is {values.dtype} of shape {values.shape}: "
            "labels are one whole number or one name a picture."
        )
    names = next((stored[one].values.astype(str).tolist() for one in _CLASSES if one in stored), None)
    if values.dtype.kind in "SU":
        classes, numbers = named_classes(values.astype(str).tolist())
        return classes, tuple(numbers)
    whole = tuple(int(value) for value in values)
    most = max(whole, default=-1)
    if most >= 100_000:
        raise Problem(f"“{os.path.basename(path)}” has a label {most}: the numbers of classes are smaller than that.")
    known = tuple(names) if names is not None and len(names) > most else tuple(map(str, range(most + 1)))
    return known, tuple(number if number >= 0 else None for number in whole)


def _channels_last(levels: NDArray[Any]) -> NDArray[Any]:
    if levels.ndim == 2:
        return levels[..., None]
    return levels if levels.shape[2] in (1, 3, 4) else levels.transpose(1, 2, 0)


def _rgb(levels: NDArray[Any], white: float) -> Pixels:
    if levels.dtype != np.uint8:
        numbers = np.nan_to_num(np.asarray(levels, np.float64), nan=0.0, posinf=white, neginf=0.0)
        levels = np.rint(numbers * (255 / white)).clip(0, 255).astype(np.uint8)
    if levels.shape[2] == 4:
        share = levels[..., 3:].astype(np.float64) / 255
        levels = np.rint(levels[..., :3] * share + 255 * (1 - share)).astype(np.uint8)
    return np.array(np.broadcast_to(levels, (*levels.shape[:2], 3)), order="C")


def _decoded(content: bytes, name: str) -> Pixels:
    """A picture in the bytes of its file, and in the sentence on why not, where it is."""
    try:
        return decode(content)
    except Problem as problem:
        raise Problem(str(problem).replace("The picture", name, 1)) from problem
