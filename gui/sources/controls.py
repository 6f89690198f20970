"""The bar under the picture for each source: play and seek, next and previous, which camera, how thick a pen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QRect, QSignalBlocker, Qt, SignalInstance, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.sources.canvas import Canvas
from gui.views.words import ElidedWords

if TYPE_CHECKING:
    from gui.sources.camera import CameraSource
    from gui.sources.noise import NoiseSource
    from gui.sources.samples import SampleSource
    from gui.sources.scenes import SceneSource
    from gui.sources.screen import ScreenSource
    from gui.sources.sketch import SketchSource
    from gui.sources.source import Source
    from gui.sources.walk import PictureWalk

_MOST = 2**31 - 1


def controls_for(source: Source | None, parent: QWidget | None = None) -> QWidget | None:
    """What there is to choose about the source; None for one picture that stays. It lasts as long as the source."""
    return source.controls(parent) if source is not None else None


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
        self.play = _button("Play", "Play or pause", self._play)
        self.back = _button("◂", "One frame back", self._back, "one frame back")
        self.on = _button("▸", "One frame on", self._on, "one frame on")
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
        _row(above, self.back, self.play, self.on, self.seek).setStretchFactor(self.seek, 1)
        _row(below, self.told, self.loop).setStretchFactor(self.told, 1)
        _column(self, above, below)
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


class FolderBar(QWidget):
    """The picture before, the next one, or the one of a number."""

    def __init__(self, source: PictureWalk | SampleSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.back = _button("◂", "The picture before", self._back, "the picture before")
        self.on = _button("▸", "The next picture", self._on, "the next picture")
        self.number = QSpinBox()
        self.number.setKeyboardTracking(False)
        self.number.setToolTip("Which picture: type its number")
        self.number.setAccessibleName("number of the picture")
        self.number.valueChanged.connect(self._go_to)
        self.told = ElidedWords()
        row = _row(self, self.back, self.number, self.on, self.told)
        row.setStretchFactor(self.told, 1)
        source.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        some = self._source.count > 0
        for widget in (self.back, self.on, self.number):
            widget.setEnabled(some)
        with QSignalBlocker(self.number):
            self.number.setRange(1 if some else 0, self._source.count)
            self.number.setSuffix(f" of {self._source.count:,}")
            self.number.setValue(self._source.index + 1 if some else 0)
        self.told.setText(self._source.title)

    @Slot()
    def _back(self) -> None:
        self._source.step(-1)

    @Slot()
    def _on(self) -> None:
        self._source.step(1)

    @Slot(int)
    def _go_to(self, number: int) -> None:
        self._source.go_to(number - 1)


class NoiseBar(QWidget):
    """The seed, the kind, and whether it moves."""

    def __init__(self, source: NoiseSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from analysis.pictures.noise import KINDS

        self._source = source
        self.kind = QComboBox()
        self.kind.addItems(KINDS)
        self.kind.setToolTip("Every level as likely, normal around mid-grey, or clouds")
        self.kind.setAccessibleName("kind of noise")
        self.kind.setMinimumWidth(64)  # the bar may be narrower than the longest name
        self.kind.currentIndexChanged.connect(self._set_kind)
        self.seed = _seed("The same seed always gives the same noise", self._set_seed)
        self.running = QCheckBox("Moving")
        self.running.setToolTip("One seed after another")
        self.running.toggled.connect(source.set_running)
        _row(self, self.kind, QLabel("Seed"), self.seed, self.running).addStretch(1)
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


class SketchBar(QWidget):
    """The pad itself, and under it the pen, a step back, a clean sheet, and whether digits are centred."""

    def __init__(self, source: SketchSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from gui.sources.sketch import THICKEST, THINNEST

        self._source = source
        self.canvas = Canvas(source)
        self.canvas.setAccessibleName("sketch pad")
        self.canvas.setToolTip("Draw with the mouse; Ctrl+Z takes a stroke back, Delete clears the pad")
        self.brush = QSlider(Qt.Orientation.Horizontal)
        self.brush.setRange(THINNEST, THICKEST)
        self.brush.setMinimumWidth(60)
        self.brush.setToolTip("How thick the pen is")
        self.brush.setAccessibleName("thickness of the pen")
        self.brush.valueChanged.connect(source.set_brush)
        self.centred = QCheckBox("Centre")
        self.centred.setToolTip(
            "Give the drawing as MNIST's digits are: one size, its centre of mass in the middle of 28×28 pixels"
        )
        self.centred.toggled.connect(source.set_centred)
        self.undo = _button("Undo", "Take the last stroke back (Ctrl+Z on the pad)", source.undo)
        self.clear = _button("Clear", "A clean pad (Delete on the pad)", source.clear)
        below = QWidget()
        row = _row(below, QLabel("Pen"), self.brush, self.centred, self.undo, self.clear)
        row.setStretchFactor(self.brush, 1)
        _column(self, self.canvas, below)
        source.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        self.canvas.update()
        self.undo.setEnabled(not self._source.empty)
        self.clear.setEnabled(not self._source.empty)
        with QSignalBlocker(self.brush), QSignalBlocker(self.centred):
            self.brush.setValue(self._source.brush)
            self.centred.setChecked(self._source.centred)


class SceneBar(QWidget):
    """The scene, on which the mouse drags the grasp, and which scene it is."""

    def __init__(self, source: SceneSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.canvas = Canvas(source)
        self.canvas.setAccessibleName("scene")
        self.canvas.setToolTip("Press on a rectangle and drag: that is the grasp; Delete brings back the first one")
        self.seed = _seed("Another number is another scene", source.set_seed)
        self.another = _button("Another scene", "The scene of the next number", self._another)
        self.reset = _button("First grasp", "The grasp that the scene came with", source.undo)
        below = QWidget()
        _row(below, QLabel("Scene"), self.seed, self.another, self.reset).addStretch(1)
        _column(self, self.canvas, below)
        source.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        self.canvas.update()
        with QSignalBlocker(self.seed):
            self.seed.setValue(self._source.choice.seed)

    @Slot()
    def _another(self) -> None:
        self._source.set_seed(self._source.choice.seed + 1)


class CameraBar(QWidget):
    """Which camera, at what size."""

    def __init__(self, source: CameraSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.camera = QComboBox()
        self.camera.setToolTip("Which camera")
        self.camera.setAccessibleName("camera")
        self.camera.activated.connect(self._choose_camera)
        self.size_ = QComboBox()
        self.size_.setToolTip("How large its pictures are, and how many come a second")
        self.size_.setAccessibleName("size of the camera's pictures")
        self.size_.activated.connect(self._choose_size)
        self.again = _button("Try again", "Open the camera once more", source.start)
        _narrow(self.camera)
        _narrow(self.size_)
        row = _row(self, self.camera, self.size_, self.again)
        row.setStretchFactor(self.camera, 3)
        row.setStretchFactor(self.size_, 2)
        source.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        source = self._source
        self.again.setVisible(not source.moving)
        cameras = source.cameras
        sizes = next((camera.formats for camera in cameras if source.camera and camera.id == source.camera.id), ())
        _fill(self.camera, [camera.name for camera in cameras] or ["No camera"], bool(cameras))
        _fill(self.size_, [str(size) for size in sizes] or ["–"], len(sizes) > 1)
        for index, camera in enumerate(cameras):
            if source.camera is not None and camera.id == source.camera.id:
                self.camera.setCurrentIndex(index)
        if source.format in sizes:
            self.size_.setCurrentIndex(sizes.index(source.format))

    @Slot(int)
    def _choose_camera(self, index: int) -> None:
        if index < len(self._source.cameras):
            self._source.choose(self._source.cameras[index])

    @Slot(int)
    def _choose_size(self, index: int) -> None:
        camera = self._source.camera
        if camera is not None and index < len(camera.formats):
            self._source.choose(camera, camera.formats[index])


class ScreenBar(QWidget):
    """Which screen, and which part of it."""

    def __init__(self, source: ScreenSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self.screens = QComboBox()
        self.screens.setToolTip("Which screen")
        self.screens.setAccessibleName("screen")
        self.screens.activated.connect(self._choose_screen)
        _narrow(self.screens)
        self.region = _button("Region…", "Drag over the part of the screen to be watched", self._pick)
        self.whole = _button("All", "Watch the whole screen", self._all)
        self.again = _button("Try again", "Record the screen once more", source.start)
        row = _row(self, self.screens, self.region, self.whole, self.again)
        row.setStretchFactor(self.screens, 1)
        source.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        source = self._source
        self.again.setVisible(not source.moving)
        self.whole.setEnabled(source.region is not None)
        self.region.setEnabled(source.screen is not None)
        names = [
            f"{each.name() or f'Screen {number}'} · {each.geometry().width()}×{each.geometry().height()}"
            for number, each in enumerate(source.screens, start=1)
        ]
        _fill(self.screens, names, len(names) > 1)
        if source.screen in source.screens:
            self.screens.setCurrentIndex(source.screens.index(source.screen))

    @Slot(int)
    def _choose_screen(self, index: int) -> None:
        if index < len(self._source.screens):
            self._source.choose(self._source.screens[index])

    @Slot()
    def _pick(self) -> None:
        from gui.sources.region import RegionPicker

        if self._source.screen is not None:
            picker = RegionPicker(self._source.screen, self)
            picker.chosen.connect(self._picked)
            picker.show()
            picker.activateWindow()

    @Slot(QRect)
    def _picked(self, region: QRect) -> None:
        if self._source.screen is not None:
            self._source.choose(self._source.screen, region)

    @Slot()
    def _all(self) -> None:
        if self._source.screen is not None:
            self._source.choose(self._source.screen)


def _button(text: str, tip: str, pressed: Callable[[], None], spoken: str = "") -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(spoken or text)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.clicked.connect(pressed)
    return button


def _seed(tip: str, changed: Callable[[int], None]) -> QSpinBox:
    seed = QSpinBox()
    seed.setRange(0, _MOST)
    seed.setMinimumWidth(72)
    seed.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    seed.setToolTip(tip)
    seed.setAccessibleName("seed")
    seed.valueChanged.connect(changed)
    return seed


def _narrow(combo: QComboBox) -> None:
    """The bar may be narrower than the longest name."""
    combo.setMinimumContentsLength(6)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)


def _row(parent: QWidget, *widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(parent)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for widget in widgets:
        row.addWidget(widget)
    return row


def _column(parent: QWidget, *widgets: QWidget) -> None:
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    for widget in widgets:
        column.addWidget(widget)
    column.setStretch(0, 1)


def _fill(combo: QComboBox, items: list[str], enabled: bool) -> None:
    """Leaves an open list alone when nothing changed in it."""
    if [combo.itemText(index) for index in range(combo.count())] != items:
        combo.clear()
        combo.addItems(items)
    combo.setEnabled(enabled)
