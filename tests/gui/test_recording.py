"""Recordings are read again: every picture is there, at its time, of the right size and with the right content."""

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QEventLoop, QSize, QThread, QTimer, QUrl
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtMultimedia import QMediaPlayer, QVideoFrame, QVideoSink
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from analysis.problems import Problem
from gui.recording import film_reel, live_recording
from gui.recording.animation_reel import AnimationReel
from gui.recording.film_reel import FilmReel, film_format
from gui.recording.live_recording import made_reel
from gui.recording.recorder import Recorder, fitted, picture_size
from gui.recording.reel import Reel

# Without a screen there is nothing that could convert frames but the processor, which Qt mentions once.
pytestmark = pytest.mark.qt_log_ignore("No RHI backend", "could not write trailer", "qt.multimedia")

STEP = 20  # grey levels between one picture and the next


def grey(number: int, size: QSize) -> QImage:
    """A picture known by its grey level, with a white corner at the top left."""
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(QColor(number * STEP, number * STEP, number * STEP))
    painter = QPainter(image)
    painter.fillRect(0, 0, size.width() // 4, size.height() // 4, QColor("white"))
    painter.end()
    return image


class Painted(QWidget):
    """A widget that paints itself in the next grey level each time."""

    times = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).drawImage(0, 0, grey(self.times % 12, self.size()))
        self.times += 1


class Ending:
    """How a reel ended: its remark or the sentence on why not."""

    def __init__(self, reel: Reel, qtbot: QtBot) -> None:
        self.remarks: list[str] = []
        self.sentences: list[str] = []
        self._qtbot = qtbot
        reel.finished.connect(self.remarks.append)
        reel.failed.connect(self.sentences.append)

    def wait(self) -> None:
        self._qtbot.waitUntil(lambda: bool(self.remarks or self.sentences), timeout=30_000)


