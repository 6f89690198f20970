"""The pictures of a shard as the network sees them, read ahead by a few threads while the network computes."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from analysis.datasets.data_set import DataSet
from analysis.datasets.opening import data_set
from analysis.network.network import Network
from analysis.pictures.decoding import decode
from analysis.protocol.frame import Pixels
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.sweeps.manifest import Entry

READERS = 2
AHEAD = 3  # batches


@dataclass(frozen=True, eq=False)
class Read:
    """A picture as the network's input, or why there is none."""

    number: int
    given: NDArray[np.float32] | None
    problem: str = ""


class Pictures:
    """What a manifest names. A folder's are found by their names, so that files which come later change nothing."""

    def __init__(self, source: str, is_folder: bool, draft: bool = True) -> None:
        self._source = source
        self._is_folder = is_folder
        self._draft = draft
        self._set: DataSet | None = None

    def pixels(self, entry: Entry, preprocessing: Preprocessing) -> Pixels:
        """H×W×3 levels; a large JPEG no larger than twice of what is needed of it."""
        if not self._is_folder:
            return self._opened().picture(int(entry.name))
        path = os.path.join(self._source, entry.name)
        try:
            found = os.stat(path)
        except OSError:
            found = None
        if found is not None and entry.size >= 0 and (found.st_size, found.st_mtime_ns) != (entry.size, entry.time):
            raise Problem(f"“{entry.name}” has changed since the population was frozen.")
        return decode(path, enough=_enough(preprocessing)) if self._draft else decode(path)

    def fitted(self, entry: Entry, network: Network) -> Pixels:
        """The part that the network sees, at its size."""
        seen = network.picture(self.pixels(entry, network.preprocessing))
        assert isinstance(seen, np.ndarray)
        return seen

    def _opened(self) -> DataSet:
        if self._set is None:
            self._set = data_set(self._source)
        return self._set

    def read(self, number: int, entry: Entry, network: Network) -> Read:
        try:
            given = network.input_of_fitted(self.fitted(entry, network))
        except Problem as problem:
            return Read(number, None, str(problem))
        return Read(number, given[0].cpu().numpy())


def _enough(preprocessing: Preprocessing) -> int:
    """Pixels of the shorter side of which nothing is lost that the network would see."""
    if preprocessing.fit == "stretch":
        return max(preprocessing.height, preprocessing.width)
    return preprocessing.resize


def read_ahead(
    pictures: Pictures, entries: Sequence[tuple[int, Entry]], network: Network, batch: int
) -> Iterator[Read]:
    """In their order, however long each takes; no more than a few batches are held."""
    waiting = deque[Future[Read]]()
    todo = iter(entries)
    with ThreadPoolExecutor(READERS, "reading pictures") as pool:

        def fill() -> None:
            while len(waiting) < AHEAD * batch:
                one = next(todo, None)
                if one is None:
                    return
                waiting.append(pool.submit(partial(pictures.read, one[0], one[1], network)))

        try:
            fill()
            while waiting:
                read = waiting.popleft().result()
                fill()
                yield read
        finally:
            for future in waiting:
                future.cancel()
