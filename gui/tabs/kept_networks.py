"""The networks of a training's way: any of them becomes the network that every other tab looks into."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from analysis.protocol.recipe import ModelChoice
from analysis.results.kinds import Learning
from gui.tabs.extra import Extra
from gui.views.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Kept, Result
    from gui.tabs.extra import Host

KEEP = "keep"  # what the training is asked to do


class KeptNetworks(Extra):
    def __init__(self, tab: Host) -> None:
        super().__init__(tab)
        self._learning: Learning | None = None
        self._trained: ModelChoice | None = None  # the network of the recipe, which sees pictures as was said of it
        self._awaits = False  # the network of just now
        self._whole = QWidget(tab)
        self.when = QLabel(self._whole)
        self.when.setProperty("dim", True)
        self.slider = QSlider(Qt.Orientation.Horizontal, self._whole)
        self.slider.setToolTip("Through the networks that were kept on the way")
        self.slider.setAccessibleName("Kept networks")
        self.look = QPushButton("Look inside", self._whole)
        self.look.setToolTip("This becomes the network that every other tab looks into; the training goes on")
        self.now = QPushButton("… as it is now", self._whole)
        self.now.setToolTip("The network of just now, also while the training rests at any iteration")
        row = WrappingRow()
        row.put(self.look, grows=1)
        row.put(self.now, grows=1)
        column = QVBoxLayout(self._whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.when)
        column.addWidget(self.slider)
        column.addLayout(row)
        self.slider.valueChanged.connect(self._say)
        self.look.clicked.connect(self._look)
        self.now.clicked.connect(self._ask_now)
        tab.runner.busy_changed.connect(self._say)
        self._say()

    def side(self) -> QWidget:
        return self._whole

    def on_result(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        if not isinstance(result, Learning) or result is self._learning:
            return
        before, self._learning, self._trained = self._kept, result, recipe.model
        at_end = self.slider.value() >= self.slider.maximum()
        self.slider.setMaximum(max(len(result.kept) - 1, 0))
        if at_end:
            self.slider.setValue(self.slider.maximum())
        self._say()
        if self._awaits and len(result.kept) > len(before):
            self._awaits = False
            self._open(result.kept[-1])

    def clear(self) -> None:
        self._learning, self._awaits = None, False
        self.slider.setMaximum(0)
        self._say()

    @property
    def _kept(self) -> tuple[Kept, ...]:
        return self._learning.kept if self._learning is not None else ()

    @Slot()
    def _say(self) -> None:
        kept = self._kept
        there = bool(kept) and self._learning is not None and bool(self._learning.network)
        self.slider.setEnabled(len(kept) > 1)
        self.look.setEnabled(there)
        self.now.setEnabled(there)
        if kept:
            chosen = kept[min(self.slider.value(), len(kept) - 1)]
            self.when.setText(f"network after iteration {chosen.iteration:,}")
        else:
            self.when.setText("No network is kept yet.")

    @Slot()
    def _look(self) -> None:
        kept = self._kept
        if kept:
            self._open(kept[min(self.slider.value(), len(kept) - 1)])

    @Slot()
    def _ask_now(self) -> None:
        """What rests or is over may be kept already; otherwise it comes with the next thing that is told."""
        reins = self.tab.runner.reins
        if self.tab.runner.busy and reins is not None:
            iteration = self._learning.numbers["result"].size if self._learning is not None else -1
            latest = self._kept[-1] if self._kept else None
            if reins.halted and latest is not None and latest.iteration == iteration:
                self._open(latest)
                return
            self._awaits = True
            reins.send(KEEP)
        elif self._kept:
            self._open(self._kept[-1])

    def _open(self, kept: Kept) -> None:
        learning = self._learning
        assert learning is not None
        begun = self._trained
        choice = begun if begun is not None and begun.name == learning.network else ModelChoice(learning.network)
        labels = learning.labels or choice.labels
        self.tab.around.networks.load(replace(choice, weights=kept.file, labels=labels, weights_hash=None))
