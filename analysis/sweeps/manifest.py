"""Which pictures are swept, frozen before the first one is: names, sizes, times and labels, sorted and hashed.

A population grows by generations: what comes later stands behind what was there, so that nothing that was swept is
swept again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analysis.datasets.data_set import DataSet, labels_of
from analysis.datasets.folder import Folder
from analysis.datasets.sampling import stratified
from analysis.protocol.problems import Problem


@dataclass(frozen=True)
class Entry:
    """A picture: a file by its path from the folder on, or by its number in a set that is no folder."""

    name: str
    label: int | None
    size: int = -1  # bytes of the file
    time: int = -1  # nanoseconds of its last change
    kept: bool = False  # whether the pooled matrix has a row of it


@dataclass(frozen=True)
class Manifest:
    """`source` is the folder, or the name of the set; `ends` are where each generation ends."""

    source: str
    is_folder: bool
    classes: tuple[str, ...]
    entries: tuple[Entry, ...]
    ends: tuple[int, ...]
    stamp: str = ""  # of a set that is no folder: the size and time of what holds it

    @property
    def hash(self) -> str:
        digest = hashlib.sha256(f"{self.is_folder} {self.classes} {self.ends} {self.stamp}".encode())
        for one in self.entries:
            digest.update(f"\n{one.name!r} {one.size} {one.time} {one.label} {one.kept}".encode())
        return digest.hexdigest()

    @property
    def kept(self) -> int:
        return sum(one.kept for one in self.entries)


@dataclass(frozen=True)
class Changes:
    """What a folder has become since its manifest was frozen: names of files."""

    new: int
    gone: tuple[str, ...]
    changed: tuple[str, ...]

    def in_words(self) -> tuple[str, ...]:
        told = []
        for names, word in ((self.gone, "gone"), (self.changed, "changed")):
            if names:
                one = len(names) == 1
                verb = ("is" if one else "are") if word == "gone" else ("has" if one else "have")
                many = "1 picture" if one else f"{len(names):,} pictures"
                told.append(
                    f"{many} {verb} {word} since the population was frozen, such as {names[0]}: "
                    "what was swept of them stays."
                )
        return tuple(told)


def frozen(data: DataSet, source: str, kept: int) -> Manifest:
    """The first generation."""
    if not data.count:
        raise Problem(f"There is no picture in “{data.title}”: choose another set.")
    is_folder = isinstance(data, Folder)
    entries = _entries(data)
    chosen = set(stratified(data, kept)) if kept else set()
    entries = [replace(one, kept=index in chosen) for index, one in enumerate(entries)]
    if is_folder:
        entries.sort(key=lambda one: one.name)
    source = os.path.abspath(source) if os.path.exists(source) else source
    stamp = "" if is_folder else _stamp(source)
    return Manifest(source, is_folder, tuple(data.classes), tuple(entries), (len(entries),), stamp)


def grown(before: Manifest, data: DataSet, kept: int) -> tuple[Manifest, Changes]:
    """With what has come since behind it; what changed or is gone stays as it was frozen, and is told."""
    if not isinstance(data, Folder):
        stamp = _stamp(before.source)
        changed = (os.path.basename(before.source),) if stamp != before.stamp else ()
        return before, Changes(0, (), changed)
    now = {one.name: one for one in _entries(data)}
    known = {one.name for one in before.entries}
    gone = tuple(one.name for one in before.entries if one.name not in now)
    altered = tuple(
        one.name
        for one in before.entries
        if one.name in now and (now[one.name].size, now[one.name].time) != (one.size, one.time)
    )
    new = sorted((one for name, one in now.items() if name not in known), key=lambda one: one.name)
    if not new:
        return before, Changes(0, gone, altered)
    # classes keep their numbers; those that are new come behind
    classes = list(before.classes)
    numbers = {}
    for one in new:
        if one.label is not None:
            name = data.classes[one.label]
            if name not in classes:
                classes.append(name)
            numbers[one.label] = classes.index(name)
    room = max(kept - before.kept, 0)
    entries = [
        replace(one, label=None if one.label is None else numbers[one.label], kept=place < room)
        for place, one in enumerate(new)
    ]
    whole = (*before.entries, *entries)
    grown_one = replace(before, classes=tuple(classes), entries=whole, ends=(*before.ends, len(whole)))
    return grown_one, Changes(len(new), gone, altered)


def _entries(data: DataSet) -> list[Entry]:
    labels: Sequence[int | None] = labels_of(data)
    if isinstance(data, Folder):
        return [_file(data.path, name, label) for name, label in zip(data.files, labels, strict=True)]
    return [Entry(str(index), label) for index, label in enumerate(labels)]


def _file(folder: str, name: str, label: int | None) -> Entry:
    try:
        found = os.stat(os.path.join(folder, name))
    except OSError:  # such as a link to nothing, of which reading says more
        return Entry(name, label)
    return Entry(name, label, found.st_size, found.st_mtime_ns)


def _stamp(source: str) -> str:
    try:
        found = os.stat(source)
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"


def shards_of(ends: Iterable[int], size: int) -> tuple[tuple[int, int], ...]:
    """First and end of each shard; none reaches over the end of a generation."""
    found = []
    first = 0
    for end in ends:
        found += [(start, min(start + size, end)) for start in range(first, end, size)]
        first = end
    return tuple(found)
