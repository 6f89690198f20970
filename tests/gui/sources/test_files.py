"""Stills, folders, animated pictures and noise: what they give, and what they say about broken files."""

import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from analysis.protocol.frame import Frame
from analysis.protocol.planes import Planes
from analysis.protocol.problems import Problem
from gui.lane.background import read
from gui.sources.animation import AnimationSource
from gui.sources.bars.planes import PlanesBar
from gui.sources.handful import sorted_out, where_they_go
from gui.sources.noise import NoiseSource
from gui.sources.source import Source
from gui.sources.still import still_of_file, still_of_image
from gui.sources.tensor import TensorSource
from gui.sources.walk import PictureWalk, picture_names

COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255))


class Heard:
    """What a source gave and said."""

    def __init__(self, source: Source) -> None:
        self.frames: list[Frame] = []
        self.sentences: list[str] = []
        self.remarks: list[str] = []
        source.frame.connect(self.frames.append)
        source.failed.connect(self.sentences.append)
        source.remarked.connect(self.remarks.append)

    @property
    def colours(self) -> list[tuple[int, ...]]:
        return [tuple(frame.pixels[0, 0].tolist()) for frame in self.frames]

    @property
    def names(self) -> list[str]:
        return [os.path.basename(frame.origin) for frame in self.frames]


def save(path: Path, colour: tuple[int, int, int] = (9, 8, 7), size: tuple[int, int] = (6, 4)) -> Path:
    Image.new("RGB", size, colour).save(path, "PNG")
    return path


def save_animation(path: Path, kind: str = "GIF", duration: int = 20) -> Path:
    pictures = [Image.new("RGB", (6, 4), colour) for colour in COLOURS]
    options = {"lossless": True} if kind == "WEBP" else {}
    pictures[0].save(path, kind, save_all=True, append_images=pictures[1:], duration=duration, loop=0, **options)
    return path


def test_that_a_picture_file_gives_one_frame_that_a_recipe_can_find_again(qtbot: QtBot, tmp_path: Path) -> None:
    path = save(tmp_path / "a.png")
    source = still_of_file(str(path))
    heard = Heard(source)
    with qtbot.waitSignal(source.frame):
        source.start()
    (frame,) = heard.frames
    assert frame.origin == str(path)
    assert frame.pixels.shape == (4, 6, 3)
    assert frame.pixels.flags.c_contiguous
    assert not frame.moving
    assert source.title == "a.png · 6×4"
    source.start()
    qtbot.waitUntil(lambda: len(heard.frames) == 2)
    assert heard.frames[1].number > frame.number
    assert source.title == "a.png · 6×4"


def test_that_a_broken_picture_is_said_and_gives_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("not a picture")
    source = still_of_file(str(tmp_path / "a.png"))
    heard = Heard(source)
    with qtbot.waitSignal(source.failed):
        source.start()
    assert "“a.png” is not a picture" in heard.sentences[0]
    assert not heard.frames


def test_that_a_stopped_still_gives_nothing_any_more(qtbot: QtBot, tmp_path: Path) -> None:
    source, other = still_of_file(str(save(tmp_path / "a.png"))), still_of_file(str(save(tmp_path / "b.png")))
    heard = Heard(source)
    source.start()
    source.stop()
    with qtbot.waitSignal(other.frame):
        other.start()
    assert not heard.frames


def test_that_a_pasted_picture_is_given_as_it_is(qtbot: QtBot) -> None:
    image = QImage(7, 3, QImage.Format.Format_ARGB32)
    image.fill(QColor(10, 20, 30))
    image.setPixelColor(0, 0, QColor(0, 0, 0, 0))
    source = still_of_image(image, "pasted")
    heard = Heard(source)
    with qtbot.waitSignal(source.frame):
        source.start()
    assert heard.frames[0].origin == "clipboard"
    assert heard.frames[0].pixels[0, :2].tolist() == [[255, 255, 255], [10, 20, 30]]