def played(path: Path) -> list[tuple[int, QImage]]:
    """Every picture of a film with its time in milliseconds, from a player that knows nothing of us."""
    player, sink, loop = QMediaPlayer(), QVideoSink(), QEventLoop()
    frames: list[tuple[int, QImage]] = []
    player.setVideoSink(sink)

    def keep(frame: QVideoFrame) -> None:
        if frame.isValid() and (not frames or frames[-1][0] != frame.startTime() // 1000):
            frames.append((frame.startTime() // 1000, frame.toImage()))

    def ended(status: QMediaPlayer.MediaStatus) -> None:
        if status in (QMediaPlayer.MediaStatus.EndOfMedia, QMediaPlayer.MediaStatus.InvalidMedia):
            loop.quit()

    sink.videoFrameChanged.connect(keep)
    player.mediaStatusChanged.connect(ended)
    player.setSource(QUrl.fromLocalFile(str(path)))
    player.setPlaybackRate(0.25)  # so that a busy machine leaves no frame out
    player.play()
    limit = QTimer(singleShot=True, interval=20_000)
    limit.timeout.connect(loop.quit)
    limit.start()
    loop.exec()
    limit.stop()
    player.stop()
    player.setSource(QUrl())
    return frames


@pytest.fixture
def film(qtbot: QtBot, tmp_path: Path) -> FilmReel:
    kind = film_format()
    if kind is None:
        pytest.skip("this system's QtMultimedia cannot code MP4")
    return FilmReel(tmp_path / "live.mp4", kind)


def open_files() -> list[str]:
    """The paths of the files that this process holds open, where the system tells."""
    folder = Path("/proc/self/fd")
    return [os.readlink(link) for link in folder.iterdir() if link.exists()] if folder.is_dir() else []


def test_that_a_film_holds_every_picture_at_its_time(film: FilmReel, qtbot: QtBot) -> None:
    ending = Ending(film, qtbot)
    times = [0, 50, 100, 230, 280, 600, 650]
    for number, at in enumerate(times):
        film.add(grey(number, QSize(320, 200)), at)
    film.finish(700)
    ending.wait()
    assert ending.remarks == [""]
    frames = played(film.path)
    assert [at for at, _ in frames] == times
    for number, (_, image) in enumerate(frames):
        assert image.size() == QSize(320, 200)
        assert abs(image.pixelColor(250, 150).red() - number * STEP) <= 4
        assert image.pixelColor(20, 20).red() > 245  # the corner is where it was
    assert list(film.path.parent.iterdir()) == [film.path]
    assert not [name for name in open_files() if "live.mp4" in name]


def test_that_a_film_ended_at_once_has_its_one_picture(film: FilmReel, qtbot: QtBot) -> None:
    ending = Ending(film, qtbot)
    film.add(grey(3, QSize(64, 48)), 0)
    film.finish(1)
    ending.wait()
    assert len(played(film.path)) == 1


def test_that_a_film_without_room_ends_early_and_is_whole(
    film: FilmReel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, widget, ending = Recorder(), Painted(), Ending(film, qtbot)
    qtbot.addWidget(widget)
    widget.resize(64, 48)
    monkeypatch.setattr(film_reel, "RESERVE", 1 << 62)
    recorder.start(widget, film)
    assert recorder.reel is None
    ending.wait()
    assert ending.remarks == ["it ended early because the disk is nearly full"]
    assert len(played(film.path)) == 1


def test_that_a_film_whose_folder_is_gone_is_one_sentence_and_leaves_nothing(film: FilmReel, qtbot: QtBot) -> None:
    ending = Ending(film, qtbot)
    shutil.rmtree(film.path.parent)
    film.add(grey(3, QSize(64, 48)), 0)
    film.finish(50)
    ending.wait()
    assert not ending.remarks
    assert ending.sentences[0].startswith(f"The recording could not be written to {film.path}: ")
    assert not film.path.exists()


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_that_an_animation_holds_every_picture_as_long_as_it_was_seen(
    suffix: str, qtbot: QtBot, tmp_path: Path
) -> None:
    reel = AnimationReel(tmp_path / f"live{suffix}")
    ending = Ending(reel, qtbot)
    seen = [(0, 1), (100, 2), (200, 2), (300, 2), (400, 5)]
    for at, number in seen:
        reel.add(grey(number, QSize(64, 48)), at)
    reel.finish(520)
    ending.wait()
    assert ending.remarks == [""]
    with Image.open(reel.path) as animation:
        assert animation.size == (64, 48)
        assert animation.n_frames == 3
        for place, (number, shown) in enumerate([(1, 100), (2, 300), (5, 120)]):
            animation.seek(place)
            assert abs(animation.convert("RGB").getpixel((50, 40))[0] - number * STEP) <= 3
            assert animation.convert("RGB").getpixel((5, 5))[0] > 245
            assert animation.info["duration"] == shown


def test_that_an_animation_on_a_full_disk_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    def full(self: Path, *_: object) -> None:
        raise OSError(28, "No space left on device")

    reel = AnimationReel(tmp_path / "live.webp")
    ending = Ending(reel, qtbot)
    reel.add(grey(1, QSize(64, 48)), 0)
    monkeypatch.setattr(Path, "open", full)
    reel.finish(10)
    ending.wait()
    assert "the disk is full" in ending.sentences[0]
    assert list(tmp_path.iterdir()) == []


def test_that_what_is_recorded_keeps_its_size_when_the_window_changes(qtbot: QtBot, tmp_path: Path) -> None:
    widget, recorder, reel = Painted(), Recorder(), AnimationReel(tmp_path / "live.webp")
    qtbot.addWidget(widget)
    widget.resize(201, 101)
    ending = Ending(reel, qtbot)
    recorder.start(widget, reel)
    widget.resize(100, 301)
    with qtbot.waitSignal(recorder.took, timeout=10_000):
        pass
    recorder.stop()
    ending.wait()
    with Image.open(reel.path) as animation:
        assert animation.size == (200, 100)
        assert animation.n_frames == 2


def test_that_a_picture_of_other_proportions_is_all_seen() -> None:
    tall = grey(6, QSize(100, 300))
    page = fitted(tall, QSize(200, 100))
    assert page.size() == QSize(200, 100)
    assert abs(page.pixelColor(100, 50).red() - 6 * STEP) <= 2
    assert page.pixelColor(5, 50) == page.pixelColor(194, 50)
    assert abs(page.pixelColor(5, 50).red() - 6 * STEP) > 20  # beside it is the window's ground


@pytest.mark.parametrize(("given", "wanted"), [((641, 401), (640, 400)), ((2000, 1000), (960, 480)), ((1, 1), (2, 2))])
def test_that_sizes_are_even_and_not_too_wide(given: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert picture_size(QSize(*given), 960) == QSize(*wanted)


def test_that_a_recording_ends_by_itself_at_the_longest_time(qtbot: QtBot, tmp_path: Path) -> None:
    widget, recorder, reel = Painted(), Recorder(), AnimationReel(tmp_path / "live.gif")
    qtbot.addWidget(widget)
    reel.every, reel.longest = 1, 5
    ending = Ending(reel, qtbot)
    with qtbot.waitSignal(recorder.stopped, timeout=10_000):
        recorder.start(widget, reel)
    ending.wait()
    assert ending.remarks == [""]


def test_that_a_system_without_a_film_coder_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_recording, "film_possible", lambda: False)
    with pytest.raises(Problem, match=r"its name has to end in \.webp, \.gif"):
        made_reel(tmp_path / "live.mp4", QThread.currentThread())
