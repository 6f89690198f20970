"""The feed: one source at a time, from its first picture on, frozen and mirrored in one place, and every way of opening
something."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from analysis.protocol.frame import Frame
from analysis.protocol.problems import Problem
from analysis.protocol.raw_picture import RawPicture
from gui.sources import opening
from gui.sources.animation import AnimationSource
from gui.sources.data import DataSource
from gui.sources.feed import Feed
from gui.sources.noise import NoiseSource
from gui.sources.samples import SampleSource
from gui.sources.scenes import SceneSource
from gui.sources.sketch import SketchSource
from gui.sources.source import Source, frame_of
from gui.sources.still import StillSource
from gui.sources.walk import PictureWalk


class Stream(Source):
    """Gives frames when it is told to."""

    def __init__(self, name: str = "stream", device: str = "") -> None:
        super().__init__()
        self.name, self._device = name, device
        self.started = self.stopped = 0
        self.runs = False

    @property
    def title(self) -> str:
        return self.name

    @property
    def device(self) -> str:
        return self._device

    @property
    def moving(self) -> bool:
        return self.runs

    def start(self) -> None:
        self.started += 1

    def stop(self) -> None:
        self.stopped += 1

    def tell(self, level: int, moving: bool = True) -> None:
        pixels = np.full((3, 5, 3), level, np.uint8)
        pixels[0, 0] = 255
        self.give(pixels, self.name, moving)


class Heard:
    def __init__(self, feed: Feed) -> None:
        self.frames: list[Frame] = []
        self.sentences: list[str] = []
        self.remarks: list[str] = []
        self.waits: list[str] = []
        self.paths: list[str] = []
        self.changes = 0
        feed.frame.connect(self.frames.append)
        feed.failed.connect(self.sentences.append)
        feed.remarked.connect(self.remarks.append)
        feed.waiting.connect(self.waits.append)
        feed.opened.connect(self.paths.append)
        feed.changed.connect(self._change)

    def _change(self) -> None:
        self.changes += 1

    @property
    def levels(self) -> list[int]:
        return [int(frame.pixels[2, 2, 0]) for frame in self.frames]


def in_use(feed: Feed) -> Stream:
    stream = Stream("shown")
    feed.use(stream)
    stream.tell(0)
    return stream


@pytest.fixture
def feed(qtbot: QtBot):  # type: ignore[no-untyped-def]
    feed = Feed()
    yield feed
    feed.stop()


def save(path: Path, **options: object) -> Path:
    Image.new("RGB", (6, 4), (1, 2, 3)).save(path, **options)
    return path


def test_that_a_source_takes_over_with_its_first_picture_and_is_then_heard_alone(feed: Feed) -> None:
    heard = Heard(feed)
    first, second = Stream("first"), Stream("second")
    feed.use(first)
    first.tell(1)
    feed.use(second)
    first.tell(2)
    assert (feed.source, feed.coming, first.stopped, heard.changes) == (first, second, 0, 1)
    second.tell(3)
    assert (feed.source, feed.coming, first.stopped, heard.changes) == (second, None, 1, 2)
    first.tell(4)
    first.failed.emit("Nobody cares.")
    second.failed.emit("The cable fell out.")
    assert heard.levels == [1, 2, 3]
    assert heard.sentences == ["The cable fell out."]
    assert (first.started, second.started, second.stopped) == (1, 1, 0)
    assert feed.source.title == "second"


def test_that_a_source_that_fails_before_its_first_picture_leaves_everything_as_it_was(feed: Feed) -> None:
    heard = Heard(feed)
    first, broken = Stream("first"), Stream("broken")
    feed.use(first)
    first.tell(1)
    feed.mirrored = feed.frozen = True
    feed.use(broken, mirrored=False, path="/broken.png")
    broken.failed.emit("“broken.png” is no picture.")
    broken.tell(2)  # a late one
    assert heard.sentences == ["“broken.png” is no picture."]
    assert (feed.source, feed.coming, feed.given_up) == (first, None, None)
    assert (first.started, first.stopped, broken.stopped, heard.changes) == (1, 0, 1, 1)
    assert feed.mirrored
    assert feed.frozen
    feed.frozen = False
    first.tell(3)
    assert heard.levels == [1, 1, 3]
    assert heard.paths == []


def test_that_of_several_sources_that_take_their_time_the_newest_wins(feed: Feed, qtbot: QtBot) -> None:
    shown, slow, newest = in_use(feed), Stream("slow"), Stream("newest")
    heard = Heard(feed)
    feed.use(slow, path="/slow.mp4")
    with qtbot.waitSignal(feed.waiting):
        pass
    assert heard.waits == ["slow"]
    feed.use(newest, path="/newest.mp4")
    assert heard.waits == ["slow", ""]
    assert (slow.stopped, shown.stopped) == (1, 0)
    slow.tell(2)
    slow.failed.emit("Too late.")
    newest.tell(3)
    assert heard.levels == [3]
    assert heard.sentences == []
    assert heard.paths == ["/newest.mp4"]


def test_that_waiting_can_be_given_up_and_ends_with_the_feed(feed: Feed) -> None:
    shown, slow, slower = in_use(feed), Stream("slow"), Stream("slower")
    heard = Heard(feed)
    feed.use(slow)
    assert feed.give_up()
    assert not feed.give_up()
    slow.tell(1)
    shown.tell(2)
    feed.use(slower)
    feed.stop()
    slower.tell(3)
    shown.tell(4)
    assert heard.levels == [2]
    assert (shown.stopped, slow.stopped, slower.stopped) == (1, 1, 1)


def test_that_the_very_first_source_is_in_use_at_once_and_replaced_at_once_while_it_has_shown_nothing(
    feed: Feed,
) -> None:
    heard = Heard(feed)
    first, second, third = Stream("first"), Stream("second"), Stream("third")
    feed.use(first)
    assert feed.source is first
    feed.use(second)
    first.tell(1)
    assert feed.source is second
    second.failed.emit("It is broken.")
    feed.use(third)
    assert (feed.source, feed.coming) == (second, third)  # its controls may mend it
    third.tell(2)
    assert feed.source is third
    assert heard.levels == [2]


def test_that_a_device_is_not_opened_twice(feed: Feed) -> None:
    in_use(feed)
    heard = Heard(feed)
    camera, again = Stream("camera", "camera"), Stream("again", "camera")
    feed.use(camera)
    feed.use(again)  # while the person is still being asked for permission
    assert feed.coming is camera
    camera.tell(1)
    camera.runs = feed.frozen = True
    feed.use(Stream("again", "camera"))
    assert not feed.frozen
    assert (feed.source, feed.coming, camera.started, camera.stopped) == (camera, None, 1, 0)
    camera.runs = False  # unplugged
    feed.use(Stream("again", "camera"))
    assert (feed.source, camera.started, camera.stopped, again.started) == (camera, 2, 0, 0)
    camera.tell(2)
    assert heard.levels == [1, 2]


def test_that_a_device_that_gave_no_picture_can_be_tried_again_and_be_used_anyway(feed: Feed) -> None:
    shown, camera = in_use(feed), Stream("camera", "camera")
    heard = Heard(feed)
    feed.use(camera)
    camera.failed.emit("The camera does not answer.")
    assert (feed.source, feed.given_up, camera.stopped) == (shown, camera, 1)
    feed.try_again()
    assert (feed.coming, feed.given_up, camera.started) == (camera, None, 2)
    camera.failed.emit("The camera does not answer.")
    feed.use_anyway()
    assert (feed.source, feed.coming, camera.started, shown.stopped) == (camera, None, 3, 1)
    camera.failed.emit("The camera does not answer.")
    camera.tell(1)
    assert heard.levels == [1]
    assert len(heard.sentences) == 3


def test_that_a_source_that_goes_on_by_itself_is_not_given_up(feed: Feed) -> None:
    in_use(feed)
    heard = Heard(feed)
    folder = Stream("folder")
    feed.use(folder)
    folder.remarked.emit("Skipped: one.")
    folder.tell(1)
    folder.remarked.emit("Skipped: two.")
    assert heard.remarks == ["Skipped: one.", "Skipped: two."]
    assert heard.sentences == []
    assert feed.source is folder


def test_that_a_failure_is_over_when_its_source_gives_a_picture_again(feed: Feed) -> None:
    over: list[str] = []
    feed.recovered.connect(over.append)
    folder = in_use(feed)
    folder.failed.emit("3 pictures in a row could not be read.")
    assert over == []
    folder.tell(1, moving=False)
    folder.tell(2, moving=False)
    assert over == ["3 pictures in a row could not be read."]


def test_that_a_stream_does_not_take_back_at_once_what_failed(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    from gui.sources import feed as feed_module

    now = [100.0]
    monkeypatch.setattr(feed_module.time, "perf_counter", lambda: now[0])
    over: list[str] = []
    feed.recovered.connect(over.append)
    camera = in_use(feed)
    camera.failed.emit("The cable is loose.")
    camera.tell(1)
    assert over == []
    now[0] += feed_module.STAYS + 1
    camera.tell(2)
    assert over == ["The cable is loose."]


def test_that_what_could_not_be_opened_is_over_with_the_next_picture_but_not_with_that_of_a_stream(feed: Feed) -> None:
    over: list[str] = []
    feed.recovered.connect(over.append)
    shown, broken, other = in_use(feed), Stream("broken"), Stream("other")
    feed.use(broken)
    broken.failed.emit("“broken.png” is no picture.")
    shown.tell(1)
    assert over == []
    shown.tell(2, moving=False)
    assert over == ["“broken.png” is no picture."]
    feed.use(other)
    shown.failed.emit("It broke.")
    other.tell(3, moving=False)  # perhaps opened in its place, which is to be told
    assert over == ["“broken.png” is no picture."]


def test_that_frames_are_numbered_upwards_over_all_sources(feed: Feed) -> None:
    heard = Heard(feed)
    for name in ("a", "b"):
        stream = Stream(name)
        feed.use(stream)
        stream.tell(1)
        stream.tell(2)
        feed.mirrored = not feed.mirrored
    numbers = [frame.number for frame in heard.frames]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 6


def test_that_a_frozen_stream_stands_still(feed: Feed, qtbot: QtBot) -> None:
    heard = Heard(feed)
    stream = Stream()
    feed.use(stream)
    stream.tell(1)
    with qtbot.waitSignal(feed.switched):
        feed.frozen = True
    stream.tell(2)
    stream.tell(3, moving=False)  # somebody asked for this one
    assert heard.levels == [1, 3]
    feed.frozen = False
    stream.tell(4)
    assert heard.levels == [1, 3, 4]
    feed.frozen = True
    other = Stream()
    feed.use(other)
    assert feed.frozen
    other.tell(5)
    assert not feed.frozen
    assert heard.levels[-1] == 5


def test_that_mirroring_turns_what_is_shown_and_what_comes(feed: Feed) -> None:
    heard = Heard(feed)
    stream = Stream()
    feed.use(stream)
    stream.tell(1)
    feed.mirrored = True
    stream.tell(2)
    feed.mirrored = False
    left, turned, mirrored, back = (frame.pixels for frame in heard.frames)
    np.testing.assert_array_equal(turned, left[:, ::-1])
    np.testing.assert_array_equal(mirrored, np.where(left == 1, 2, left)[:, ::-1])
    np.testing.assert_array_equal(back, mirrored[:, ::-1])
    assert all(frame.pixels.flags.c_contiguous for frame in heard.frames)


def test_that_a_picture_of_the_past_is_held_until_the_freeze_ends(feed: Feed) -> None:
    heard = Heard(feed)
    stream = Stream()
    feed.use(stream)
    stream.tell(1)
    stream.tell(2)
    feed.hold(heard.frames[0])
    stream.tell(3)
    assert heard.levels == [1, 2, 1]
    assert feed.frozen
    assert heard.frames[2].number > heard.frames[1].number
    assert not heard.frames[2].moving
    feed.frozen = False
    stream.tell(4)
    assert heard.levels[-1] == 4


def test_that_what_a_still_source_shows_comes_back_after_a_picture_of_the_past(feed: Feed) -> None:
    heard = Heard(feed)
    source = Stream()
    feed.use(source)
    for level in (1, 2):
        source.tell(level, moving=False)
    feed.hold(heard.frames[0])
    assert feed.holding
    feed.frozen = False
    assert heard.levels == [1, 2, 1, 2]
    assert not feed.holding
    feed.mirrored = True
    feed.hold(heard.frames[0])
    feed.frozen = False
    np.testing.assert_array_equal(heard.frames[-1].pixels, heard.frames[1].pixels[:, ::-1])
    feed.hold(heard.frames[0])
    source.tell(3, moving=False)  # stepped to
    assert not feed.holding
    before = len(heard.frames)
    feed.frozen = False
    assert len(heard.frames) == before


def test_that_every_kind_of_path_gets_its_source(tmp_path: Path, qtbot: QtBot) -> None:
    more = [Image.new("RGB", (6, 4), "red")]
    picture = save(tmp_path / "a.png")
    animated = save(tmp_path / "b.gif", save_all=True, append_images=more)
    misnamed = save(tmp_path / "c.txt", format="PNG")
    (tmp_path / "d.MP4").write_bytes(b"something")
    assert isinstance(opening.source_of_path(str(picture)), StillSource)
    assert isinstance(opening.source_of_path(str(misnamed)), StillSource)
    assert isinstance(opening.source_of_path(str(animated)), AnimationSource)
    assert isinstance(opening.source_of_path(str(tmp_path)), PictureWalk)
    assert type(opening.source_of_path(str(tmp_path / "d.MP4"))).__name__ == "VideoSource"
    with pytest.raises(Problem, match=r"“e\.mp4” does not exist"):
        opening.source_of_path(str(tmp_path / "e.mp4"))


def test_that_every_origin_gets_its_source(tmp_path: Path, qtbot: QtBot) -> None:
    animated = save(tmp_path / "b.gif", save_all=True, append_images=[Image.new("RGB", (6, 4), "red")])
    assert isinstance(opening.source_of_origin("sketch"), SketchSource)
    assert isinstance(opening.source_of_origin("noise:3:smooth"), NoiseSource)
    assert isinstance(opening.source_of_origin("scene:3"), SceneSource)
    assert isinstance(opening.source_of_origin("data:samples#3"), DataSource)
    later = opening.source_of_origin(f"{animated}#frame=1")
    assert isinstance(later, AnimationSource)
    assert later.place == 1
    for bad, said in (
        ("clipboard", "was pasted"),
        ("video", "came from the video"),
        ("noise:x", "no noise"),
        ("scene:", "no scene"),
        ("x", "not exist"),
    ):
        with pytest.raises(Problem, match=said):
            opening.source_of_origin(bad)


@pytest.mark.parametrize("name", opening.NAMES)
def test_that_every_source_has_a_name(name: str, qtbot: QtBot) -> None:
    source = opening.named_source(name)
    assert source.title


def test_that_what_cannot_be_opened_is_said_and_the_source_stays(feed: Feed, tmp_path: Path) -> None:
    heard = Heard(feed)
    stream = Stream()
    feed.use(stream)
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam,")
    for path in (tmp_path / "letter.txt", tmp_path / "gone.png", tmp_path / "gone.mkv"):
        feed.open_path(str(path))
    feed.use_named("periscope")
    feed.open_origin("noise:loud")
    assert len(heard.sentences) == 5
    assert all(sentence.endswith(".") for sentence in heard.sentences)
    assert feed.source is stream
    assert stream.stopped == 0


def test_that_a_picture_is_opened_and_a_folder_is_stepped_through(feed: Feed, tmp_path: Path, qtbot: QtBot) -> None:
    heard = Heard(feed)
    for name in ("1.png", "2.png"):
        save(tmp_path / name)
    with qtbot.waitSignal(feed.frame):
        feed.open_path(str(tmp_path))
    with qtbot.waitSignal(feed.frame):
        feed.step(1)
    assert [Path(frame.origin).name for frame in heard.frames] == ["1.png", "2.png"]


def test_that_next_and_previous_walk_the_folder_of_a_picture_that_was_opened_alone(
    feed: Feed, tmp_path: Path, qtbot: QtBot
) -> None:
    heard = Heard(feed)
    for name in ("1.png", "2.png", "10.png"):
        save(tmp_path / name)
    (tmp_path / "3.txt").write_text("no picture")
    with qtbot.waitSignal(feed.frame):
        feed.open_path(str(tmp_path / "2.png"))
    for by in (1, 1, -1):
        with qtbot.waitSignal(feed.frame):
            feed.step(by)
    with qtbot.waitSignal(feed.frame):
        feed.open_path(str(tmp_path / "1.png"))
    with qtbot.waitSignal(feed.frame):
        feed.step(-1)
    names = [Path(frame.origin).name for frame in heard.frames]
    assert names == ["2.png", "10.png", "1.png", "10.png", "1.png", "10.png"]
    assert heard.remarks == []


def test_that_a_picture_that_is_alone_in_its_folder_says_so(feed: Feed, tmp_path: Path, qtbot: QtBot) -> None:
    heard = Heard(feed)
    with qtbot.waitSignal(feed.frame):
        feed.open_path(str(save(tmp_path / "1.png")))
    with qtbot.waitSignal(feed.remarked):
        feed.step(1)
    assert "no other picture" in heard.remarks[0]
    qtbot.waitUntil(lambda: feed.coming is None)


def test_that_what_is_in_no_file_has_no_next_picture(feed: Feed, qtbot: QtBot) -> None:
    heard = Heard(feed)
    image = QImage(6, 4, QImage.Format.Format_RGB32)
    image.fill(0)
    with qtbot.waitSignal(feed.frame):
        feed.use_image(image)
    feed.step(1)
    assert "no next picture" in heard.remarks[0]


def test_that_of_two_pictures_opened_in_a_hurry_only_the_last_is_shown(
    feed: Feed, tmp_path: Path, qtbot: QtBot
) -> None:
    heard = Heard(feed)
    feed.open_path(str(save(tmp_path / "1.png")))
    with qtbot.waitSignal(feed.frame):
        feed.open_path(str(save(tmp_path / "2.png")))
    assert [Path(frame.origin).name for frame in heard.frames] == ["2.png"]


def test_that_samples_are_walked_and_named(feed: Feed, qtbot: QtBot) -> None:
    heard = Heard(feed)
    with qtbot.waitSignal(feed.frame):
        feed.use_named("samples")
    assert isinstance(feed.source, SampleSource)
    with qtbot.waitSignal(feed.frame):
        feed.step(1)
    first, second = (frame.origin for frame in heard.frames)
    assert first.startswith("sample:")
    assert first != second
    with qtbot.waitSignal(feed.frame):
        feed.open_origin(second)
    np.testing.assert_array_equal(heard.frames[1].pixels, heard.frames[2].pixels)
    feed.open_origin("sample:no such thing")
    assert "“no such thing”" in heard.sentences[0]
    assert feed.coming is None


def test_that_an_empty_picture_is_said(feed: Feed) -> None:
    heard = Heard(feed)
    feed.use_image(QImage())
    assert "is empty" in heard.sentences[0]


def test_that_the_feed_comes_without_numpy_pillow_and_multimedia() -> None:
    heavy = ["numpy", "PIL", "torch", "PySide6.QtMultimedia"]
    code = f"import sys, gui.sources.feed; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_that_a_stream_that_was_decoded_is_looked_at_once_more_when_it_is_frozen(feed: Feed) -> None:
    """In full, as what is exported of it will be; the stream stopping behind it changes nothing."""
    heard = Heard(feed)
    stream = Stream()
    feed.use(stream)
    seen = frame_of(RawPicture((np.full((4, 6, 4), 9, np.uint8),)), "stream", moving=True)
    stream.frame.emit(seen)
    feed.frozen = True
    moving, stands = heard.frames
    assert (stands.number, stands.moving, stands.given) == (moving.number, False, moving.given)
    newer = frame_of(RawPicture((np.full((4, 6, 4), 8, np.uint8),)), "stream", moving=True)
    stream.frame.emit(newer)
    stream.frame.emit(replace(newer, moving=False))  # the person paused it
    assert len(heard.frames) == 2
    assert feed.frozen
    feed.frozen = False
    stream.frame.emit(replace(newer, moving=True))
    feed.mirrored = True
    assert heard.frames[-1].pixels.shape == (4, 6, 3)
