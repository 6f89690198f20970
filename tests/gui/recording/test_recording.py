"""Recordings are read again: every picture is there, at its time, of the right size and with the right content."""

import errno
import os
import shutil
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEventLoop, QObject, QSize, QThread, QTimer, QUrl, Signal
from PySide6.QtGui import QAction, QColor, QImage, QPainter, QPaintEvent
from PySide6.QtMultimedia import QMediaPlayer, QVideoFrame, QVideoSink
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from analysis.protocol.problems import Problem
from gui.recording import film_reel, spool
from gui.recording.animation_reel import AnimationReel
from gui.recording.film_reel import FilmReel, film_format
from gui.recording.recorder import Recorder, fitted, picture_size
from gui.recording.reel import Reel
from gui.views.notice_bar import NoticeBar
from gui.window import live_recording
from gui.window.live_recording import made_reel

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
        self._qtbot.waitUntil(lambda: bool(self.remarks or self.sentences), timeout=90_000)


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
    assert reel.kept
    monkeypatch.undo()
    reel.write_to(tmp_path / "elsewhere.gif")
    qtbot.waitUntil(lambda: bool(ending.remarks), timeout=30_000)
    with Image.open(tmp_path / "elsewhere.gif") as animation:
        assert abs(animation.convert("RGB").getpixel((50, 40))[0] - STEP) <= 3
    assert not reel.kept


class FullFile:
    """Takes so many bytes and no more."""

    def __init__(self, room: int) -> None:
        self._file, self._room = TemporaryFile(), room  # noqa: SIM115 - the spool closes it

    def write(self, content: bytes) -> int:
        if self._file.tell() + len(content) > self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._file.write(content)

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def noise(seed: int) -> QImage:
    content = np.random.default_rng(seed).integers(0, 256, (48, 64, 4), np.uint8)
    return QImage(content.tobytes(), 64, 48, 256, QImage.Format.Format_RGB32).copy()


def test_that_an_animation_without_room_ends_early_with_all_that_was_recorded(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool.tempfile, "TemporaryFile", lambda: FullFile(25_000))
    reel = AnimationReel(tmp_path / "live.webp")
    ending = Ending(reel, qtbot)
    reel.full.connect(lambda: reel.finish(1000))
    for number in range(4):
        reel.add(noise(number), number * 100)
    ending.wait()
    assert ending.remarks == ["it ended early because the disk is full"]
    with Image.open(reel.path) as animation:
        assert animation.n_frames == 2


def test_that_an_animation_without_any_room_is_one_sentence(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool.tempfile, "TemporaryFile", lambda: FullFile(10))
    reel = AnimationReel(tmp_path / "live.webp")
    ending = Ending(reel, qtbot)
    reel.full.connect(lambda: reel.finish(1000))
    reel.add(noise(0), 0)
    ending.wait()
    assert ending.sentences == ["The recording could not be kept: the disk is full."]
    assert list(tmp_path.iterdir()) == []
    reel.forget()


def memory(most: bool = False) -> int:
    """Megabytes that this process holds, or held at most since it was asked last."""
    told = Path("/proc/self/status").read_text().splitlines()
    name = "VmHWM:" if most else "VmRSS:"
    value = next(int(line.split()[1]) for line in told if line.startswith(name)) // 1024
    Path("/proc/self/clear_refs").write_text("5")
    return value


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="this system does not tell of memory")
@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_that_recorded_pictures_take_no_memory(suffix: str, qtbot: QtBot, tmp_path: Path) -> None:
    """Neither while it is recorded nor while it is written."""
    size, count = QSize(960, 600), 60
    write_something = AnimationReel(tmp_path / f"first{suffix}")
    first = Ending(write_something, qtbot)
    write_something.add(grey(1, QSize(64, 48)), 0)
    write_something.finish(10)
    first.wait()  # what is imported for it is no part of the recording
    before, files = memory(), [name for name in open_files() if "(deleted)" in name]
    reel = AnimationReel(tmp_path / f"live{suffix}")
    ending = Ending(reel, qtbot)
    for number in range(count):
        reel.add(grey(number % 12, size), number * 100)
        qtbot.waitUntil(lambda: not reel._waiting, timeout=30_000)
    reel.finish(count * 100)
    ending.wait()
    assert ending.remarks == [""]
    assert memory(most=True) - before < 80  # all of them would be 140, and twice that while they are written
    assert [name for name in open_files() if "(deleted)" in name] == files


