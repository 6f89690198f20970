"""The pictures of a data set, one after another; each is read when it is shown, and none to begin with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, Slot

from analysis.protocol.origin import Origin, origin_in_data
from analysis.protocol.problems import Problem
from gui.lane.background import Reading, read
from gui.sources.source import BarName, Source

if TYPE_CHECKING:
    from analysis.datasets.data_set import DataSet
    from analysis.protocol.frame import Pixels

_BROKEN_IN_A_ROW = 30
_TRIED = "The data set could not be read"


class DataSource(Source):
    """`name` is a path or what the set is known by, `index` the picture to begin with. Bad ones are skipped."""

    bar: ClassVar[BarName] = "folder"

    def __init__(self, name: str, index: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._index = index
        self._data: DataSet | None = None
        self._direction = 1
        self._broken: list[str] = []  # the sentences on those that were skipped since the last step
        self._class = ""  # of the picture on show, in words
        self._reading: Reading | None = None

    @property
    def title(self) -> str:
        if self._data is None:
            return Origin.parse(origin_in_data(self._name)).in_words
        return f"{self._class} in {self._data.title}" if self._class else self._data.title

    @property
    def count(self) -> int:
        return self._data.count if self._data is not None else 0

    @property
    def index(self) -> int:
        return self._index

    def start(self) -> None:
        self.stop()
        if self._data is not None:
            self._want(self._index)
            return
        self._reading = read(partial(_opened, self._name, self._index), tried=_TRIED)
        self._reading.done.connect(self._take)
        self._reading.failed.connect(self.failed)

    def stop(self) -> None:
        if self._reading is not None:
            self._reading.drop()
            self._reading = None

    def step(self, by: int) -> None:
        """To the next picture, or by -1 to the one before."""
        self._direction = 1 if by >= 0 else -1
        self.go_to(self._index + by)

    def go_to(self, index: int) -> None:
        if self._data is not None:
            self._broken = []
            self._want(index)

    @Slot(object)
    def _take(self, data: DataSet) -> None:
        self._reading, self._data = None, data
        self._broken = []
        self._want(self._index)

    def _want(self, index: int) -> None:
        assert self._data is not None
        self.stop()
        self._index = index % self._data.count
        self._class = ""
        self._reading = read(partial(_picture, self._data, self._index), tried=_TRIED)
        self._reading.done.connect(self._show)
        self._reading.failed.connect(self.failed)
        self.changed.emit()

    @Slot(object)
    def _show(self, read_: tuple[Pixels | str, str]) -> None:
        self._reading = None
        assert self._data is not None
        picture, self._class = read_
        if isinstance(picture, str):
            self._skip(picture)
            return
        self.changed.emit()
        broken, self._broken = self._broken, []
        # By the name that was asked for, so that a recipe which waits for its picture knows it when it comes.
        self.give(picture, origin_in_data(self._name, self._index))
        if len(broken) == 1:
            self.remarked.emit(f"Skipped: {broken[0]}")
        elif broken:
            self.remarked.emit(f"Skipped {len(broken)} pictures that could not be read. {broken[-1]}")

    def _skip(self, sentence: str) -> None:
        self._broken.append(sentence)
        many = len(self._broken)
        if many < min(self.count, _BROKEN_IN_A_ROW):
            self._want(self._index + self._direction)
        else:
            self.failed.emit(sentence if many == 1 else f"{many} pictures in a row could not be read. {sentence}")


def _opened(name: str, index: int) -> DataSet:
    from analysis.datasets.data_set import inside
    from analysis.datasets.opening import data_set

    data = data_set(name)
    inside(index, data.count, data.title)
    return data


def _picture(data: DataSet, index: int) -> tuple[Pixels | str, str]:
    """The picture, or the sentence on why there is none, and its class if that is known without as many files."""
    try:
        label = data.label(index) if data.labels_at_hand else None
        return data.picture(index), "" if label is None else data.classes[label]
    except Problem as problem:
        return str(problem), ""
