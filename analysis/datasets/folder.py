"""A folder of pictures: its sub-folders are the classes, and without sub-folders nothing is labelled.

The order is that of torchvision's ImageFolder, so that labels and indices agree with networks trained through it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from analysis.datasets.data_set import inside
from analysis.pictures.decoding import PICTURE_SUFFIXES, decode
from analysis.protocol.origin import PARTS, origin_in_data
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels


@dataclass(frozen=True, eq=False)
class Folder:
    """`files` are paths from the folder on; `folders` are all that were listed."""

    kind: ClassVar[str] = "folder"
    labels_at_hand: ClassVar[bool] = True

    path: str
    classes: tuple[str, ...]
    files: tuple[str, ...]
    labels: tuple[int, ...]  # as many as files, or none
    folders: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def title(self) -> str:
        return os.path.basename(self.path) or self.path

    @property
    def count(self) -> int:
        return len(self.files)

    def picture(self, index: int) -> Pixels:
        return decode(os.path.join(self.path, self.files[inside(index, self.count, self.title)]))

    def label(self, index: int) -> int | None:
        inside(index, self.count, self.title)
        return self.labels[index] if self.labels else None

    def origin(self, index: int) -> str:
        return origin_in_data(self.path, inside(index, self.count, self.title))


def folder(path: str) -> Folder:
    """Lists names, and reads none of the pictures."""
    path = os.path.abspath(path)
    names, folders = _listed(path)
    classes: list[str] = []
    files: list[str] = []
    labels: list[int] = []
    lost: list[str] = []
    listed = [path]
    for name in sorted(folders):
        inner = sorted(_walked(path, name, lost))
        found = [os.path.join(place, file) for place, there in inner for file in sorted(there)]
        listed += [os.path.join(path, place) for place, _ in inner]
        if found:
            labels += [len(classes)] * len(found)
            classes.append(name)
            files += found
    if classes:
        return Folder(
            path, tuple(classes), tuple(files), tuple(labels), tuple(listed), (*_notes(path, names, classes), *lost)
        )
    if not names and lost:
        raise Problem(lost[0])
    if not names:
        raise Problem(f"There is no picture in the folder “{os.path.basename(path) or path}”: choose another one.")
    return Folder(path, (), tuple(sorted(names)), (), tuple(listed))


def _notes(path: str, beside: list[str], classes: list[str]) -> tuple[str, ...]:
    notes = []
    if beside:
        are = "1 picture is" if len(beside) == 1 else f"{len(beside):,} pictures are"
        notes.append(f"{are} left out, because beside folders of classes they belong to none.")
    if set(classes) <= {*PARTS, "valid", "validation", "dev"}:
        one = os.path.join(path, classes[0])
        notes.append(f"The sub-folders look like parts of a set rather than classes: open {one} for that one.")
    return tuple(notes)


def _walked(root: str, name: str, lost: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Folder by folder the names of the pictures in it; links that lead back up are not followed.

    `lost` takes the sentences on those that could not be listed.
    """
    waiting: list[tuple[str, frozenset[tuple[int, int]]]] = [(name, frozenset())]
    while waiting:
        inner, above = waiting.pop()
        path = os.path.join(root, inner)
        try:
            found = os.stat(path)
            here = (found.st_dev, found.st_ino)
            if here in above:
                continue
            names, folders = _listed(path)
        except (OSError, Problem) as error:
            lost.append(str(error))
            continue
        yield inner, names
        waiting += [(os.path.join(inner, folder), above | {here}) for folder in folders]


def _listed(path: str) -> tuple[list[str], list[str]]:
    """The names of pictures and of folders; what is hidden, and what cannot be a picture, is left out."""
    names, folders = [], []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                leads_to = _what(entry)
                if entry.name.lower().endswith(PICTURE_SUFFIXES) and leads_to in ("file", "nothing"):
                    names.append(entry.name)
                elif leads_to == "folder":
                    folders.append(entry.name)
    except OSError as error:
        name = os.path.basename(path) or path
        raise Problem(f"The folder “{name}” could not be listed: {error.strerror or error}.") from error
    return names, folders


def _what(entry: os.DirEntry[str]) -> str:
    """A link to nothing is named like a file, as ImageFolder does: reading says what is wrong with it."""
    try:
        if entry.is_file():
            return "file"
        if entry.is_dir():
            return "folder"
        return "nothing" if entry.is_symlink() and not os.path.exists(entry.path) else "neither"
    except OSError:  # links in a circle, or into a folder that may not be looked into
        return "nothing"
