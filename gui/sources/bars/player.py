"""The bar of a video or an animation: play, seek, a frame back or on."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QSignalBlocker, Qt, SignalInstance, Slot
from PySide6.QtWidgets import QCheckBox, QSlider, QWidget

from gui.sources.bars.rows import button, column_of, row_of
from gui.views.words import ElidedWords


class Player(Protocol):
    """What a video and an animated picture have in common."""

    changed: SignalInstance
    moved: SignalInstance

    @property
    def playing(self) -> bool: ...
    @property
    def looping(self) -> bool: ...
    @property
    def place(self) -> int: ...
    @property
    def length(self) -> int: ...
    @property
    def told(self) -> str: ...
    def play(self) -> None: ...
    def pause(self) -> None: ...
    def step(self, by: int) -> None: ...
    def seek(self, place: int) -> None: ...
    def set_looping(self, looping: bool) -> None: ...


class PlayerBar(QWidget):
    """Play and pause, a frame back or on, the place, and whether it begins again at its end."""

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player = player
        self.play = button("Play", "Play or pause", self._play)
        self.back = button("◂", "One frame back", self._back, "one frame back")
        self.on = button("▸", "One frame on", self._on, "one frame on")
        self.seek = QSlider(Qt.Orientation.Horizontal)
        self.seek.setToolTip("The place in the video: drag, or use the arrow keys")
        self.seek.setAccessibleName("place in the video")
        self.seek.setMinimumWidth(60)
        self.seek.valueChanged.connect(self._seek)
        self.told = ElidedWords()
        self.loop = QCheckBox("Loop")
        self.loop.setToolTip("Begin again at the end")
        self.loop.toggled.connect(self._loop)
        above, below = QWidget(), QWidget()
        row_of(above, self.back, self.play, self.on, self.seek).setStretchFactor(self.seek, 1)
        row_of(below, self.told, self.loop).setStretchFactor(self.told, 1)
        column_of(self, above, below)
        player.changed.connect(self._show)
        player.moved.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        player = self._player
        self.play.setText("Pause" if player.playing else "Play")
        self.told.setText(player.told)
        with QSignalBlocker(self.seek), QSignalBlocker(self.loop):
            self.loop.setChecked(player.looping)
            self.seek.setRange(0, max(player.length, 0))
            self.seek.setPageStep(max(player.length // 20, 1))
            self.seek.setSingleStep(max(player.length // 200, 1))
            if not self.seek.isSliderDown():
                self.seek.setValue(player.place)

    @Slot()
    def _play(self) -> None:
        if self._player.playing:
            self._player.pause()
        else:
            self._player.play()

    @Slot()
    def _back(self) -> None:
        self._player.step(-1)

    @Slot()
    def _on(self) -> None:
        self._player.step(1)

    @Slot(int)
    def _seek(self, place: int) -> None:
        self._player.seek(place)

    @Slot(bool)
    def _loop(self, on: bool) -> None:
        self._player.set_looping(on)
