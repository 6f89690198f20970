"""A video made for the test and really played: every frame has its own grey level, so it is known by its looks."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEventLoop, QSize, QTimer, QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtMultimedia import (
    QMediaCaptureSession,
    QMediaFormat,
    QMediaRecorder,
    QVideoFrame,
    QVideoFrameFormat,
    QVideoFrameInput,
)
from pytestqt.qtbot import QtBot

from analysis.pictures.images import sha256_of
from analysis.protocol.frame import Frame
from gui.sources.decoder_threads import decoders, one_more_on_two_cores
from gui.sources.opening import source_of_origin
from gui.sources.video import VideoSource

# Without a screen there is nothing that could convert frames but the processor, which Qt mentions once.
pytestmark = pytest.mark.qt_log_ignore("No RHI backend")

FRAMES = 20
STEP = 12  # grey levels between one frame and the next


@pytest.fixture(scope="module")
def film(qapp: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "grey.avi"
    if not recorded(path):
        pytest.skip("this system's QtMultimedia cannot record a video")
    return path


def recorded(path: Path) -> bool:
    video_format = QVideoFrameFormat(QSize(64, 48), QVideoFrameFormat.PixelFormat.Format_BGRX8888)
    video_format.setStreamFrameRate(25)
    session, recorder, frames = QMediaCaptureSession(), QMediaRecorder(), QVideoFrameInput(video_format)
    session.setVideoFrameInput(frames)
    session.setRecorder(recorder)
    kind = QMediaFormat(QMediaFormat.FileFormat.AVI)
    kind.setVideoCodec(QMediaFormat.VideoCodec.MotionJPEG)
    recorder.setMediaFormat(kind)
    recorder.setQuality(QMediaRecorder.Quality.VeryHighQuality)
    recorder.setOutputLocation(QUrl.fromLocalFile(str(path)))
    recorder.setAutoStop(True)
    loop, sent = QEventLoop(), 0

    def send() -> None:
        nonlocal sent
        while sent < FRAMES:
            image = QImage(64, 48, QImage.Format.Format_RGB32)
            image.fill(QColor(sent * STEP, sent * STEP, sent * STEP))
            frame = QVideoFrame(image)
            frame.setStartTime(sent * 40_000)
            frame.setEndTime((sent + 1) * 40_000)
            if not frames.sendVideoFrame(frame):
                return
            sent += 1
        frames.sendVideoFrame(QVideoFrame())

    def stopped(state: QMediaRecorder.RecorderState) -> None:
        if state == QMediaRecorder.RecorderState.StoppedState:
            loop.quit()

    frames.readyToSendVideoFrame.connect(send)
    recorder.recorderStateChanged.connect(stopped)
    recorder.errorOccurred.connect(loop.quit)
    limit = QTimer(singleShot=True, interval=20_000)
    limit.timeout.connect(loop.quit)
    limit.start()
    recorder.record()
    loop.exec()
    limit.stop()
    return sent == FRAMES and path.exists() and path.stat().st_size > 1000


class Watched:
    """A source that is played, and the number of every frame that it gave."""

    def __init__(self, source: VideoSource, qtbot: QtBot) -> None:
        self.source = source
        self.qtbot = qtbot
        self.frames: list[Frame] = []
        self.sentences: list[str] = []
        source.frame.connect(self.frames.append)
        source.failed.connect(self.sentences.append)

    @property
    def numbers(self) -> list[int]:
        return [round(float(frame.pixels.mean()) / STEP) for frame in self.frames]

    def until(self, true: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(true, timeout=10_000)


@pytest.fixture
def watched(film: Path, qtbot: QtBot) -> Watched:
    return Watched(VideoSource(str(film)), qtbot)


def test_that_a_video_plays_in_order_and_round_and_round(watched: Watched) -> None:
    watched.source.start()
    watched.until(lambda: len(watched.frames) > 5 and watched.numbers[-1] < watched.numbers[-2])
    watched.source.stop()
    numbers = watched.numbers
    first_round = numbers[: numbers.index(max(numbers)) + 1]
    assert first_round == sorted(first_round)
    assert max(numbers) >= FRAMES - 5  # a busy machine may leave some out
    frame = watched.frames[3]
    assert frame.pixels.shape == (48, 64, 3)
    assert frame.moving
    assert frame.origin.endswith(f"grey.avi#t={numbers[3] * 0.04:.3f}")
    assert watched.source.length == 0  # stopped: nothing is open


def test_that_a_paused_video_is_sought_and_stepped_frame_by_frame(watched: Watched) -> None:
    source = watched.source
    source.start()
    watched.until(lambda: len(watched.frames) >= 4)
    assert source.length == FRAMES * 40
    source.pause()
    watched.until(lambda: not source.playing)
    source.seek(10 * 40 + 20)
    watched.until(lambda: watched.numbers[-1] == 10)
    for step, wanted in ((1, 11), (1, 12), (-1, 11), (-1, 10), (-1, 9)):
        source.step(step)
        watched.until(lambda wanted=wanted: watched.numbers[-1] == wanted)
    assert not watched.frames[-1].moving
    source.seek(0)
    watched.until(lambda: watched.numbers[-1] == 0)
    source.step(-1)
    watched.until(lambda: watched.numbers[-1] == FRAMES - 1)
    source.stop()


def test_that_a_playing_video_that_is_sought_shows_the_place_first_and_plays_on_from_it(watched: Watched) -> None:
    source = watched.source
    states: list[bool] = []
    leaps: list[int] = []
    source.start()
    watched.until(lambda: len(watched.frames) >= 2)
    source.changed.connect(lambda: states.append(source.playing))
    source.leapt.connect(lambda: leaps.append(len(watched.frames)))
    source.seek(15 * 40 + 20)
    watched.until(lambda: len(watched.frames) > leaps[0] + 2)
    assert watched.numbers[leaps[0]] == 15
    assert watched.numbers[leaps[0] + 1] in range(16, 19)
    assert all(frame.moving for frame in watched.frames)
    assert all(states)
    source.seek(5 * 40 + 20)
    source.pause()
    assert not source.playing
    watched.until(lambda: watched.numbers[-1] == 5)
    assert not watched.frames[-1].moving
    source.stop()


def test_that_a_video_that_does_not_loop_ends_and_can_be_played_again(watched: Watched) -> None:
    source = watched.source
    source.set_looping(False)
    source.start()
    watched.until(lambda: source.playing)
    watched.until(lambda: not source.playing)
    assert watched.numbers[-1] >= FRAMES - 5
    count = len(watched.frames)
    source.play()
    watched.until(lambda: len(watched.frames) > count + 2)
    assert watched.numbers[count] < FRAMES - 5
    source.stop()


def test_that_a_video_begins_where_a_recipe_says(film: Path, qtbot: QtBot) -> None:
    watched = Watched(VideoSource(str(film), at=7 * 40 + 1, playing=False), qtbot)
    watched.source.start()
    watched.until(lambda: 7 in watched.numbers)
    assert not watched.source.playing
    watched.source.stop()


def test_that_a_stopped_video_gives_nothing_any_more_and_goes_on_where_it_was(watched: Watched) -> None:
    watched.source.start()
    watched.until(lambda: len(watched.frames) > 3)
    watched.source.stop()
    at = watched.numbers[-1]
    count = len(watched.frames)
    watched.source.start()
    watched.until(lambda: len(watched.frames) > count)
    assert watched.numbers[count] >= at - 1
    watched.source.stop()


@pytest.mark.parametrize("content", [b"", b"no video at all " * 40, b"\0\0\0\x18ftypmp42" + bytes(200)])
def test_that_a_broken_video_is_said(content: bytes, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    watched = Watched(VideoSource(str(path)), qtbot)
    watched.source.start()
    watched.until(lambda: bool(watched.sentences))
    assert "“broken.mp4”" in watched.sentences[0]
    assert not watched.frames
    watched.source.stop()


def test_that_a_truncated_video_gives_what_is_there_or_a_sentence(film: Path, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "cut.avi"
    path.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    watched = Watched(VideoSource(str(path)), qtbot)
    watched.source.start()
    watched.until(lambda: bool(watched.sentences or watched.frames))
    watched.source.stop()


def test_that_a_missing_video_is_said(tmp_path: Path, qtbot: QtBot) -> None:
    watched = Watched(VideoSource(str(tmp_path / "gone.mp4")), qtbot)
    watched.source.start()
    assert "“gone.mp4” does not exist" in watched.sentences[0]


def test_that_a_video_that_is_paused_stands_with_the_frame_on_show(watched: Watched) -> None:
    source = watched.source
    source.start()
    watched.until(lambda: len(watched.frames) >= 3)
    source.pause()
    watched.until(lambda: not source.playing and not watched.frames[-1].moving)
    last = watched.frames[-1]
    before = [frame for frame in watched.frames if frame.moving][-1]
    assert (last.number, last.origin) == (before.number, before.origin) or last.number > before.number
    source.stop()


def test_that_a_frame_of_a_playing_video_is_the_same_when_its_recipe_is_opened(watched: Watched, qtbot: QtBot) -> None:
    source = watched.source
    source.start()
    watched.until(lambda: len(watched.frames) >= 4)
    source.stop()
    for seen in watched.frames[1:4]:
        again = source_of_origin(seen.origin)
        assert isinstance(again, VideoSource)
        opened = Watched(again, qtbot)
        again.start()
        opened.until(lambda opened=opened: bool(opened.frames))
        (frame, *_) = opened.frames
        again.stop()
        assert (frame.origin, frame.moving) == (seen.origin, False)
        assert sha256_of(frame.pixels) == sha256_of(seen.pixels)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere niceness belongs to the process")
def test_that_decoding_is_nicer_than_the_window(watched: Watched) -> None:
    watched.source.start()
    watched.until(lambda: len(watched.frames) >= 2)
    nicenesses = [os.getpriority(os.PRIO_PROCESS, number) for number in decoders()]
    watched.source.stop()
    assert nicenesses
    assert min(nicenesses) > os.getpriority(os.PRIO_PROCESS, 0)


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or len(os.sched_getaffinity(0)) != 2,
    reason="other systems and numbers of cores are left as they are",
)
def test_that_two_cores_decode_by_one_thread_more_than_ffmpeg_would(watched: Watched) -> None:
    watched.source.start()
    watched.until(lambda: len(watched.frames) >= 2)
    watched.source.stop()
    assert one_more_on_two_cores()  # FFmpeg is loaded, and has one core more than there are to count with
