"""Frames from other threads, sent faster than the window takes them: one box, one wake, nothing that piles up."""

import threading
import weakref
from collections.abc import Callable, Iterator
from time import perf_counter

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QThread, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtMultimedia import QVideoFrame
from pytestqt.qtbot import QtBot

from analysis.protocol.raw_picture import RawPicture
from gui.sources.video_tap import VideoTap

PATIENCE = 10.0  # seconds


class Camera(QObject):
    """Makes frames whose level and time are their number, and knows how many of them somebody still keeps."""

    sent = Signal(QVideoFrame)  # as Qt's own capture hands them to a sink: queued, if that lives on another thread

    def __init__(self) -> None:
        super().__init__()
        self._made: list[weakref.ref[np.ndarray]] = []

    def frame(self, number: int) -> QVideoFrame:
        levels = np.full((8, 16, 4), number % 256, np.uint8)
        self._made.append(weakref.ref(levels))
        frame = QVideoFrame(QImage(levels, 16, 8, 64, QImage.Format.Format_RGB32))
        frame.setStartTime(number * 1_000_000)
        return frame

    def send(self, count: int) -> None:
        for number in range(count):
            self.sent.emit(self.frame(number))

    @property
    def kept(self) -> int:
        return sum(ref() is not None for ref in self._made)


class Ear(QObject):
    """What arrived, on which thread, and how often the window was woken for it."""

    def __init__(self, tap: VideoTap) -> None:
        super().__init__()
        self.times: list[int] = []
        self.levels: list[int] = []
        self.threads: set[QThread] = set()
        self.wakes = 0
        tap.arrived.connect(self.hear, Qt.ConnectionType.DirectConnection)
        tap.installEventFilter(self)

    @Slot(object, float)
    def hear(self, picture: RawPicture, seconds: float) -> None:
        self.threads.add(QThread.currentThread())
        self.times.append(round(seconds))
        self.levels.append(int(picture.pixels[0, 0, 0]))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.wakes += event.type() == QEvent.Type.MetaCall
        return False


def elsewhere(work: Callable[[], object]) -> None:
    """Does it on a thread of its own, while the window's thread is busy: no event of it is handled meanwhile."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.fixture
def tap(qtbot: QtBot) -> Iterator[VideoTap]:
    owner = QObject()
    tap = VideoTap(owner)
    yield tap
    tap.forget()


def test_that_of_many_frames_only_the_newest_arrives_by_one_wake(tap: VideoTap, qtbot: QtBot) -> None:
    camera, ear, sink = Camera(), Ear(tap), tap.begin()
    elsewhere(lambda: [sink.setVideoFrame(camera.frame(number)) for number in range(101)])
    assert ear.times == []
    qtbot.waitUntil(lambda: bool(ear.times))
    elsewhere(lambda: sink.setVideoFrame(camera.frame(200)))
    qtbot.waitUntil(lambda: len(ear.times) > 1)
    assert (ear.times, ear.levels) == ([100, 200], [100, 200])
    assert ear.wakes <= 2
    assert ear.threads == {QCoreApplication.instance().thread()}


def test_that_frames_do_not_pile_up_while_the_window_is_busy(tap: VideoTap, qtbot: QtBot) -> None:
    camera, ear, sink = Camera(), Ear(tap), tap.begin()
    elsewhere(lambda: [sink.setVideoFrame(camera.frame(number)) for number in range(300)])
    assert camera.kept <= 2
    qtbot.waitUntil(lambda: ear.times == [299])
    tap.forget()
    sink.setVideoFrame(QVideoFrame())
    assert camera.kept == 0


def test_that_what_qt_queues_to_the_sink_does_not_pile_up_either(tap: VideoTap, qtbot: QtBot) -> None:
    """A screen and a camera are handed to the sink's thread by a queue of Qt's own."""
    camera, ear, sink = Camera(), Ear(tap), tap.begin()
    camera.sent.connect(sink.setVideoFrame)
    elsewhere(lambda: camera.send(300))
    until = perf_counter() + PATIENCE
    while camera.kept > 2 and perf_counter() < until:
        QThread.yieldCurrentThread()  # without handling an event
    assert camera.kept <= 2
    qtbot.waitUntil(lambda: ear.times == [299])


def test_that_nothing_arrives_once_it_is_to_forget(tap: VideoTap, qtbot: QtBot) -> None:
    camera, ear, sink = Camera(), Ear(tap), tap.begin()
    elsewhere(lambda: sink.setVideoFrame(camera.frame(1)))
    tap.forget()
    elsewhere(lambda: sink.setVideoFrame(camera.frame(2)))
    newer = tap.begin()
    elsewhere(lambda: sink.setVideoFrame(camera.frame(3)))
    QCoreApplication.processEvents()
    assert ear.times == []
    elsewhere(lambda: newer.setVideoFrame(camera.frame(4)))
    qtbot.waitUntil(lambda: bool(ear.times))
    assert ear.times == [4]


def test_that_it_can_be_ended_and_begun_while_frames_are_being_sent(tap: VideoTap, qtbot: QtBot) -> None:
    camera, ear = Camera(), Ear(tap)
    sinks = [tap.begin()]
    stopped = threading.Event()

    def send() -> None:
        number = 0
        while not stopped.is_set():
            number += 1
            sinks[-1].setVideoFrame(camera.frame(number))

    thread = threading.Thread(target=send)
    thread.start()
    try:
        for _ in range(30):
            ear.times.clear()
            qtbot.waitUntil(lambda: bool(ear.times))
            sinks.append(tap.begin())
    finally:
        stopped.set()
        thread.join(PATIENCE)
    assert ear.threads == {QCoreApplication.instance().thread()}


def test_that_frames_keep_their_distance(qtbot: QtBot) -> None:
    owner = QObject()
    tap = VideoTap(owner, shortest=3600.0)
    camera, ear, sink = Camera(), Ear(tap), tap.begin()
    for number in range(3):
        elsewhere(lambda number=number: sink.setVideoFrame(camera.frame(number)))
        QCoreApplication.processEvents()
    assert ear.times == [0]
    tap.forget()


def test_that_a_frame_is_let_go_as_soon_as_it_was_taken(tap: VideoTap, qtbot: QtBot) -> None:
    """Cameras and graphics cards have a handful of buffers; who keeps them stops the stream."""
    camera, sink = Camera(), tap.begin()
    pictures: list[object] = []
    tap.arrived.connect(lambda picture, _seconds: pictures.append(picture))
    for number in range(5):
        elsewhere(lambda number=number: sink.setVideoFrame(camera.frame(number)))
        qtbot.waitUntil(lambda number=number: len(pictures) > number)
    assert camera.kept == 1  # in the sink


def test_that_one_that_is_lost_while_frames_come_ends_nothing(qtbot: QtBot) -> None:
    """Qt aborts the program if a thread is destroyed while it runs."""
    owner = QObject()
    camera, sink = Camera(), VideoTap(owner).begin()
    thread = sink.thread()
    elsewhere(lambda: sink.setVideoFrame(camera.frame(1)))
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(owner, QEvent.Type.DeferredDelete)
    qtbot.waitUntil(thread.isFinished)
    elsewhere(lambda: sink.setVideoFrame(camera.frame(2)))
    QCoreApplication.processEvents()
