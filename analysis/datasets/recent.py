"""The data sets whose pictures were asked for last, kept so that the next picture of one needs no listing."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from analysis.datasets.folder import Folder
from analysis.datasets.moving_picture import MovingPicture
from analysis.datasets.numpy_arrays import ArraySet
from analysis.datasets.opening import data_set
from analysis.datasets.path_list import PathList
from analysis.datasets.shards import Shards
from analysis.protocol.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.datasets.data_set import DataSet
    from analysis.protocol.frame import Pixels
    from analysis.protocol.origin import Origin

_KEPT = 2
_Stamp = tuple[tuple[str, int, int], ...]

_recent: OrderedDict[str, tuple[_Stamp, DataSet]] = OrderedDict()
_lock = threading.Lock()  # several lanes draw what recipes name


def picture_in(origin: Origin) -> Pixels:
    """The picture of `data:NAME#INDEX`."""
    data = recent(origin.path)
    if origin.place is None:
        raise Problem(
            f"{origin} is all of a data set: write which picture, from {origin}#0 to {origin}#{data.count - 1}."
        )
    return data.picture(int(origin.place))


def recent(name: str) -> DataSet:
    """As `data_set` opens it; not anew, where neither its file nor any of its folders has changed since."""
    with _lock:
        if name in _recent:
            stamp, data = _recent[name]
            if stamp == _stamp(place for place, _, _ in stamp):
                _recent.move_to_end(name)
                return data
        data = data_set(name)
        _recent[name] = _stamp(_places(data)), data
        _recent.move_to_end(name)
        while len(_recent) > _KEPT:
            _recent.popitem(last=False)
        return data


def _places(data: DataSet) -> tuple[str, ...]:
    """Where something changes when the set does; those that are known by a name stay what they are."""
    if isinstance(data, Folder):
        return data.folders
    if isinstance(data, Shards):
        return tuple(dict.fromkeys(entry.shard for entry in data.entries))
    return (data.path,) if isinstance(data, (ArraySet, PathList, MovingPicture)) else ()


def _stamp(places: Iterable[str]) -> _Stamp:
    stamps = []
    for place in places:
        try:
            found = os.stat(place)
            stamps.append((place, found.st_mtime_ns, found.st_size))
        except OSError:
            stamps.append((place, -1, -1))
    return tuple(stamps)
