"""Cameras and screens without either: frames and failures are put where Qt would put them."""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QObject, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtMultimedia import (
    QCamera,
    QCameraDevice,
    QCameraFormat,
    QMediaCaptureSession,
    QMediaDevices,
    QScreenCapture,
    QVideoFrame,
    QVideoFrameFormat,
    QVideoSink,
)
from pytestqt.qtbot import QtBot

from analysis.protocol.frame import Frame
from gui.sources import camera as camera_module
from gui.sources.camera import CameraChoice, CameraFormat, CameraSource, usual_format
from gui.sources.screen import ScreenSource
from gui.sources.source import Source

# Without a screen there is nothing that could convert frames but the processor, which Qt mentions once.
pytestmark = pytest.mark.qt_log_ignore("No RHI backend")


Part = TypeVar("Part", bound=QObject)


def size(width: int, height: int, rate: float = 30.0) -> CameraFormat:
    return CameraFormat(width, height, rate, QCameraFormat())


FRONT = CameraChoice(b"front", "Front camera", (size(1920, 1080), size(640, 480), size(320, 240)), QCameraDevice())
DESK = CameraChoice(b"desk", "Desk camera", (), QCameraDevice())


class Bench:
    """The cameras that are plugged in, and those that were opened."""

    def __init__(self) -> None:
        self.plugged: tuple[CameraChoice, ...] = (FRONT, DESK)
        self.permission = Qt.PermissionStatus.Granted
        self.asked: list[CameraSource] = []
        self.opened: list[tuple[str, QCamera]] = []

    def open(self, choice: CameraChoice, parent: QObject) -> QCamera:
        camera = QCamera(parent)
        self.opened.append((choice.name, camera))
        return camera


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench()
    monkeypatch.setattr(camera_module, "installed_cameras", lambda: bench.plugged)
    monkeypatch.setattr(camera_module, "camera_of", bench.open)
    monkeypatch.setattr(camera_module, "camera_permission", lambda: bench.permission)
    monkeypatch.setattr(camera_module, "ask_for_camera", bench.asked.append)
    return bench


@pytest.fixture
def source(bench: Bench, qtbot: QtBot) -> Iterator[CameraSource]:
    source = CameraSource()
    yield source
    source.stop()


class Heard:
    def __init__(self, source: Source) -> None:
        self.frames: list[Frame] = []
        self.sentences: list[str] = []
        source.frame.connect(self.frames.append)
        source.failed.connect(self.sentences.append)


def picture(width: int, height: int) -> QImage:
    """Every pixel another colour than its neighbours, so that a row that slips is seen."""
    levels = expected(width, height).astype(np.uint32)
    packed = (0xFF << 24) | (levels[..., 0] << 16) | (levels[..., 1] << 8) | levels[..., 2]
    return QImage(packed.astype(np.uint32).tobytes(), width, height, width * 4, QImage.Format.Format_RGB32).copy()


