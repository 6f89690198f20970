"""Noise, still or moving: what does a network answer when there is nothing to see?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QObject, QTimer, Slot

from gui.sources.source import BarName, Source
from gui.views.calm import Calm

if TYPE_CHECKING:
    from analysis.pictures.noise import NoiseKind

_MILLISECONDS = 33


class NoiseSource(Source):
    """The picture of a seed; when it runs, of one seed after another."""

    bar: ClassVar[BarName] = "noise"

    def __init__(self, seed: int = 0, kind: NoiseKind = "uniform", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._seed = seed
        self._kind: NoiseKind = kind
        self._started = False
        self._running = False
        self._timer = QTimer(self)
        self._timer.setInterval(_MILLISECONDS)
        self._timer.timeout.connect(self._next)
        self._calm = Calm(self)  # a seed that is another one with every picture
        self._calm.due.connect(self.changed)

    @property
    def title(self) -> str:
        return f"{self._kind} noise" + ("" if self._running else f" · seed {self._seed}")

    @property
    def moving(self) -> bool:
        return self._running

    @property
    def seed(self) -> int:
        return self._seed

    @property
    def kind(self) -> NoiseKind:
        return self._kind

    @property
    def goes_on_moving(self) -> bool:
        return self._running

    def move_on(self) -> None:
        self.set_running(True)

    def set_seed(self, seed: int) -> None:
        if seed != self._seed:
            self._seed = seed
            self._show()

    def set_kind(self, kind: NoiseKind) -> None:
        if kind != self._kind:
            self._kind = kind
            self._show()

    def set_running(self, running: bool) -> None:
        self._running = running
        self._set_timer()
        self.changed.emit()

    def start(self) -> None:
        self._started = True
        self._set_timer()
        self._show()

    def stop(self) -> None:
        self._started = False
        self._set_timer()

    def _set_timer(self) -> None:
        if self._started and self._running:
            self._timer.start()
        else:
            self._timer.stop()
            self._calm.stop()

    @Slot()
    def _next(self) -> None:
        self._seed += 1
        self._calm.request()
        self._give()

    def _show(self) -> None:
        self.changed.emit()
        self._give()

    def _give(self) -> None:
        if self._started:
            from analysis.pictures.noise import noise, origin_of_noise

            self.give(noise(self._seed, self._kind), origin_of_noise(self._seed, self._kind), self._running)
