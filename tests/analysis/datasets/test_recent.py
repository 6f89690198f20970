"""The set that a picture was just asked of is not listed again, unless it has changed."""

import os
from pathlib import Path

import numpy as np
import pytest

from analysis.datasets import recent
from analysis.datasets.opening import data_set
from analysis.pictures.images import open_origin
from analysis.protocol.origin import origin_in_data
from tests.analysis.datasets.made import flowers, levels, save


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were opened."""
    names: list[str] = []

    def noted(name: str) -> object:
        names.append(name)
        return data_set(name)

    monkeypatch.setattr(recent, "data_set", noted)
    monkeypatch.setattr(recent, "_recent", type(recent._recent)())
    return names


def later(folder: Path) -> None:
    """As if it had been changed a second later than it was: clocks of file systems may be coarse."""
    found = folder.stat()
    os.utime(folder, ns=(found.st_atime_ns, found.st_mtime_ns + 10**9))


def test_that_a_set_is_listed_once_for_all_its_pictures(tmp_path: Path, opened: list[str]) -> None:
    root = flowers(tmp_path / "flowers")
    for index in (0, 3, 0):
        open_origin(origin_in_data(str(root), index))
    assert opened == [str(root)]


@pytest.mark.parametrize("where", ["rose/deep/er/a.png", "a/new.png", "rose/0.png"])
def test_that_a_change_deep_inside_is_noticed(tmp_path: Path, opened: list[str], where: str) -> None:
    root = flowers(tmp_path / "flowers")
    open_origin(origin_in_data(str(root), 1))
    path = save(root / where, 77)
    for folder in (path.parent, root):
        later(folder)
    data = data_set(str(root))
    index = next(index for index in range(data.count) if (data.picture(index) == levels(77)).all())
    np.testing.assert_array_equal(open_origin(origin_in_data(str(root), index)), levels(77))
    assert opened == [str(root)] * 2


def test_that_a_file_that_was_written_anew_is_read_anew(tmp_path: Path, opened: list[str]) -> None:
    path = tmp_path / "a.npz"
    for level in (3, 4):
        np.savez(path, x_test=np.full((2 * level, 4, 4), level, np.uint8))
        assert open_origin(origin_in_data(f"{path}/test", 0)).max() == level
    assert len(opened) == 2