def expected(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.stack([x % 256, y % 256, (x + y) % 256], axis=2).astype(np.uint8)


def inside(source: Source, kind: type[Part]) -> Part:
    """Qt's own part of a source, by which the device speaks."""
    (found,) = source.findChildren(kind, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return found


def plug(source: CameraSource) -> None:
    """A camera comes or goes."""
    inside(source, QMediaDevices).videoInputsChanged.emit()


def sink_of(source: CameraSource | ScreenSource) -> QVideoSink:
    sink = inside(source, QMediaCaptureSession).videoSink()
    assert isinstance(sink, QVideoSink)
    return sink


def send(source: CameraSource | ScreenSource, image: QImage) -> None:
    sink_of(source).setVideoFrame(QVideoFrame(image))


@pytest.mark.parametrize("width", [8, 9, 10, 11, 639])
def test_that_frames_of_any_width_arrive_without_the_padding_of_their_rows(
    source: CameraSource, width: int, qtbot: QtBot
) -> None:
    heard = Heard(source)
    source.start()
    send(source, picture(width, 6))
    (frame,) = heard.frames
    np.testing.assert_array_equal(frame.pixels, expected(width, 6))
    assert frame.pixels.flags.c_contiguous
    assert (frame.origin, frame.moving) == ("camera", True)


def test_that_frames_in_the_cameras_own_colours_arrive(source: CameraSource) -> None:
    heard = Heard(source)
    source.start()
    frame = QVideoFrame(QVideoFrameFormat(QSize(16, 8), QVideoFrameFormat.PixelFormat.Format_YUYV))
    assert frame.map(QVideoFrame.MapMode.WriteOnly)
    memoryview(frame.bits(0))[:] = bytes((235, 128)) * (frame.mappedBytes(0) // 2)  # white, in video's own levels
    frame.unmap()
    sink_of(source).setVideoFrame(frame)
    assert heard.frames[0].pixels.shape == (8, 16, 3)
    assert heard.frames[0].pixels.min() > 250


def test_that_nothing_arrives_from_a_camera_that_was_stopped(source: CameraSource) -> None:
    heard = Heard(source)
    source.start()
    sink = sink_of(source)
    source.stop()
    sink.setVideoFrame(QVideoFrame(picture(8, 8)))  # was under way
    QCoreApplication.processEvents()
    assert not heard.frames
    assert not source.moving
    source.start()
    QCoreApplication.processEvents()
    assert not heard.frames


def test_that_no_camera_is_said_and_one_that_is_plugged_in_later_is_opened(source: CameraSource, bench: Bench) -> None:
    bench.plugged = ()
    heard = Heard(source)
    source.start()
    assert "No camera was found" in heard.sentences[0]
    bench.plugged = (DESK,)
    plug(source)
    send(source, picture(8, 8))
    assert source.title == "Desk camera"
    assert len(heard.frames) == 1


def test_that_a_camera_that_is_unplugged_is_said_once_and_goes_on_when_it_is_back(
    source: CameraSource, bench: Bench
) -> None:
    heard = Heard(source)
    source.start()
    send(source, picture(8, 8))
    bench.plugged = (DESK,)
    plug(source)
    plug(source)
    assert len(heard.sentences) == 1
    assert "“Front camera” was unplugged; the last picture stays" in heard.sentences[0]
    assert not source.moving
    bench.plugged = (DESK, FRONT)
    plug(source)
    send(source, picture(8, 8))
    assert source.camera is FRONT
    assert len(heard.frames) == 2


def test_that_another_camera_coming_or_going_disturbs_nothing(source: CameraSource, bench: Bench) -> None:
    source.start()
    bench.plugged = (FRONT,)
    plug(source)
    bench.plugged = (FRONT, DESK)
    plug(source)
    assert [name for name, _ in bench.opened] == ["Front camera"]
    assert source.cameras == (FRONT, DESK)


def test_that_a_busy_camera_is_said_with_the_systems_own_words(source: CameraSource, bench: Bench) -> None:
    heard = Heard(source)
    source.start()
    bench.opened[-1][1].errorOccurred.emit(QCamera.Error.CameraError, "Device or resource busy.")
    assert heard.sentences == [
        "The camera “Front camera” does not answer (Device or resource busy): close other programs that use it, then "
        "choose it again."
    ]
    assert not source.moving
    source.choose(FRONT)
    send(source, picture(8, 8))
    assert len(heard.frames) == 1


def test_that_a_camera_that_sends_nothing_is_said(
    source: CameraSource, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside(source, QTimer).setInterval(1)
    with qtbot.waitSignal(source.failed) as failed:
        source.start()
    assert "is on but sends no picture" in failed.args[0]
    heard = Heard(source)
    send(source, picture(8, 8))  # it may still begin
    assert len(heard.frames) == 1


def test_that_a_denied_permission_is_said_and_nothing_is_opened(source: CameraSource, bench: Bench) -> None:
    bench.permission = Qt.PermissionStatus.Denied
    heard = Heard(source)
    source.start()
    assert "may not be used: allow it" in heard.sentences[0]
    assert not bench.opened


@pytest.mark.parametrize("answer", [Qt.PermissionStatus.Granted, Qt.PermissionStatus.Denied])
def test_that_the_person_is_asked_for_permission_once(
    source: CameraSource, bench: Bench, answer: Qt.PermissionStatus
) -> None:
    bench.permission = Qt.PermissionStatus.Undetermined
    heard = Heard(source)
    source.start()
    assert bench.asked == [source]
    assert not bench.opened
    bench.permission = answer
    source.permission_answered(None)
    assert len(bench.opened) == (answer == Qt.PermissionStatus.Granted)
    assert len(heard.sentences) == (answer == Qt.PermissionStatus.Denied)


def test_that_an_answer_that_comes_after_stopping_opens_nothing(source: CameraSource, bench: Bench) -> None:
    bench.permission = Qt.PermissionStatus.Undetermined
    source.start()
    source.stop()
    bench.permission = Qt.PermissionStatus.Granted
    source.permission_answered(None)
    assert not bench.opened


def test_that_camera_and_size_can_be_chosen(source: CameraSource, bench: Bench) -> None:
    source.start()
    assert source.format == FRONT.formats[1]  # 640×480: enough, and cheap
    source.choose(FRONT, FRONT.formats[0])
    assert source.title == "Front camera · 1920×1080 · 30/s"
    source.choose(DESK)
    assert (source.camera, source.format) == (DESK, None)
    assert [name for name, _ in bench.opened] == ["Front camera", "Front camera", "Desk camera"]
    source.stop()
    source.start()
    assert source.camera is DESK


def test_that_a_camera_or_size_that_gives_nothing_is_left_for_the_one_that_worked(
    source: CameraSource, bench: Bench
) -> None:
    heard = Heard(source)
    source.start()
    send(source, picture(8, 8))
    source.choose(FRONT, FRONT.formats[0])
    inside(source, QTimer).timeout.emit()
    assert "sends no picture" in heard.sentences[0]
    assert (source.camera, source.format) == (FRONT, FRONT.formats[1])
    source.choose(DESK)
    bench.opened[-1][1].errorOccurred.emit(QCamera.Error.CameraError, "busy")
    assert "“Desk camera” does not answer" in heard.sentences[1]
    assert (source.camera, source.format) == (FRONT, FRONT.formats[1])
    send(source, picture(8, 8))
    assert len(heard.frames) == 2
    opened = ["Front camera", "Front camera", "Front camera", "Desk camera", "Front camera"]
    assert [name for name, _ in bench.opened] == opened
    bench.opened[-1][1].errorOccurred.emit(QCamera.Error.CameraError, "busy")
    assert len(bench.opened) == len(opened)  # there is none to go back to


def test_that_the_usual_size_is_the_smallest_that_is_enough() -> None:
    assert usual_format(()) is None
    assert usual_format((size(320, 240), size(160, 120))) == size(320, 240)
    slow, quick = size(640, 480, 5), size(800, 600, 30)
    assert usual_format((size(1920, 1080), slow, quick)) is quick


def test_that_the_systems_answer_on_permission_is_understood(qtbot: QtBot) -> None:
    assert isinstance(camera_module.camera_permission(), Qt.PermissionStatus)


def test_that_the_systems_cameras_are_listed_without_opening_one(qtbot: QtBot) -> None:
    assert all(choice.name for choice in camera_module.installed_cameras())


# screens


@pytest.fixture
def screen(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScreenSource]:
    monkeypatch.setattr(QScreenCapture, "start", lambda self: None)  # frames are put in by hand
    source = ScreenSource()
    yield source
    source.stop()


def test_that_only_the_chosen_region_of_the_screen_is_given(screen: ScreenSource) -> None:
    heard = Heard(screen)
    place = QGuiApplication.primaryScreen()
    whole = place.geometry().size()
    screen.choose(place, QRect(10, 20, 33, 44))
    screen.start()
    send(screen, picture(whole.width(), whole.height()))
    np.testing.assert_array_equal(
        heard.frames[0].pixels, expected(whole.width(), whole.height())[20 : 20 + 44, 10 : 10 + 33]
    )
    assert heard.frames[0].origin == "screen"


def test_that_the_region_counts_logical_pixels_on_a_fine_screen(screen: ScreenSource) -> None:
    heard = Heard(screen)
    place = QGuiApplication.primaryScreen()
    twice = place.geometry().size() * 2
    screen.choose(place, QRect(10, 20, 30, 40))
    screen.start()
    image = QImage(twice, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    image.setPixelColor(20, 40, QColor("white"))
    send(screen, image)
    assert heard.frames[0].pixels.shape == (80, 60, 3)
    assert heard.frames[0].pixels[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    "region", [None, QRect(), QRect(-50, -50, 10, 10), QRect(0, 0, 100000, 100000)], ids=["none", "null", "out", "all"]
)
def test_that_a_region_that_is_none_is_the_whole_screen(screen: ScreenSource, region: QRect | None) -> None:
    screen.choose(QGuiApplication.primaryScreen(), region)
    assert screen.region is None


def test_that_a_region_reaching_over_the_edge_is_cut_and_can_be_changed_while_running(
    screen: ScreenSource, qtbot: QtBot
) -> None:
    heard = Heard(screen)
    place = QGuiApplication.primaryScreen()
    screen.start()
    screen.choose(place, QRect(-10, -10, 30, 30))
    assert screen.region == QRect(0, 0, 20, 20)
    send(screen, picture(place.geometry().width(), place.geometry().height()))
    screen.choose(place)
    send(screen, picture(place.geometry().width(), place.geometry().height()))
    qtbot.waitUntil(lambda: len(heard.frames) == 2)
    assert [frame.pixels.shape[:2] for frame in heard.frames] == [
        (20, 20),
        (place.geometry().height(), place.geometry().width()),
    ]


def test_that_screens_send_fewer_pictures_than_they_could(screen: ScreenSource) -> None:
    heard = Heard(screen)
    screen._tap._shortest = 3600.0
    screen.start()
    for _ in range(3):
        send(screen, picture(16, 16))
    assert len(heard.frames) <= 1


def test_that_a_screen_that_may_not_be_recorded_is_said(screen: ScreenSource) -> None:
    heard = Heard(screen)
    screen.start()
    inside(screen, QScreenCapture).errorOccurred.emit(QScreenCapture.Error.CaptureFailed, "Access denied")
    assert heard.sentences == [
        "The screen could not be recorded (Access denied): allow it for this program in the system's privacy settings, "
        "then choose the screen again."
    ]
    assert not screen.moving


def test_that_no_screen_is_said(screen: ScreenSource) -> None:
    screen._screen = None
    heard = Heard(screen)
    screen.start()
    assert "There is no screen" in heard.sentences[0]