def test_that_reading_happens_on_another_thread_and_is_told_on_this_one(qtbot: QtBot) -> None:
    heard: list[int] = []

    class Listener(Source):
        def hear(self, thread: object) -> None:
            heard.extend([int(str(thread)), threading.get_ident()])

    listener = Listener()
    reading = read(threading.get_ident)
    reading.done.connect(listener.hear)
    with qtbot.waitSignal(reading.done):
        pass
    assert heard[0] != threading.get_ident()
    assert heard[1] == threading.get_ident()


def test_that_an_unforeseen_error_while_reading_is_said_too(qtbot: QtBot) -> None:
    reading = read(lambda: 1 // 0)
    with qtbot.waitSignal(reading.failed) as failed:
        pass
    assert "could not be read" in failed.args[0]


def test_that_a_reading_that_was_dropped_before_it_began_is_never_begun(qtbot: QtBot) -> None:
    gate, ran = threading.Event(), []
    busy = [read(gate.wait), read(gate.wait)]
    late = read(lambda: ran.append("late"))
    late.drop()
    last = read(lambda: ran.append("last"))
    gate.set()
    with qtbot.waitSignal(last.done):
        pass
    assert ran == ["last"]
    assert len(busy) == 2


def test_that_names_are_sorted_as_a_person_would(tmp_path: Path) -> None:
    for name in (
        "b10.png",
        "b9.png",
        "B1.jpg",
        "a.webp",
        "note.txt",
        ".hidden.png",
        "10.png",
        "2.png",
        "é.png",
        "b.png",
    ):
        save(tmp_path / name)
    (tmp_path / "folder.png").mkdir()
    wanted = ["2.png", "10.png", "a.webp", "b.png", "B1.jpg", "b9.png", "b10.png", "é.png"]
    assert picture_names(str(tmp_path)) == wanted
    with pytest.raises(Problem, match="“nowhere” could not be listed"):
        picture_names(str(tmp_path / "nowhere"))


def test_that_a_folder_is_walked_round_and_round(qtbot: QtBot, tmp_path: Path) -> None:
    for index, colour in enumerate(COLOURS):
        save(tmp_path / f"{index}.png", colour)
    source = PictureWalk(str(tmp_path))
    heard = Heard(source)
    source.start()
    for count, step in enumerate((1, 1, 1, -1, -1), start=1):
        qtbot.waitUntil(lambda count=count: len(heard.frames) == count)
        source.step(step)
    qtbot.waitUntil(lambda: len(heard.frames) == 6)
    assert heard.names == ["0.png", "1.png", "2.png", "0.png", "2.png", "1.png"]
    assert heard.colours == [COLOURS[i] for i in (0, 1, 2, 0, 2, 1)]
    assert (source.title, source.index, source.count) == (f"1.png in {tmp_path.name}", 1, 3)
    source.stop()


def test_that_of_a_folder_only_what_is_shown_and_the_next_one_is_decoded(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from analysis.pictures import decoding

    save(tmp_path / "0000.png")
    for index in range(1, 2000):
        os.link(tmp_path / "0000.png", tmp_path / f"{index:04}.png")
    decoded: list[str] = []
    real = decoding.decode
    monkeypatch.setattr(decoding, "decode", lambda file: decoded.append(os.path.basename(file)) or real(file))
    source = PictureWalk(str(tmp_path))
    heard = Heard(source)
    source.start()
    qtbot.waitUntil(lambda: len(decoded) == 2)
    assert source.count == 2000
    source.go_to(1000)
    qtbot.waitUntil(lambda: len(decoded) == 4)
    qtbot.waitUntil(lambda: len(heard.frames) == 2)
    source.step(1)
    qtbot.waitUntil(lambda: heard.names == ["0000.png", "1000.png", "1001.png"])
    assert decoded.count("1001.png") == 1  # it was read ahead
    assert decoded[:4] == ["0000.png", "0001.png", "1000.png", "1001.png"]
    source.stop()


def test_that_steps_that_come_faster_than_pictures_are_read_end_at_the_last_one(qtbot: QtBot, tmp_path: Path) -> None:
    for index in range(9):
        save(tmp_path / f"{index}.png")
    source = PictureWalk(str(tmp_path))
    heard = Heard(source)
    with qtbot.waitSignal(source.frame):
        source.start()
    for _ in range(6):
        source.step(1)
    qtbot.waitUntil(lambda: heard.names[-1] == "6.png")
    assert heard.names in (["0.png", "6.png"], ["0.png", "1.png", "6.png"])
    source.stop()


def test_that_broken_pictures_of_a_folder_are_skipped_with_a_sentence(qtbot: QtBot, tmp_path: Path) -> None:
    save(tmp_path / "1.png")
    (tmp_path / "2.png").write_text("broken")
    (tmp_path / "3.png").write_bytes(b"")
    save(tmp_path / "4.png")
    source = PictureWalk(str(tmp_path))
    heard = Heard(source)
    with qtbot.waitSignal(source.frame):
        source.start()
    source.step(1)
    qtbot.waitUntil(lambda: heard.names == ["1.png", "4.png"])
    (remark,) = heard.remarks
    assert remark.startswith("Skipped 2 pictures that could not be read. “3.png” ")
    save(tmp_path / "3.png")
    source.step(-1)
    qtbot.waitUntil(lambda: heard.names == ["1.png", "4.png", "3.png"])
    source.step(-1)
    qtbot.waitUntil(lambda: heard.names == ["1.png", "4.png", "3.png", "1.png"])
    assert heard.remarks[1:] == [
        "Skipped: “2.png” is not a picture that can be read: choose a PNG, JPEG, WebP, GIF or TIFF."
    ]
    assert heard.sentences == []
    source.stop()


def test_that_a_folder_that_begins_with_many_broken_pictures_is_opened_at_its_first_sound_one(
    qtbot: QtBot, tmp_path: Path
) -> None:
    for index in range(100):
        (tmp_path / f"{index:03}.png").write_text("broken")
    save(tmp_path / "050.png")
    source = PictureWalk(str(tmp_path))
    heard = Heard(source)
    with qtbot.waitSignal(source.frame):
        source.start()
    assert heard.names == ["050.png"]
    assert heard.remarks[0].startswith("Skipped 50 pictures that could not be read. “049.png” ")
    source.step(1)  # a person who steps is not led through all the rest
    qtbot.waitUntil(lambda: bool(heard.sentences))
    assert heard.sentences[0].startswith("30 pictures in a row")
    source.stop()


def test_that_a_folder_without_a_sound_picture_is_said_once_and_ends(qtbot: QtBot, tmp_path: Path) -> None:
    for index in range(3):
        (tmp_path / f"{index}.png").write_text("broken")
    source = PictureWalk(str(tmp_path))
    heard = Heard(source)
    source.start()
    qtbot.waitUntil(lambda: bool(heard.sentences))
    assert heard.remarks == []
    assert heard.sentences[0].startswith(f"3 pictures in a row in “{tmp_path.name}” could not be read.")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.png").write_text("broken")
    one = PictureWalk(str(tmp_path / "one"))
    with qtbot.waitSignal(one.failed) as failed:
        one.start()
    assert failed.args[0].startswith("“a.png” is not a picture")
    empty = PictureWalk(str(tmp_path / "empty"))
    (tmp_path / "empty").mkdir()
    with qtbot.waitSignal(empty.failed) as failed:
        empty.start()
    assert failed.args == ["There is no picture in the folder “empty”: choose another one."]
    empty.step(1)
    source.stop()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_that_an_animated_picture_plays_round_and_round(qtbot: QtBot, tmp_path: Path, kind: str) -> None:
    path = save_animation(tmp_path / "moving", kind)
    source = AnimationSource(str(path))
    heard = Heard(source)
    source.start()
    qtbot.waitUntil(lambda: len(heard.frames) >= 7)
    source.stop()
    assert heard.colours[:7] == [COLOURS[i % 3] for i in range(7)]
    assert all(frame.moving for frame in heard.frames)
    # 20 ms each: a frame never follows before the one before was on show for its time, but for the timer's coarseness.
    assert heard.frames[6].captured - heard.frames[0].captured > 0.1
    assert heard.frames[0].origin == str(path)
    assert heard.frames[1].origin == f"{path}#frame=1"
    assert source.length == 2


def test_that_an_animated_picture_is_paused_stepped_sought_and_played_to_its_end(qtbot: QtBot, tmp_path: Path) -> None:
    source = AnimationSource(str(save_animation(tmp_path / "a.gif", duration=500)))
    heard = Heard(source)
    source.start()
    qtbot.waitUntil(lambda: len(heard.frames) == 1)
    for count, step in enumerate((1, 1, 1, -1), start=2):
        source.step(step)
        qtbot.waitUntil(lambda count=count: len(heard.frames) == count)
    assert heard.colours == [COLOURS[i] for i in (0, 1, 2, 0, 2)]
    assert not source.playing
    assert not heard.frames[-1].moving
    source.seek(1)
    qtbot.waitUntil(lambda: source.place == 1)
    assert source.told == "2 / 3"
    source.stop()

    quick = AnimationSource(str(save_animation(tmp_path / "b.gif")))
    quick.set_looping(False)
    heard = Heard(quick)
    with qtbot.waitSignal(quick.changed, check_params_cb=lambda: not quick.playing):
        quick.start()
    assert heard.colours == list(COLOURS)
    quick.play()
    qtbot.waitUntil(lambda: len(heard.frames) >= 5)
    assert heard.colours[3:5] == list(COLOURS[:2])
    quick.stop()


def test_that_a_stopped_animation_goes_on_where_it_was(qtbot: QtBot, tmp_path: Path) -> None:
    source = AnimationSource(str(save_animation(tmp_path / "a.gif")), at=2, playing=False)
    heard = Heard(source)
    with qtbot.waitSignal(source.frame):
        source.start()
    assert heard.colours == [COLOURS[2]]
    source.stop()
    with qtbot.waitSignal(source.frame):
        source.start()
    assert heard.colours == [COLOURS[2]] * 2
    source.stop()


def test_that_an_animation_that_is_gone_or_broken_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    source = AnimationSource(str(tmp_path / "gone.gif"))
    with qtbot.waitSignal(source.failed) as failed:
        source.start()
    assert "“gone.gif” does not exist" in failed.args[0]
    assert not source.playing
    source.stop()


def test_that_noise_is_reproducible_and_moves_when_it_is_told_to(qtbot: QtBot) -> None:
    source = NoiseSource(seed=4, kind="gaussian")
    heard = Heard(source)
    source.start()
    assert heard.frames[0].origin == "noise:4:gaussian"
    assert not heard.frames[0].moving
    source.set_running(True)
    qtbot.waitUntil(lambda: len(heard.frames) >= 3)
    assert [frame.origin for frame in heard.frames[1:3]] == ["noise:5:gaussian", "noise:6:gaussian"]
    assert heard.frames[2].moving
    source.stop()
    source.set_kind("smooth")
    assert not any(timer.isActive() for timer in source.findChildren(QTimer))
    source.set_running(False)
    count = len(heard.frames)
    source.start()
    assert len(heard.frames) == count + 1
    assert heard.frames[-1].origin.endswith(":smooth")
    assert np.ptp(heard.frames[-1].pixels) > 100


# --- tensors


def tensor_of(path: Path, count: int = 4, pictures: int = 0) -> Path:
    shape = (pictures, count, 6, 5) if pictures else (count, 6, 5)
    np.save(path, np.random.default_rng(0).normal(100, 30, shape).astype(np.float32))
    return path


def test_that_a_tensor_is_one_picture_whose_planes_can_be_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    path = tensor_of(tmp_path / "scan.npy")
    source = TensorSource(str(path))
    heard = Heard(source)
    source.start()
    qtbot.waitUntil(lambda: len(heard.frames) == 1)
    assert (source.title, heard.frames[0].origin) == ("scan.npy · 5×6×4", str(path))
    source.show_planes((3,))
    assert heard.frames[1].origin == f"{path}#planes=3"
    pixels = heard.frames[1].pixels
    assert np.array_equal(pixels[..., 0], pixels[..., 1])
    first, second = (frame.given for frame in heard.frames)
    assert isinstance(first, Planes)
    assert isinstance(second, Planes)
    assert first.planes is second.planes
    source.stop()


def test_that_the_bar_of_a_tensor_chooses_picture_and_planes(qtbot: QtBot, tmp_path: Path) -> None:
    path = tensor_of(tmp_path / "scans.npy", count=5, pictures=3)
    source = TensorSource(f"{path}#planes=1")
    bar = PlanesBar(source)
    qtbot.addWidget(bar)
    heard = Heard(source)
    assert not bar.isEnabled()
    source.start()
    qtbot.waitUntil(lambda: len(heard.frames) == 1)
    assert bar.isEnabled()
    assert (bar.planes[0].value(), bar.planes[1].isHidden(), bar.item.maximum()) == (1, True, 2)
    assert "5 planes of 5×6 values" in bar.told.text()
    bar.colours.click()
    assert heard.frames[-1].origin == f"{path}#planes=1,2,3"
    bar.planes[2].setValue(0)
    assert heard.frames[-1].origin == f"{path}#planes=1,2,0"
    bar.item.setValue(2)
    qtbot.waitUntil(lambda: heard.frames[-1].origin == f"{path}#item=2#planes=1,2,0")
    source.stop()


def test_that_a_folder_is_walked_with_its_tensors(qtbot: QtBot, tmp_path: Path) -> None:
    save(tmp_path / "1.png")
    tensor_of(tmp_path / "2.npy")
    (tmp_path / "3.npy").write_bytes(b"broken")
    (tmp_path / "4.pt").write_bytes(b"no tensor")
    assert picture_names(str(tmp_path)) == ["1.png", "2.npy", "3.npy"]
    source = PictureWalk(str(tmp_path))
    heard = Heard(source)
    source.start()
    qtbot.waitUntil(lambda: len(heard.frames) == 1)
    source.step(1)
    qtbot.waitUntil(lambda: len(heard.frames) == 2)
    assert isinstance(heard.frames[1].given, Planes)
    source.step(1)
    qtbot.waitUntil(lambda: bool(heard.remarks))
    assert "“3.npy”" in heard.remarks[0]
    assert heard.names == ["1.png", "2.npy", "1.png"]
    source.stop()


def test_that_what_is_dropped_is_told_apart(tmp_path: Path) -> None:
    tensor, figure = tensor_of(tmp_path / "a.npy"), tmp_path / "figure.npz"
    np.savez(figure, result=np.zeros(3), recipe=np.array("{}"))
    np.savez(tmp_path / "scan.npz", scan=np.zeros((4, 5, 5)))
    assert sorted_out([str(tensor), str(tmp_path / "scan.npz")]).shown == (str(tensor), str(tmp_path / "scan.npz"))
    assert sorted_out([str(tensor), str(figure)]).left_out == (str(figure),)
    assert where_they_go([str(tensor)]) == [("Picture", "“a.npy” is shown to the network")]
    assert where_they_go([str(figure)]) == [("", "What “figure.npz” shows comes back")]
    lecture = tmp_path / "talk.json"
    lecture.write_text('{"title": "Talk", "cards": [{"row": "lenet-conv1"}]}', encoding="utf-8")
    assert where_they_go([str(lecture)]) == [("", "The lecture “talk.json” opens in its tab")]
