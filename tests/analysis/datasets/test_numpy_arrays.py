"""Arrays in an .npz file: every order of axes, every usual name, and what is read when."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from analysis.datasets.data_set import DataSet, each
from analysis.datasets.opening import data_set
from analysis.protocol.problems import Problem
from tests.analysis.datasets.made import levels

WRITERS = [np.savez, np.savez_compressed]
PICTURES = np.random.default_rng(0).integers(0, 256, (6, 5, 7, 3), np.uint8)


def written(path: Path, writer: Callable[..., None] = np.savez, **arrays: Any) -> DataSet:
    writer(path, **arrays)
    return data_set(str(path))


@pytest.mark.parametrize("writer", WRITERS)
def test_that_every_order_of_axes_gives_the_same_pictures(tmp_path: Path, writer: Callable[..., None]) -> None:
    orders = {
        "last": PICTURES,
        "first": np.ascontiguousarray(PICTURES.transpose(0, 3, 1, 2)),
        "fortran": np.asfortranarray(PICTURES),
        "wide": PICTURES.astype(np.int64),
        "of 255": PICTURES.astype(np.float32),
        "of 1": PICTURES.astype(np.float64) / 255,
    }
    for name, pictures in orders.items():
        data = written(tmp_path / f"{name}.npz", writer, images=pictures, labels=np.arange(6) % 3)
        assert (data.count, data.classes) == (6, ("0", "1", "2"))
        for index in (0, 5):
            np.testing.assert_array_equal(data.picture(index), PICTURES[index])
            assert data.picture(index).flags.c_contiguous
        assert [data.label(index) for index in range(6)] == [0, 1, 2, 0, 1, 2]


def test_that_grey_pictures_have_three_equal_channels(tmp_path: Path) -> None:
    for name, pictures in {"a": PICTURES[..., 0], "b": PICTURES[..., :1], "c": PICTURES[:, None, ..., 0]}.items():
        data = written(tmp_path / f"{name}.npz", x=pictures)
        np.testing.assert_array_equal(data.picture(2), np.repeat(PICTURES[2, ..., :1], 3, axis=2))
        assert data.label(2) is None
    ink = written(tmp_path / "bits.npz", x=PICTURES[..., 0] > 99)
    assert set(np.unique(ink.picture(0))) == {0, 255}


def test_that_a_dark_picture_of_fractions_stays_dark(tmp_path: Path) -> None:
    pictures = np.zeros((3, 4, 4), np.float32)
    pictures[0, 0, 0], pictures[1] = 1, 0.2
    data = written(tmp_path / "a.npz", images=pictures)
    assert np.unique(data.picture(1)).tolist() == [51]


def test_that_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    pictures = np.zeros((1, 2, 2, 4), np.uint8)
    pictures[0, 0, 0, 3] = 255
    assert written(tmp_path / "a.npz", images=pictures).picture(0)[..., 0].tolist() == [[0, 255], [255, 255]]


def test_that_parts_are_told_and_chosen(tmp_path: Path) -> None:
    path = tmp_path / "digits.npz"
    labels = np.array([[1], [0]])
    np.savez(path, train_images=PICTURES, test_images=PICTURES[::-1][:2], test_labels=labels)
    train, test = data_set(str(path)), data_set(f"{path}/test")
    assert (train.title, train.count, train.classes) == ("digits.npz/train", 6, ())
    assert train.notes == (f"There is another part: {path}/test.",)
    assert (test.title, test.count) == ("digits.npz/test", 2)
    assert [test.label(0), test.label(1)] == [1, 0]
    np.testing.assert_array_equal(test.picture(0), PICTURES[5])
    assert train.origin(3) == f"data:{path}/train#3"
    with pytest.raises(Problem, match=r"no part “val” in “digits\.npz”: it has train and test"):
        data_set(f"{path}/val")


def test_that_jpeg_files_in_a_row_are_pictures(tmp_path: Path) -> None:
    files = []
    for seed in range(3):
        stream = io.BytesIO()
        Image.fromarray(levels(seed, 16, 16)).save(stream, "JPEG")
        files.append(stream.getvalue())
    offsets = np.cumsum([0, *map(len, files)])
    row = np.frombuffer(b"".join(files), np.uint8).copy()
    row[offsets[1] : offsets[2]] = 0
    data = written(tmp_path / "a.npz", jpeg_test=row, offset_test=offsets, y_test=np.arange(3), classes=["x", "y", "z"])
    assert (data.count, data.classes) == (3, ("x", "y", "z"))
    np.testing.assert_array_equal(data.picture(2), np.asarray(Image.open(io.BytesIO(files[2]))))
    with pytest.raises(Problem, match=r"^Picture 1 of “a\.npz/test” is not a picture"):
        data.picture(1)


def test_that_labels_in_words_are_classes(tmp_path: Path) -> None:
    data = written(tmp_path / "a.npz", images=PICTURES[:3], labels=np.array(["dog", "cat", "dog"]))
    assert data.classes == ("cat", "dog")
    assert [data.label(index) for index in range(3)] == [1, 0, 1]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"weights": np.zeros(3)}, "no array of pictures"),
        ({"images": np.zeros((2, 5, 5, 9), np.uint8)}, "1, 3 or 4 channels"),
        ({"images": np.zeros((2, 0, 5), np.uint8)}, "1, 3 or 4 channels"),
        ({"images": np.zeros((2, 5, 5), complex)}, "levels are whole numbers"),
        ({"images": np.zeros((2, 5, 5), np.uint8), "labels": np.zeros(3, int)}, "2 pictures, but labels is"),
        ({"images": np.zeros((2, 5, 5), np.uint8), "labels": np.zeros((2, 4))}, "2 pictures, but labels is"),
        ({"images": np.zeros((2, 5, 5), np.uint8), "labels": np.array([1, 10**7])}, "a label 10000000"),
        ({"images": np.array([{}, {}, {}], object)}, "no array of pictures"),
        ({"images": PICTURES, "labels": np.array([{}] * 6, object)}, "labels holds Python's objects"),
    ],
)
def test_that_arrays_that_are_no_pictures_are_said(tmp_path: Path, arrays: dict[str, Any], said: str) -> None:
    with pytest.raises(Problem, match=said):
        written(tmp_path / "a.npz", **arrays)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2000), st.integers(0, 255), st.booleans())
def test_that_a_damaged_file_is_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, at: int, level: int, cut: bool
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "a.npz"
    np.savez(path, images=PICTURES, labels=np.arange(6))
    content = bytearray(path.read_bytes())
    content[at % len(content)] = level
    path.write_bytes(content[: at % len(content)] if cut else content)
    problems = _problems_with(path)
    assert all("a.npz" in problem for problem in problems)
    assert problems or not cut


def _problems_with(path: Path) -> list[str]:
    """Of opening it, or of its pictures; everything else that is raised fails the test."""
    try:
        return [str(looked.problem) for looked in each(data_set(str(path))) if looked.problem is not None]
    except Problem as problem:
        return [str(problem)]


def test_that_only_the_asked_picture_of_an_uncompressed_file_is_read(tmp_path: Path) -> None:
    """Opening it took no copy: what lies in the file when the picture is asked for is what comes."""
    path = tmp_path / "a.npz"
    np.savez(path, images=np.zeros((4, 8, 8), np.uint8))
    data = data_set(str(path))
    path.write_bytes(path.read_bytes().replace(b"\0" * 64 * 3, b"\0" * 64 + b"\x07" * 64 + b"\0" * 64, 1))
    assert data.picture(1).max() == 7
