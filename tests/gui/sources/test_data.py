"""A data set as a source: it begins at any picture, walks round, and leaves out what cannot be read."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from analysis.protocol.frame import Frame
from analysis.protocol.origin import origin_in_data
from gui.sources.bars.folder import FolderBar
from gui.sources.bars.table import controls_for
from gui.sources.data import DataSource
from gui.sources.opening import source_of_origin


class Heard:
    def __init__(self, source: DataSource) -> None:
        self.frames: list[Frame] = []
        self.sentences: list[str] = []
        self.remarks: list[str] = []
        source.frame.connect(self.frames.append)
        source.failed.connect(self.sentences.append)
        source.remarked.connect(self.remarks.append)

    @property
    def levels(self) -> list[int]:
        return [int(frame.pixels[0, 0, 0]) for frame in self.frames]


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    for level, name in ((10, "aster/a.png"), (20, "aster/b.png"), (30, "rose/c.png"), (40, "rose/d.png")):
        path = tmp_path / "flo#wers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (6, 4), (level,) * 3).save(path)
    return tmp_path / "flo#wers"


def of(origin: str) -> DataSource:
    source = source_of_origin(origin)
    assert isinstance(source, DataSource)
    return source


def test_that_it_begins_at_the_picture_and_walks_round(qtbot: QtBot, flowers: Path) -> None:
    source = of(origin_in_data(str(flowers), 2))
    heard = Heard(source)
    assert source.title == "the data set flo#wers"
    source.start()
    qtbot.waitUntil(lambda: heard.levels == [30])
    assert (source.count, source.index, source.title) == (4, 2, "rose in flo#wers")
    assert heard.frames[0].origin == origin_in_data(str(flowers), 2)
    assert not heard.frames[0].moving
    bar = controls_for(source)
    assert isinstance(bar, FolderBar)
    qtbot.addWidget(bar)
    for steps, level in ((1, 40), (1, 10), (-1, 40)):
        source.step(steps)
        qtbot.waitUntil(lambda level=level: heard.levels[-1] == level)  # type: ignore[misc]
    assert bar.number.value() == 4
    bar.number.setValue(2)
    qtbot.waitUntil(lambda: heard.levels[-1] == 20)
    source.stop()
    source.start()
    qtbot.waitUntil(lambda: len(heard.frames) == 6)
    assert heard.levels[-1] == 20


def test_that_what_cannot_be_read_is_skipped_with_a_sentence(qtbot: QtBot, flowers: Path) -> None:
    (flowers / "aster" / "b.png").write_bytes(b"nothing")
    (flowers / "rose" / "c.png").write_bytes(b"nothing")
    source = of(origin_in_data(str(flowers)))
    heard = Heard(source)
    source.start()
    qtbot.waitUntil(lambda: heard.levels == [10])
    source.step(1)
    qtbot.waitUntil(lambda: heard.levels == [10, 40])
    assert heard.remarks == [
        "Skipped 2 pictures that could not be read. “c.png” is not a picture that can be read: "
        "choose a PNG, JPEG, WebP, GIF or TIFF."
    ]
    for name in ("aster/a.png", "rose/d.png"):
        (flowers / name).unlink()
    source.step(1)
    qtbot.waitUntil(lambda: bool(heard.sentences))
    assert heard.sentences[0].startswith("4 pictures in a row could not be read. ")


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("data:/nowhere/at/all#1", "There is no data set “/nowhere/at/all”"),
        ("data:samples#99", "There is no picture 99 in “samples”"),
    ],
)
def test_that_what_is_no_data_set_fails_in_a_sentence(qtbot: QtBot, origin: str, said: str) -> None:
    source = of(origin)
    heard = Heard(source)
    with qtbot.waitSignal(source.failed):
        source.start()
    assert heard.sentences[0].startswith(said)
    assert heard.frames == []


def test_that_arrays_are_shown_as_they_are(qtbot: QtBot, tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (3, 5, 6, 3), np.uint8)
    np.savez(tmp_path / "a.npz", images=pictures, labels=["x", "y", "x"])
    source = of(f"data:{tmp_path}/a.npz#1")
    heard = Heard(source)
    source.start()
    qtbot.waitUntil(lambda: len(heard.frames) == 1)
    np.testing.assert_array_equal(heard.frames[0].pixels, pictures[1])
    assert source.title == "y in a.npz"
