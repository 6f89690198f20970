"""Other data sets that torchvision knows, through its own readers, from where they were downloaded."""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from analysis.datasets.data_set import inside
from analysis.datasets.names import places
from analysis.protocol.origin import origin_in_data
from analysis.protocol.problems import Problem, in_one_line

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels

_LABELS = ("targets", "labels", "_labels", "y")  # as its readers call them


@dataclass(frozen=True, eq=False)
class TorchvisionSet:
    """`reader` is one of torchvision's: it gives a picture of Pillow's and a number."""

    kind: ClassVar[str] = "data set of torchvision"
    notes: ClassVar[tuple[str, ...]] = ()

    name: str
    reader: Any

    @property
    def title(self) -> str:
        return self.name

    @property
    def count(self) -> int:
        return len(self.reader)

    @property
    def labels_at_hand(self) -> bool:
        return self._labels is not None

    @cached_property
    def classes(self) -> tuple[str, ...]:
        names = getattr(self.reader, "classes", None)
        if names is not None:
            return tuple(name if isinstance(name, str) else ", ".join(name) for name in names)
        return tuple(map(str, range(max(self._labels) + 1))) if self._labels else ()

    def picture(self, index: int) -> Pixels:
        picture, _ = self._entry(index)
        return np.array(picture.convert("RGB"), np.uint8)

    def label(self, index: int) -> int | None:
        inside(index, self.count, self.title)
        return int(self._labels[index] if self._labels is not None else self._entry(index)[1])

    def origin(self, index: int) -> str:
        return origin_in_data(self.name, inside(index, self.count, self.title))

    def _entry(self, index: int) -> tuple[Any, Any]:
        inside(index, self.count, self.title)
        try:
            picture, label = self.reader[index]
        except Exception as error:  # its readers meet damaged files with nearly every kind of error
            raise Problem(f"Picture {index} of {self.title} cannot be read: {in_one_line(error)}.") from error
        return picture, label

    @cached_property
    def _labels(self) -> Sequence[int] | None:
        for name in _LABELS:
            found = getattr(self.reader, name, None)
            if found is not None and len(found) == self.count:
                return [int(label) for label in found]
        return None


def torchvision_set(name: str, part: str = "") -> TorchvisionSet:
    """The first that is found in one of the places; nothing is downloaded."""
    from torchvision import datasets

    made = getattr(datasets, name)
    given = _given(made, name, part)
    whole = f"{name}/{part}" if part else name
    for place in filter(os.path.isdir, places()):
        try:
            return TorchvisionSet(whole, made(place, **given))
        except ValueError as error:  # it does not know this part
            raise Problem(f"There is no part “{part}” of {name}: {in_one_line(error)}.") from error
        except (RuntimeError, OSError):  # which is how it says that the files are not there
            continue
        except ImportError as error:
            raise Problem(f"{name} cannot be read: {in_one_line(error)}.") from error
    raise Problem(missing(name))


def missing(name: str) -> str:
    """One sentence on a set that is known, and nowhere here."""
    return (
        f"{name} was not downloaded: put its files, as torchvision.datasets.{name} leaves them, into one of "
        f"{', '.join(places())}, or name their folder in UNDERHOOD_DATA."
    )


def _given(made: Any, name: str, part: str) -> dict[str, object]:
    """How its reader is told the part: each has a way of its own."""
    known = inspect.signature(made).parameters
    given: dict[str, object] = {"download": False} if "download" in known else {}
    if not part:
        return given
    if "split" in known:
        return given | {"split": part}
    if "train" in known and part in ("train", "test"):
        return given | {"train": part == "train"}
    raise Problem(f"{name} is not divided into parts: leave “/{part}” out.")
