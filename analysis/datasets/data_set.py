"""What every data set is: so many pictures, each with its label and its origin, read one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels


class DataSet(Protocol):
    """Opening one reads no picture, and `picture` no other picture than its own.

    Of what cannot be read `picture` says in one sentence which file it is; the others can still be asked for.
    """

    @property
    def title(self) -> str:
        """What a person calls it: the last part of its path, or its name."""

    @property
    def kind(self) -> str:
        """What holds it, in a few words: `folder`, `.tar shards`, …"""

    @property
    def count(self) -> int: ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Their names in the order of the labels; empty where nothing is labelled."""

    @property
    def labels_at_hand(self) -> bool:
        """Whether all labels can be had at once, without a look into as many files as there are pictures."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing, a sentence each: what was left out, and what else there is."""

    def picture(self, index: int) -> Pixels:
        """H×W×3 levels in RGB."""

    def label(self, index: int) -> int | None:
        """The number of its class; None where it has none."""

    def origin(self, index: int) -> str:
        """What a recipe writes of it."""


@dataclass(frozen=True, eq=False)
class Looked:
    """One picture of a walk through a data set; where it cannot be read, `problem` says why and `pixels` is None."""

    index: int
    pixels: Pixels | None
    problem: Problem | None = None


def each(data: DataSet, indices: Iterable[int] | None = None) -> Iterator[Looked]:
    """One picture after another, all of them or these; a bad one does not end it."""
    for index in range(data.count) if indices is None else indices:
        try:
            yield Looked(index, data.picture(index))
        except Problem as problem:
            yield Looked(index, None, problem)


def labels_of(data: DataSet) -> list[int | None]:
    return [data.label(index) for index in range(data.count)]


def inside(index: int, count: int, title: str) -> int:
    """The index, if there is a picture of that number."""
    if not 0 <= index < count:
        many = f"it has {count:,}, from 0 to {count - 1:,}" if count else "it has none"
        raise Problem(f"There is no picture {index} in “{title}”: {many}.")
    return index


def named_classes(names: Iterable[str | None]) -> tuple[tuple[str, ...], list[int | None]]:
    """The classes that occur, and which of them each is. Names that are all numbers count as the numbers of classes."""
    given = list(names)
    some = {name for name in given if name is not None}
    if some and all(name.isascii() and name.isdigit() and len(name) < 6 for name in some):
        classes = tuple(str(number) for number in range(max(map(int, some)) + 1))
        return classes, [None if name is None else int(name) for name in given]
    classes = tuple(sorted(some))
    numbers = {name: number for number, name in enumerate(classes)}
    return classes, [None if name is None else numbers[name] for name in given]
