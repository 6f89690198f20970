"""From a name or a path to a data set, and from an origin to its picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.datasets.data_set import DataSet
from analysis.datasets.names import READ_BY_TORCHVISION, whole_origin
from analysis.datasets.opening import data_set
from analysis.pictures.images import open_origin
from analysis.pictures.samples import samples
from analysis.protocol.origin import Origin, origin_in_data
from analysis.protocol.problems import Problem
from tests.analysis.datasets.made import flowers, levels, png, save, tar

COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0), (255, 255, 255))


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERHOOD_DATA", str(tmp_path / "elsewhere"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def every_kind(tmp_path: Path) -> list[DataSet]:
    flowers(tmp_path / "flowers")
    (tmp_path / "list.txt").write_text("flowers/rose/a.png\trose\n")
    np.savez(tmp_path / "arrays.npz", images=np.stack([levels(1), levels(2)]))
    tar(tmp_path / "a.tar", {"1.png": png(1), "1.cls": b"3"})
    return [
        data_set(name)
        for name in ("flowers", "list.txt", "arrays.npz", "a.tar", "samples", "scenes", animated(tmp_path))
    ]


def animated(folder: Path) -> str:
    path = folder / "spin.gif"
    first, *others = [Image.new("RGB", (4, 4), colour) for colour in COLOURS]
    first.save(path, save_all=True, append_images=others)
    return str(path)


def test_that_every_origin_brings_its_picture_back(every_kind: list[DataSet]) -> None:
    for data in every_kind:
        for index in {0, data.count // 2, data.count - 1}:
            picture = data.picture(index)
            assert picture.dtype == np.uint8
            assert picture.shape[2:] == (3,)
            np.testing.assert_array_equal(open_origin(data.origin(index)), picture)
            assert Origin.parse(data.origin(index)).is_there()
        assert {data.label(index) for index in range(min(data.count, 9))} <= {None, *range(len(data.classes))}


def test_that_each_nth_frame_of_an_animation_can_be_taken(tmp_path: Path) -> None:
    path = animated(tmp_path)
    data = data_set(path, every=2)
    assert [data.picture(index)[0, 0].tolist() for index in (2, 0, 1)] == [list(COLOURS[place]) for place in (4, 0, 2)]
    assert [data.origin(index) for index in range(3)] == [path, f"{path}#frame=2", f"{path}#frame=4"]
    with pytest.raises(Problem, match="give 1 or more"):
        data_set(path, every=0)


def test_that_a_video_says_what_to_do_instead(tmp_path: Path) -> None:
    (tmp_path / "film.MP4").write_bytes(b"something")
    with pytest.raises(Problem, match=r"“film\.MP4” is a video, which only the window can play"):
        data_set("film.MP4")


def test_that_the_samples_are_a_data_set() -> None:
    data = data_set("samples")
    assert [data.origin(index) for index in range(data.count)] == [f"sample:{sample.name}" for sample in samples()]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "neither a path nor one of samples, scenes, written-digits, MNIST"),
        ("samples/test", "not divided into parts"),
        ("code.py", "no data set that can be read"),
        ("flowers/test", "not divided into parts"),
        ("spin.gif/train", "not divided into parts"),
        ("", "no picture in the folder"),
    ],
)
def test_that_what_is_no_data_set_is_said(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "code.py").write_text("pass")
    if "flowers" in name:
        flowers(tmp_path / "flowers")
    if "spin" in name:
        animated(tmp_path)
    with pytest.raises(Problem, match=said):
        data_set(name)


def test_that_a_file_in_one_of_the_places_is_found_by_its_name(tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir()
    np.savez(place / "digits.npz", x_train=np.zeros((3, 4, 4), np.uint8), x_test=np.zeros((2, 4, 4), np.uint8))
    assert data_set("digits").count == 3
    assert data_set("digits/test").count == 2


def test_that_a_recipe_stores_whole_paths_and_known_names(tmp_path: Path) -> None:
    flowers(tmp_path / "flo#wers")
    np.savez(tmp_path / "a.npz", images=np.zeros((1, 4, 4), np.uint8))

    def whole(text: str) -> str:
        return whole_origin(Origin.parse(text)).text

    assert whole("data:flo#wers#2") == origin_in_data(str(tmp_path / "flo#wers"), 2)
    assert whole("data:a.npz/test#0") == f"data:{tmp_path}/a.npz/test#0"
    assert whole("data:MNIST/test#3") == "data:MNIST/test#3"
    assert whole("data:samples#1") == "data:samples#1"
    assert whole("data:./MNIST") == f"data:{tmp_path}/MNIST"
    assert whole("data:digits#1") == "data:digits#1"


def test_that_an_origin_without_an_index_says_how_many_there_are(tmp_path: Path) -> None:
    flowers(tmp_path / "flowers")
    with pytest.raises(Problem, match=r"write which picture, from .*#0 to .*#4"):
        open_origin(f"data:{tmp_path / 'flowers'}")


def test_that_torchvision_still_has_the_sets_that_are_left_to_it() -> None:
    from torchvision import datasets

    assert [name for name in READ_BY_TORCHVISION if not hasattr(datasets, name)] == []


def test_that_a_picture_alone_is_a_set_of_one(tmp_path: Path) -> None:
    data = data_set(str(save(tmp_path / "a.png", 3)))
    assert data.count == 1
    np.testing.assert_array_equal(data.picture(0), levels(3))
