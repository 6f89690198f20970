"""The bars under the picture: what is pressed reaches the source, and what the source does is seen in the bar."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QAbstractSpinBox, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import Shiboken

from gui.sources import camera as camera_module
from gui.sources import opening
from gui.sources.animation import AnimationSource
from gui.sources.bars.camera import CameraBar
from gui.sources.bars.folder import FolderBar
from gui.sources.bars.noise import NoiseBar
from gui.sources.bars.player import PlayerBar
from gui.sources.bars.scenes import SceneBar
from gui.sources.bars.screen import ScreenBar
from gui.sources.bars.sketch import SketchBar
from gui.sources.bars.table import controls_for
from gui.sources.camera import CameraChoice, CameraFormat, CameraSource
from gui.sources.noise import NoiseSource
from gui.sources.region import RegionPicker
from gui.sources.screen import ScreenSource
from gui.sources.sketch import SketchSource
from gui.sources.source import Source
from gui.sources.still import still_of_file
from gui.sources.walk import PictureWalk


@pytest.fixture
def shown(qtbot: QtBot) -> Iterator[object]:
    """Shows the controls of a source, and stops it at the end."""
    sources: list[Source] = []

    def show(source: Source) -> QWidget | None:
        sources.append(source)
        bar = controls_for(source)
        if bar is not None:
            qtbot.addWidget(bar)
            bar.show()
        return bar

    yield show
    for source in sources:
        source.stop()


def press(button: QWidget) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_that_one_picture_that_stays_has_no_controls(shown, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    assert shown(still_of_file("a.png")) is None
    assert controls_for(None) is None


@pytest.mark.parametrize("name", opening.NAMES)
def test_that_every_control_is_reached_by_keyboard_named_and_explained(name: str, shown) -> None:  # type: ignore[no-untyped-def]
    bar = shown(opening.named_source(name))
    controls = [
        widget
        for widget in bar.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not isinstance(widget.parent(), QAbstractSpinBox)
        and not isinstance(widget, QAbstractItemView)  # a combo box's list
    ]
    assert controls
    for widget in controls:
        assert widget.toolTip(), widget
        assert widget.accessibleName() or getattr(widget, "text", str)(), widget


@pytest.mark.parametrize("name", [*opening.NAMES, "film.mp4"])
def test_that_controls_fit_a_narrow_dock(name: str, shown, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    if name == "film.mp4":
        (tmp_path / name).write_bytes(b"something")
        source = opening.source_of_path(str(tmp_path / name))
    else:
        source = opening.named_source(name)
    assert shown(source).minimumSizeHint().width() <= 320


def test_that_an_animated_picture_is_played_by_its_bar(shown, tmp_path: Path, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.gif"
    more = [Image.new("RGB", (6, 4), colour) for colour in ("green", "blue")]
    Image.new("RGB", (6, 4), "red").save(path, save_all=True, append_images=more, duration=10_000)
    source = AnimationSource(str(path))
    bar = shown(source)
    assert isinstance(bar, PlayerBar)
    with qtbot.waitSignal(source.frame):
        source.start()
    assert bar.play.text() == "Play" if not source.playing else "Pause"
    press(bar.play)
    assert not source.playing
    assert bar.play.text() == "Play"
    with qtbot.waitSignal(source.frame):
        press(bar.on)
    assert (source.place, bar.seek.value(), bar.told.text()) == (1, 1, "2 / 3")
    with qtbot.waitSignal(source.frame):
        press(bar.back)
    assert bar.seek.value() == 0
    with qtbot.waitSignal(source.frame):
        QTest.keyClick(bar.seek, Qt.Key.Key_End)
    assert source.place == 2
    bar.loop.click()
    assert not source.looping


def test_that_a_folder_is_walked_by_its_bar(shown, tmp_path: Path, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    for index in range(5):
        Image.new("RGB", (6, 4)).save(tmp_path / f"{index}.png")
    source = PictureWalk(str(tmp_path))
    bar = shown(source)
    assert isinstance(bar, FolderBar)
    assert not bar.on.isEnabled()
    with qtbot.waitSignal(source.frame):
        source.start()
    assert bar.number.text() == "1 of 5"
    with qtbot.waitSignal(source.frame):
        press(bar.on)
    with qtbot.waitSignal(source.frame):
        bar.number.setValue(5)
    assert source.index == 4
    with qtbot.waitSignal(source.frame):
        press(bar.back)
    assert bar.told.text().startswith("3.png")


def test_that_noise_is_chosen_by_its_bar(shown, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    source = NoiseSource()
    bar = shown(source)
    assert isinstance(bar, NoiseBar)
    origins: list[str] = []
    source.frame.connect(lambda frame: origins.append(frame.origin))
    source.start()
    bar.kind.setCurrentText("smooth")
    bar.seed.setValue(9)
    assert origins == ["noise:0:uniform", "noise:0:smooth", "noise:9:smooth"]
    bar.running.click()
    qtbot.waitUntil(lambda: bar.seed.value() > 10)
    bar.running.click()
    assert not source.moving


def test_that_the_pad_is_used_by_its_bar(shown) -> None:  # type: ignore[no-untyped-def]
    source = SketchSource()
    bar = shown(source)
    assert isinstance(bar, SketchBar)
    bar.resize(300, 400)
    assert not bar.undo.isEnabled()
    QTest.mouseClick(bar.canvas, Qt.MouseButton.LeftButton, pos=bar.canvas.rect().center())
    QTest.mouseClick(bar.canvas, Qt.MouseButton.LeftButton, pos=bar.canvas.rect().center() + QPoint(20, 0))
    press(bar.undo)
    assert not source.empty
    press(bar.clear)
    assert source.empty
    bar.brush.setValue(50)
    bar.centred.click()
    assert (source.brush, source.centred) == (50, False)


def test_that_scenes_are_chosen_by_their_bar(shown) -> None:  # type: ignore[no-untyped-def]
    source = opening.named_source("scenes")
    bar = shown(source)
    assert isinstance(bar, SceneBar)
    press(bar.another)
    assert bar.seed.value() == 1
    own = source.choice.grasp
    QTest.mouseClick(bar.canvas, Qt.MouseButton.LeftButton, pos=bar.canvas.rect().center())
    assert source.choice.grasp != own
    press(bar.reset)
    assert source.choice.grasp == own


def test_that_camera_and_size_are_chosen_by_the_bar(shown, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    from PySide6.QtMultimedia import QCamera, QCameraDevice, QCameraFormat, QMediaDevices

    sizes = tuple(CameraFormat(width, height, 30.0, QCameraFormat()) for width, height in ((1280, 720), (640, 480)))
    plugged = [CameraChoice(b"a", "One", sizes, QCameraDevice()), CameraChoice(b"b", "Two", (), QCameraDevice())]
    monkeypatch.setattr(camera_module, "installed_cameras", lambda: tuple(plugged))
    monkeypatch.setattr(camera_module, "camera_of", lambda choice, parent: QCamera(parent))
    source = CameraSource()
    bar = shown(source)
    assert isinstance(bar, CameraBar)
    press(bar.again)
    assert (bar.camera.currentText(), bar.size_.currentText()) == ("One", "640×480 · 30/s")
    assert not bar.again.isVisible()
    bar.size_.activated.emit(0)
    assert source.format == sizes[0]
    bar.camera.activated.emit(1)
    assert source.camera == plugged[1]
    assert not bar.size_.isEnabled()
    plugged.clear()
    (devices,) = source.findChildren(QMediaDevices)
    devices.videoInputsChanged.emit()
    assert bar.camera.currentText() == "No camera"
    assert bar.again.isVisible()


def test_that_a_region_of_the_screen_is_dragged(shown, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    source = ScreenSource()
    bar = shown(source)
    assert isinstance(bar, ScreenBar)
    press(bar.region)
    (picker,) = bar.findChildren(RegionPicker)
    QTest.mousePress(picker, Qt.MouseButton.LeftButton, pos=QPoint(150, 200))
    QTest.mouseMove(picker, QPoint(51, 61))
    picker.grab()  # it can be painted with and without a region
    QTest.mouseRelease(picker, Qt.MouseButton.LeftButton, pos=QPoint(51, 61))
    assert source.region == QRect(51, 61, 99, 139)
    press(bar.whole)
    assert source.region is None


def test_that_a_slip_of_the_hand_and_escape_choose_nothing(qtbot: QtBot) -> None:
    picker = RegionPicker(QGuiApplication.primaryScreen())
    chosen: list[QRect] = []
    picker.chosen.connect(chosen.append)
    picker.show()
    QTest.mouseClick(picker, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert picker.isVisible()
    QTest.keyClick(picker, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not Shiboken.isValid(picker))
    assert not chosen


def test_that_enter_chooses_the_whole_screen(qtbot: QtBot) -> None:
    picker = RegionPicker(QGuiApplication.primaryScreen())
    picker.show()
    whole = picker.rect()
    with qtbot.waitSignal(picker.chosen) as chosen:
        QTest.keyClick(picker, Qt.Key.Key_Return)
    assert chosen.args == [whole]


def test_that_a_strip_of_small_pictures_comes_when_it_is_wanted(shown, tmp_path: Path, qtbot: QtBot) -> None:  # type: ignore[no-untyped-def]
    for index in range(4):
        Image.new("RGB", (60, 40)).save(tmp_path / f"{index}.png")
    (tmp_path / "broken.png").write_text("no picture")
    source = PictureWalk(str(tmp_path))
    bar = shown(source)
    assert isinstance(bar, FolderBar)
    bar.resize(500, 120)
    with qtbot.waitSignal(source.frame):
        source.start()
    assert bar.strip is None
    press(bar.small)
    assert bar.strip is not None
    strip = bar.strip
    qtbot.waitUntil(lambda: strip.ready == 5)
    assert strip.currentIndex().row() == 0
    with qtbot.waitSignal(source.frame):
        strip.clicked.emit(strip.model().index(2, 0))
    assert source.index == 2
    assert strip.currentIndex().row() == 2
    assert strip.model().data(strip.model().index(2, 0), Qt.ItemDataRole.ToolTipRole) == "2.png"
    press(bar.small)
    assert not strip.isVisible()
