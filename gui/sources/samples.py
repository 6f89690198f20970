"""The sample pictures that ship, one after another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, Slot

from analysis.protocol.origin import origin_of_sample
from analysis.protocol.problems import Problem
from gui.lane.background import Reading, read
from gui.sources.source import BarName, Source

if TYPE_CHECKING:
    from analysis.pictures.samples import Sample
    from analysis.protocol.frame import Picture


class SampleSource(Source):
    """`name` is the sample to begin with."""

    bar: ClassVar[BarName] = "folder"

    def __init__(self, name: str | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        from analysis.pictures.samples import samples

        self._samples: tuple[Sample, ...] = samples()
        names = [sample.name for sample in self._samples]
        if name is not None and name not in names:
            raise Problem(f"There is no sample picture “{name}”: choose another one.")
        self._index = names.index(name) if name is not None else 0
        self._reading: Reading | None = None

    @property
    def title(self) -> str:
        return self._samples[self._index].title

    @property
    def count(self) -> int:
        return len(self._samples)

    @property
    def index(self) -> int:
        return self._index

    def name_of(self, index: int) -> str:
        return self._samples[index].title

    def opener_of(self, index: int) -> Callable[[], Picture]:
        return partial(_open, origin_of_sample(self._samples[index].name))

    def start(self) -> None:
        self.go_to(self._index)

    def stop(self) -> None:
        if self._reading is not None:
            self._reading.drop()
            self._reading = None

    def step(self, by: int) -> None:
        self.go_to(self._index + by)

    def go_to(self, index: int) -> None:
        self.stop()
        self._index = index % len(self._samples)
        self._reading = read(partial(_open, origin_of_sample(self._samples[self._index].name)))
        self._reading.done.connect(self._show)
        self._reading.failed.connect(self.failed)
        self.changed.emit()

    @Slot(object)
    def _show(self, picture: Picture) -> None:
        self._reading = None
        self.give(picture, origin_of_sample(self._samples[self._index].name))


def _open(origin: str) -> Picture:
    from analysis.pictures.images import open_origin

    return open_origin(origin)