def test_that_a_gif_shows_small_changes_anywhere(qtbot: QtBot, tmp_path: Path) -> None:
    reel = AnimationReel(tmp_path / "live.gif")
    ending = Ending(reel, qtbot)
    pictures = [grey(1, QSize(64, 48))]
    for x, y in ((0, 0), (63, 47), (30, 20)):
        changed = pictures[-1].copy()
        changed.setPixelColor(x, y, QColor("red"))
        pictures.append(changed)
    for number, picture in enumerate(pictures):
        reel.add(picture, number * 100)
    reel.finish(400)
    ending.wait()
    with Image.open(reel.path) as animation:
        assert animation.info["loop"] == 0
        for number, picture in enumerate(pictures):
            animation.seek(number)
            shown = animation.convert("RGB")
            for x, y in ((0, 0), (63, 47), (30, 20), (10, 40)):
                assert shown.getpixel((x, y)) == picture.pixelColor(x, y).getRgb()[:3]


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


class Status:
    words = ""

    def showMessage(self, words: str, _milliseconds: int = 0) -> None:
        self.words = words

    def clearMessage(self) -> None:
        self.words = ""

    def insertPermanentWidget(self, _place: int, _widget: QWidget) -> None: ...


class SessionOfARecording(QObject):
    """What a recording needs of the session."""

    closing = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.window = QWidget()
        self.window.tabs = Painted(self.window)
        self.window.notice = NoticeBar(self.window)
        self.window.status = Status()
        self.window.statusBar = lambda: self.window.status
        self.window.actions_ = {"record": QAction(self.window, checkable=True)}


def test_that_a_recording_that_could_not_be_written_is_written_elsewhere(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = SessionOfARecording()
    window = session.window
    qtbot.addWidget(window)
    folder, elsewhere = tmp_path / "unplugged", tmp_path / "elsewhere.webp"
    folder.mkdir()
    recording = live_recording.LiveRecording(session, session)
    recording.start(folder / "live.webp")
    folder.rmdir()
    recording.record(False)
    qtbot.waitUntil(lambda: bool(window.notice.sentence), timeout=30_000)
    assert "unplugged" in window.notice.sentence
    (way,) = [button for button in window.notice.findChildren(QPushButton) if "elsewhere" in button.text()]
    for answer in (None, elsewhere):  # the person changes their mind, and again
        monkeypatch.setattr(live_recording.figures, "ask_path", lambda *_, answer=answer: answer)
        way.click()
    qtbot.waitUntil(lambda: "Written to" in window.status.words, timeout=30_000)
    assert str(elsewhere) in window.status.words
    with Image.open(elsewhere) as animation:
        assert animation.size[0] > 0
    session.closing.emit()


def test_that_a_recording_says_when_it_ended_because_it_was_long(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reel, "every", 1)
    session = SessionOfARecording()
    status = session.window.status
    qtbot.addWidget(session.window)
    recording = live_recording.LiveRecording(session, session)
    for longest, said in ((1000, True), (30_000, False)):
        monkeypatch.setattr(Reel, "longest", longest)
        status.clearMessage()
        recording.start(tmp_path / f"{longest}.gif")
        if not said:
            recording.record(False)
        qtbot.waitUntil(lambda: "Written to" in status.words, timeout=30_000)
        assert ("ends after 0:01" in status.words) is said
    session.closing.emit()


def test_that_a_system_without_a_film_coder_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_recording, "film_possible", lambda: False)
    with pytest.raises(Problem, match=r"its name has to end in \.webp, \.gif"):
        made_reel(tmp_path / "live.mp4", QThread.currentThread())
