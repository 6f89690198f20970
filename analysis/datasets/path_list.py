"""A text file with the path of a picture in each line, and perhaps behind a tab its label: a name or a number."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.datasets.data_set import inside, named_classes
from analysis.pictures.decoding import decode, open_regular_file
from analysis.protocol.origin import origin_in_data
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels


@dataclass(frozen=True, eq=False)
class PathList:
    """Paths that begin nowhere begin in the folder of the list."""

    kind: ClassVar[str] = "list of paths"
    labels_at_hand: ClassVar[bool] = True
    notes: ClassVar[tuple[str, ...]] = ()

    path: str
    files: tuple[str, ...]
    classes: tuple[str, ...]
    labels: tuple[int | None, ...]

    @property
    def title(self) -> str:
        return os.path.basename(self.path)

    @property
    def count(self) -> int:
        return len(self.files)

    def picture(self, index: int) -> Pixels:
        return decode(os.path.join(os.path.dirname(self.path), self.files[inside(index, self.count, self.title)]))

    def label(self, index: int) -> int | None:
        return self.labels[inside(index, self.count, self.title)]

    def origin(self, index: int) -> str:
        return origin_in_data(self.path, inside(index, self.count, self.title))


def path_list(path: str) -> PathList:
    path = os.path.abspath(path)
    name = os.path.basename(path)
    try:
        with open_regular_file(path) as stream:
            text = stream.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(f"“{name}” is no list of paths: save it as text in UTF-8, a path in each line.") from error
    except OSError as error:
        raise Problem(f"“{name}” could not be read: {error.strerror or error}.") from error
    lines = [line.rstrip("\r") for line in text.split("\n")]
    parted = [line.partition("\t") for line in lines if line.strip()]
    if not parted or "\0" in text:
        raise Problem(
            f"“{name}” names no picture: write a path in each line, and a label behind a tab if there is one."
        )
    classes, labels = named_classes(label.strip() or None for _, _, label in parted)
    return PathList(path, tuple(file for file, _, _ in parted), classes, tuple(labels))
