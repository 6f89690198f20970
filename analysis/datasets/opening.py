"""From a path or a name to a data set; what is none is a Problem. A new kind is one file and one row of `KINDS`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from analysis.datasets.cifar import cifar_folder, cifar_set, holds_cifar
from analysis.datasets.data_set import DataSet
from analysis.datasets.folder import folder
from analysis.datasets.idx import holds_idx, idx_set
from analysis.datasets.moving_picture import moving_picture, no_video
from analysis.datasets.names import CIFAR, IDX, KNOWN, OWN, known, places, split, where
from analysis.datasets.numpy_arrays import array_set
from analysis.datasets.path_list import path_list
from analysis.datasets.read_by_torchvision import missing, torchvision_set
from analysis.datasets.shards import names_shards, shards, shards_in
from analysis.datasets.shipped import SHIPPED
from analysis.pictures.decoding import PICTURE_SUFFIXES
from analysis.protocol.origin import VIDEO_SUFFIXES
from analysis.protocol.problems import Problem


@dataclass(frozen=True)
class Kind:
    """Which paths it takes, and how it opens one and a part of it; the first kind that takes a path opens it."""

    takes: Callable[[str], bool]
    opens: Callable[[str, str], DataSet]


def _without_parts(opens: Callable[[str], DataSet]) -> Callable[[str, str], DataSet]:
    def opened(path: str, part: str) -> DataSet:
        if part:
            raise Problem(f"“{os.path.basename(path)}” is not divided into parts: leave “/{part}” out.")
        return opens(path)

    return opened


def _ends(*suffixes: str) -> Callable[[str], bool]:
    return lambda path: path.lower().endswith(suffixes) and not os.path.isdir(path)


KINDS: tuple[Kind, ...] = (
    Kind(holds_idx, idx_set),
    Kind(lambda path: holds_cifar(path) is not None, cifar_set),
    Kind(_ends(".tar"), _without_parts(shards)),
    Kind(lambda path: bool(shards_in(path)) and not _has_folders(path), _without_parts(shards)),
    Kind(os.path.isdir, _without_parts(folder)),
    Kind(_ends(".npz"), array_set),
    Kind(_ends(".txt", ".tsv", ".lst"), _without_parts(path_list)),
    Kind(_ends(*PICTURE_SUFFIXES), _without_parts(moving_picture)),
    Kind(_ends(*VIDEO_SUFFIXES), _without_parts(no_video)),
)


def data_set(name_or_path: str, every: int = 1) -> DataSet:
    """What a path holds, or what is known by a name; with `every`, each so many-th frame of an animated picture."""
    by_name = known(name_or_path)
    if by_name is not None:
        return _known_set(*by_name)
    path, part = split(os.path.abspath(name_or_path))
    if not os.path.exists(path):
        path, part = split(where(name_or_path) or _found_part(name_or_path) or path)
    if not os.path.exists(path) and not names_shards(path):
        raise Problem(
            f"There is no data set “{name_or_path[:200]}”: it is neither a path nor one of {', '.join(KNOWN)}."
        )
    if every != 1:
        return moving_picture(path, every)
    for kind in KINDS:
        if kind.takes(path):
            return kind.opens(path, part)
    raise Problem(
        f"“{os.path.basename(path)}” is no data set that can be read: choose a folder of pictures, a list of paths "
        "(.txt), an .npz file, .tar shards, or an animated GIF, WebP or PNG."
    )


def _known_set(name: str, part: str) -> DataSet:
    if name in OWN:
        if part:
            raise Problem(f"The {name} are not divided into parts: leave “/{part}” out.")
        return SHIPPED[name]()
    if name in IDX:
        for place in places():
            if holds_idx(os.path.join(place, name)):
                return idx_set(os.path.join(place, name), part, name)
        raise Problem(missing(name))
    if name in CIFAR:
        for place in places():
            here = cifar_folder(place, name)
            if here is not None:
                return cifar_set(here, part, name)
        raise Problem(missing(name))
    return torchvision_set(name, part)


def _found_part(name: str) -> str | None:
    """Such as `digits/test` of a file `digits.npz` in one of the places."""
    outer, part = os.path.split(name)
    found = where(outer) if outer else None
    return None if found is None else os.path.join(found, part)


def _has_folders(path: str) -> bool:
    with os.scandir(path) as entries:
        return any(entry.is_dir() and not entry.name.startswith(".") for entry in entries)
