"""The grammar of an origin: what every source writes is read as what it is, whatever the paths are called."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from analysis.pictures.noise import KINDS, origin_of_noise
from analysis.pictures.samples import samples
from analysis.pictures.scene_choice import SceneChoice
from analysis.protocol.frame import stream_of
from analysis.protocol.origin import (
    SOURCES,
    Origin,
    origin_in_data,
    origin_of_frame,
    origin_of_moment,
    origin_of_sample,
)
from analysis.simulation import Grasp

names = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=30)
paths = st.builds(
    str.__add__, st.sampled_from(["/", "/home/a b/", "C:\\Users\\x\\", "\\\\host\\share\\", "/a#1/", "/t=2/"]), names
)


@given(paths, st.integers(1, 999_999_999))
@example("/a/b#frame=3", 4)
@example("C:\\films\\été #1.gif", 7)
def test_that_a_frame_of_an_animation_is_read_back(path: str, frame: int) -> None:
    origin = Origin.parse(origin_of_frame(path, frame))
    assert (origin.kind, origin.path, origin.place) == ("animation", path, frame)
    assert origin.whole.text == stream_of(origin.text) == path
    assert origin.can_be_found_again
    assert origin.stream == "animation"


@given(paths, st.integers(0, 999_999_999_999))
@example("/a/b#t=3.5", 1000)
@example("/a b/#t=", 0)
def test_that_a_moment_of_a_video_is_read_back(path: str, milliseconds: int) -> None:
    origin = Origin.parse(origin_of_moment(path, milliseconds / 1000))
    assert (origin.kind, origin.path) == ("video", path)
    assert origin.place == pytest.approx(milliseconds / 1000)
    assert stream_of(origin.text) == path
    assert origin.stream == "video"
    assert not origin.passing


@given(st.one_of(paths, names), st.integers(0, 10**9))
@example("/pictures#3", 5)
@example("100% of it#", 0)
@example("%23%25", 1)
@example("a/b#12/test", 3)
def test_that_a_picture_of_a_data_set_is_read_back(name: str, index: int) -> None:
    origin = Origin.parse(origin_in_data(name, index))
    assert (origin.kind, origin.path, origin.place) == ("data", name, index)
    assert origin.can_be_found_again
    assert origin.whole == Origin.parse(origin_in_data(name))
    assert (origin.whole.path, origin.whole.place) == (name, None)
    assert not origin.whole.can_be_found_again


@given(st.text())
@example("#t=1")
@example("#frame=1")
@example("data:#3")
@example("scene:")
@example("noise:3:smooth:more")
def test_that_any_text_is_read_and_kept_as_it_is(text: str) -> None:
    origin = Origin.parse(text)
    assert str(origin) == text
    assert Origin.parse(str(origin)) == origin
    assert origin.in_words or not text
    assert Origin.parse(origin.whole.text).whole == Origin.parse(origin.whole.text) or origin.path.count("#")


@given(paths)
def test_that_the_path_of_a_file_is_all_of_it(path: str) -> None:
    origin = Origin.parse(path)
    if origin.place is None:
        assert (origin.kind, origin.path) == ("file", path)
        assert origin.whole == origin
    assert origin.in_file


def test_that_what_ships_and_what_is_computed_can_be_found_again() -> None:
    texts = [origin_of_sample(sample.name) for sample in samples()]
    texts += [origin_of_noise(3, kind) for kind in KINDS]
    texts += [SceneChoice(4).origin, SceneChoice(4, Grasp((1, 2.5), (3.25, 4))).origin]
    kinds = [Origin.parse(text).kind for text in texts]
    assert kinds == ["sample"] * len(samples()) + ["noise"] * len(KINDS) + ["scene"] * 2
    for text in texts:
        origin = Origin.parse(text)
        assert origin.can_be_found_again
        assert origin.is_there()
        assert origin.named
        assert not origin.passing
    assert Origin.parse(texts[-1]).place == 4
    assert Origin.parse("noise:3:smooth").path == "smooth"


@pytest.mark.parametrize("word", ["camera", "screen", "sketch", "clipboard", "video"])
def test_that_what_only_passed_is_known_to_be_gone(word: str) -> None:
    origin = Origin.parse(word)
    assert origin.passing
    assert not origin.can_be_found_again
    assert not origin.is_there()
    assert origin.stream == word
    assert not Origin.parse(f"/somewhere/{word}").passing


@pytest.mark.parametrize("name", SOURCES)
def test_that_the_name_of_a_source_is_no_picture(name: str) -> None:
    origin = Origin.parse(name)
    assert origin.is_source
    assert not origin.can_be_found_again
    assert not origin.named


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sample:cat", "the sample cat"),
        ("/a/b c/film.mp4#t=3.700", "film.mp4 at 3.700 s"),
        ("C:\\a\\spin.gif#frame=3", "spin.gif, frame 3"),
        ("/a/seven.png", "seven.png"),
        ("/a/back\\slash.png", "back\\slash.png"),
        ("data:/a/flowers#12", "picture 12 of flowers"),
        ("data:MNIST", "the data set MNIST"),
        ("camera", "the camera"),
        ("sketch", "the sketch pad"),
        ("samples", "the samples"),
        ("scenes", "the scenes"),
        ("noise", "the noise"),
        ("scene:7:1.00,2.00:3.00,4.00", "scene:7:1.00,2.00:3.00,4.00"),
    ],
)
def test_that_an_origin_is_told_in_words(text: str, words: str) -> None:
    assert Origin.parse(text).in_words == words


def test_that_a_file_that_is_really_called_so_is_that_file(tmp_path: Path) -> None:
    odd = tmp_path / "film#t=1.5"
    assert Origin.found(str(odd)).kind == "video"
    Image.new("RGB", (3, 3)).save(odd, "PNG")
    assert Origin.found(str(odd)) == Origin(str(odd), "file", str(odd))
    assert Origin.parse(str(odd)).is_there()


def test_that_what_was_taken_away_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set.npz").write_bytes(b"something")
    film = tmp_path / "film.mp4"
    film.write_bytes(b"something")
    there = [f"{film}#t=2.000", str(film), origin_in_data(str(tmp_path / "set"), 3), "data:MNIST#2"]
    there.append(origin_in_data(f"{tmp_path / 'set.npz'}/test", 3))
    there.append(origin_in_data(f"{tmp_path / 'set'}/test", 3))
    gone = [f"{tmp_path}/other.mp4#t=2.000", origin_in_data(str(tmp_path / "other"), 3), str(tmp_path)]
    assert [Origin.parse(text).is_there() for text in (*there, *gone)] == [True] * 6 + [False] * 3
