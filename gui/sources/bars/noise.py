"""The bar of noise: which kind, and its seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget

from gui.sources.bars.rows import row_of, seed_box
from gui.views.elided_choice import ElidedChoice

if TYPE_CHECKING:
    from gui.sources.noise import NoiseSource


class NoiseBar(QWidget):
    """The seed, the kind, and whether it moves."""

    def __init__(self, source: NoiseSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from analysis.pictures.noise import KINDS

        self._source = source
        self.kind = ElidedChoice()
        self.kind.addItems(KINDS)
        self.kind.setToolTip("Every level as likely, normal around mid-grey, or clouds")
        self.kind.setAccessibleName("kind of noise")
        self.kind.setMinimumWidth(64)  # the bar may be narrower than the longest name
        self.kind.currentIndexChanged.connect(self._set_kind)
        self.seed = seed_box("The same seed always gives the same noise", self._set_seed)
        self.running = QCheckBox("Moving")
        self.running.setToolTip("One seed after another")
        self.running.toggled.connect(source.set_running)
        row_of(self, self.kind, QLabel("Seed"), self.seed, self.running).addStretch(1)
        source.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        with QSignalBlocker(self.kind), QSignalBlocker(self.seed), QSignalBlocker(self.running):
            self.kind.setCurrentText(self._source.kind)
            self.seed.setValue(self._source.seed)
            self.running.setChecked(self._source.moving)

    @Slot(int)
    def _set_kind(self, index: int) -> None:
        from analysis.pictures.noise import KINDS

        self._source.set_kind(KINDS[index])

    @Slot(int)
    def _set_seed(self, seed: int) -> None:
        self._source.set_seed(seed)
