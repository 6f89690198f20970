"""Pictures in `.tar` files as WebDataset writes them: `KEY.jpg`, and its label in `KEY.cls`.

What is where is read once, without the bytes of the pictures, which are read where they lie when they are asked for.
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from analysis.datasets.data_set import inside, named_classes
from analysis.pictures.decoding import PICTURE_SUFFIXES, decode, open_regular_file
from analysis.protocol.origin import origin_in_data
from analysis.protocol.problems import Problem, in_one_line

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels

_MOST_BYTES = 500_000_000  # of one picture
_LONGEST_LABEL = 1000
_BRACES = re.compile(r"\{(\d{1,9})\.\.(\d{1,9})\}")
_MOST_SHARDS = 100_000


@dataclass(frozen=True, slots=True)
class _Piece:
    """Where in a shard a file lies."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class _Entry:
    shard: str
    name: str
    picture: _Piece
    label: _Piece | None


@dataclass(frozen=True, eq=False)
class Shards:
    """In the order of the files, shard after shard."""

    kind: ClassVar[str] = ".tar shards"
    labels_at_hand: ClassVar[bool] = False  # each is a file of its own

    path: str
    entries: tuple[_Entry, ...]
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        return os.path.basename(self.path)

    @property
    def count(self) -> int:
        return len(self.entries)

    @property
    def classes(self) -> tuple[str, ...]:
        return self._labelled[0]

    def picture(self, index: int) -> Pixels:
        entry = self.entries[inside(index, self.count, self.title)]
        name = f"“{entry.name}” in “{os.path.basename(entry.shard)}”"
        if entry.picture.size > _MOST_BYTES:
            raise Problem(f"{name} has {entry.picture.size / 1e6:,.0f} MB, more than a picture can have here.")
        try:
            return decode(_bytes(entry.shard, entry.picture))
        except Problem as problem:
            raise Problem(str(problem).replace("The picture", name, 1)) from problem

    def label(self, index: int) -> int | None:
        return self._labelled[1][inside(index, self.count, self.title)]

    def origin(self, index: int) -> str:
        return origin_in_data(self.path, inside(index, self.count, self.title))

    @cached_property
    def _labelled(self) -> tuple[tuple[str, ...], list[int | None]]:
        """All labels, once one is asked for: only all of them say which number a name has."""
        return named_classes(_names(self.entries))


def shards(path: str) -> Shards:
    """One shard, `name-{000..127}.tar`, or a folder of shards."""
    path = os.path.abspath(path)
    files = _files(path)
    entries: list[_Entry] = []
    others = 0
    for file in files:
        found, left = _index(file)
        entries += found
        others += left
    name = os.path.basename(path)
    if not entries:
        raise Problem(f"There is no picture in “{name}”: shards hold KEY.jpg with its label in KEY.cls.")
    notes = []
    if len(files) > 1:
        notes.append(f"In {len(files):,} shards.")
    if others:
        files_are = "1 file is" if others == 1 else f"{others:,} files are"
        notes.append(f"{files_are} neither a picture nor a label, and left out.")
    return Shards(path, tuple(entries), tuple(notes))


def names_shards(path: str) -> bool:
    """Whether it names several by the numbers in their names."""
    return path.endswith(".tar") and _BRACES.search(path) is not None


def shards_in(folder: str) -> list[str]:
    """The names of the shards in a folder."""
    try:
        with os.scandir(folder) as entries:
            return sorted(one.name for one in entries if one.name.endswith(".tar") and not one.name.startswith("."))
    except OSError:
        return []


def _files(path: str) -> list[str]:
    if os.path.isdir(path):
        return [os.path.join(path, name) for name in shards_in(path)]
    numbers = None if os.path.exists(path) else _BRACES.search(path)
    if numbers is None:
        return [path]
    first, last = int(numbers[1]), int(numbers[2])
    if not 0 <= last - first < _MOST_SHARDS:
        raise Problem(f"“{numbers[0]}” are no numbers of shards: write the first and the last, such as {{000..127}}.")
    digits = len(numbers[1])
    return [f"{path[: numbers.start()]}{number:0{digits}}{path[numbers.end() :]}" for number in range(first, last + 1)]


def _index(file: str) -> tuple[list[_Entry], int]:
    name = os.path.basename(file)
    pictures: dict[str, tuple[str, _Piece]] = {}
    labels: dict[str, _Piece] = {}
    others = 0
    try:
        with open_regular_file(file) as stream, tarfile.open(fileobj=stream, mode="r:") as shard:
            for member in shard:
                shard.members.clear()  # type: ignore[attr-defined]  # it would keep what it knows of each
                folder, last = os.path.split(member.name)
                key, _, ending = last.partition(".")  # as WebDataset parts them: at the first dot
                key = os.path.join(folder, key)
                if not member.isfile() or last.startswith("."):
                    continue
                piece = _Piece(member.offset_data, member.size)
                if f".{ending}".lower() in PICTURE_SUFFIXES and key not in pictures:
                    pictures[key] = (member.name, piece)
                elif ending.lower() == "cls":
                    labels[key] = piece
                else:
                    others += 1
    except (tarfile.TarError, OSError, ValueError, EOFError, OverflowError) as error:
        raise Problem(
            f"“{name}” cannot be read as a .tar file ({in_one_line(error)}): unpack it if it is compressed, or "
            "download it again."
        ) from error
    return [_Entry(file, name, piece, labels.get(key)) for key, (name, piece) in pictures.items()], others


def _names(entries: Sequence[_Entry]) -> Iterator[str | None]:
    for entry in entries:
        if entry.label is None or entry.label.size > _LONGEST_LABEL:
            yield None
        else:
            yield _bytes(entry.shard, entry.label).decode("utf-8", "replace").strip() or None


def _bytes(shard: str, piece: _Piece) -> bytes:
    with open_regular_file(shard) as stream:
        stream.seek(piece.offset)
        return stream.read(piece.size)
