"""The atlas that is looked at, in every panel the same one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal, Slot

from gui.lane.background import Reading, read

if TYPE_CHECKING:
    from analysis.sweeps.atlas import Atlas

RECENT = "recent/atlas"


class OpenedAtlas(QObject):
    """Opened on another thread; what it says of one unit is read where it lies, in a few milliseconds."""

    changed = Signal()
    failed = Signal(str)

    def __init__(self, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._atlas: Atlas | None = None
        self._reading: Reading | None = None

    @property
    def atlas(self) -> Atlas | None:
        return self._atlas

    @property
    def last(self) -> str:
        """The folder of the one that was looked at last, be it now or at another time."""
        return str(self._settings.value(RECENT, "") or "")

    def open(self, folder: str) -> None:
        if self._reading is not None:
            self._reading.drop()
        self._reading = read(partial(_opened, folder), tried="The atlas could not be opened")
        self._reading.done.connect(self._take)
        self._reading.failed.connect(self._tell)

    @Slot(object)
    def _take(self, atlas: Atlas) -> None:
        self._reading = None
        self._atlas = atlas
        self._settings.setValue(RECENT, str(atlas.folder))
        self.changed.emit()

    @Slot(str, str)
    def _tell(self, sentence: str, _details: str) -> None:
        self._reading = None
        self.failed.emit(sentence)

    def of(self, weights_hash: str | None, layer: str | None, unit: int | None) -> int | None:
        """The number in the atlas of a unit of the network with these weights; None where it has none."""
        if self._atlas is None or layer is None or unit is None or self._atlas.of_other_weights(weights_hash):
            return None
        return self._atlas.id_of(layer, unit) if self._atlas.has(layer, unit) else None


def _opened(folder: str) -> Atlas:
    from analysis.sweeps.atlas import Atlas

    return Atlas(Path(folder)).held()  # so that what is missing is told now
