"""A folder as a data set: the order of torchvision's, only pictures, and nothing read to begin."""

import os
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import ImageFolder

from analysis.datasets.data_set import each
from analysis.datasets.folder import folder
from analysis.datasets.opening import data_set
from analysis.protocol.origin import Origin
from analysis.protocol.problems import Problem
from tests.analysis.datasets.made import flowers, levels, save


def test_that_sub_folders_are_the_classes_in_the_order_of_torchvision(tmp_path: Path) -> None:
    root = flowers(tmp_path / "flowers")
    data = data_set(str(root))
    theirs = ImageFolder(str(root), allow_empty=True)
    assert data.classes == ("Aster", "rose", "rose-1.d")
    ours = [os.path.join(root, file) for file in folder(str(root)).files]
    assert ours == [path for path, _ in theirs.samples if ".hidden" not in path and ".git" not in path]
    assert [data.label(index) for index in range(data.count)] == [0, 1, 1, 1, 2]
    np.testing.assert_array_equal(data.picture(0), levels(4))
    np.testing.assert_array_equal(data.picture(3), levels(2))


def test_that_a_flat_folder_has_no_labels(tmp_path: Path) -> None:
    for seed, name in enumerate(["b.png", "a.PNG", "c.txt.png"]):
        save(tmp_path / name, seed)
    data = data_set(str(tmp_path))
    assert (data.count, data.classes) == (3, ())
    assert [data.label(index) for index in range(3)] == [None] * 3
    np.testing.assert_array_equal(data.picture(0), levels(1))


def test_that_pictures_beside_the_classes_are_told_and_not_counted(tmp_path: Path) -> None:
    root = flowers(tmp_path)
    save(root / "cover.png", 9)
    data = data_set(str(root))
    assert data.count == 5
    assert data.notes[0].startswith("1 picture is left out")


def test_that_parts_are_not_silently_taken_for_classes(tmp_path: Path) -> None:
    for name in ("train/cat/a.png", "train/dog/b.png", "val/cat/c.png"):
        save(tmp_path / name, 0)
    assert any(f"open {tmp_path / 'train'}" in note for note in data_set(str(tmp_path)).notes)
    assert data_set(str(tmp_path / "train")).classes == ("cat", "dog")


def test_that_nothing_is_read_to_begin_and_a_picture_reads_its_own_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = flowers(tmp_path)
    opened: list[str] = []
    real = open

    def noted(file: object, *more: object, **others: object) -> object:
        opened.append(str(file))
        return real(file, *more, **others)  # type: ignore[call-overload]

    monkeypatch.setattr("builtins.open", noted)
    data = data_set(str(root))
    [(data.label(index), data.origin(index)) for index in range(data.count)]
    assert opened == []
    data.picture(1)
    assert opened == [str(root / "rose" / "a.png")]


def test_that_a_bad_picture_is_one_sentence_and_ends_nothing(tmp_path: Path) -> None:
    root = flowers(tmp_path)
    data = data_set(str(root))
    (root / "rose" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n and nothing more")
    (root / "rose" / "b.png").unlink()
    looked = list(each(data))
    assert [one.problem is None for one in looked] == [True, False, False, True, True]
    assert "“a.png”" in str(looked[1].problem)
    assert "“b.png” does not exist" in str(looked[2].problem)
    assert all(str(one.problem).count(". ") == 0 for one in looked if one.problem)


def test_that_a_link_that_leads_back_up_ends(tmp_path: Path) -> None:
    root = flowers(tmp_path / "flowers")
    (root / "rose" / "again").symlink_to(root / "rose")
    assert data_set(str(root)).count == 5


def test_that_a_link_to_nothing_is_a_bad_picture_and_not_left_out_without_a_word(tmp_path: Path) -> None:
    root = flowers(tmp_path / "flowers")
    (root / "rose" / "gone.png").symlink_to(root / "nowhere.png")
    (root / "rose" / "circle.png").symlink_to("circle.png")
    (root / "rose" / "circle").symlink_to("circle")
    data = data_set(str(root))
    problems = {name: str(one.problem) for name, one in zip(data.files, each(data), strict=True) if one.problem}
    assert data.count == 7
    assert set(problems) == {os.path.join("rose", "gone.png"), os.path.join("rose", "circle.png")}
    assert "“gone.png” does not exist" in problems[os.path.join("rose", "gone.png")]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may list everything")
def test_that_a_folder_that_may_not_be_listed_is_told(tmp_path: Path) -> None:
    root = flowers(tmp_path)
    (root / "Aster").chmod(0)
    data = data_set(str(root))
    (root / "Aster").chmod(0o755)
    assert data.count == 4
    assert any("Aster" in note for note in data.notes)


def test_that_a_folder_without_pictures_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt.d").mkdir()
    with pytest.raises(Problem, match="no picture in the folder"):
        data_set(str(tmp_path))


@pytest.mark.parametrize("index", [-1, 5, 10**9])
def test_that_an_index_outside_is_said(tmp_path: Path, index: int) -> None:
    data = data_set(str(flowers(tmp_path / "flowers")))
    for ask in (data.picture, data.label, data.origin):
        with pytest.raises(Problem, match=r"no picture .* in “flowers”: it has 5, from 0 to 4"):
            ask(index)


def test_that_an_origin_names_it_whatever_the_folder_is_called(tmp_path: Path) -> None:
    root = flowers(tmp_path / "a #3 100%25 ü")
    origin = Origin.parse(data_set(str(root)).origin(2))
    assert (origin.path, origin.place) == (str(root), 2)
    np.testing.assert_array_equal(data_set(origin.path).picture(2), levels(0))
