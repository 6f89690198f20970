"""What is learnt from: a person's folders, whole or in parts, with pictures that are broken or in no class."""

from pathlib import Path

import pytest
from PIL import Image

from analysis.opening.loading import finished
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.training.lesson import Lesson, lesson

SEEN = Preprocessing(20, 20, resize=20, channels=3, mean=(0.5,) * 3, std=(0.5,) * 3)
COLOURS = {"blue": (0, 0, 200), "green": (0, 200, 0), "red": (200, 0, 0)}


def pictures(folder: Path, classes: tuple[str, ...], count: int = 12) -> None:
    for name in classes:
        (folder / name).mkdir(parents=True)
        for number in range(count):
            Image.new("RGB", (20, 20), COLOURS[name]).save(folder / name / f"{number}.png")


def given(folder: Path) -> Lesson:
    return finished(lesson("other", str(folder), 0, SEEN, 0), lambda step: None)


@pytest.mark.parametrize("tests", ["test", "val"])
def test_that_parts_keep_their_classes_by_name(tmp_path: Path, tests: str) -> None:
    pictures(tmp_path / "train", ("blue", "green", "red"))
    pictures(tmp_path / tests, ("green", "red"), 3)  # whose numbers would be those of blue and green
    found = given(tmp_path)
    assert found.classes == ("blue", "green", "red")
    assert len(found.examples.targets) == 36
    for picture, label in zip(found.examples.test_inputs, found.examples.test_targets, strict=True):
        assert tuple(picture[:, 0, 0].tolist()) == COLOURS[found.classes[label]]


def test_that_a_class_may_be_called_train(tmp_path: Path) -> None:
    pictures(tmp_path, ("blue", "red"))
    (tmp_path / "blue").rename(tmp_path / "train")
    assert given(tmp_path).classes == ("red", "train")


def test_that_broken_pictures_are_left_out_and_said(tmp_path: Path) -> None:
    pictures(tmp_path, ("blue", "red"))
    for number in range(3):
        (tmp_path / "red" / f"{number}.png").write_bytes(b"no picture")
    found = given(tmp_path)
    assert len(found.examples.targets) + len(found.examples.test_targets) == 21
    assert "3 that cannot be read" in found.words


def test_that_a_class_without_a_sound_picture_is_one_sentence(tmp_path: Path) -> None:
    pictures(tmp_path, ("blue", "red"))
    for path in (tmp_path / "red").iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(Problem, match="are of class blue"):
        given(tmp_path)


def test_that_pictures_in_no_class_are_one_sentence(tmp_path: Path) -> None:
    pictures(tmp_path, ("blue",))
    with pytest.raises(Problem, match="its pictures are in no classes"):
        given(tmp_path / "blue")


def test_that_a_folder_is_not_passed_over_without_a_word(tmp_path: Path) -> None:
    found = finished(lesson("digits", str(tmp_path), 0, SEEN, 0), lambda step: None)
    assert f"not from “{tmp_path}”" in found.words
