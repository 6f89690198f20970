"""A list of paths as a data set."""

from pathlib import Path

import numpy as np
import pytest

from analysis.datasets.opening import data_set
from analysis.protocol.problems import Problem
from tests.analysis.datasets.made import levels, save


def test_that_each_line_is_a_picture_and_a_label_stands_behind_a_tab(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a b.png", 1)
    whole = save(tmp_path / "other" / "ü#1.png", 2)
    text = f"in/a b.png\tdog\r\n\n{whole}\tcat\nmissing.png\n"
    (tmp_path / "list.txt").write_text(text, "utf-8-sig", newline="")
    data = data_set(str(tmp_path / "list.txt"))
    assert (data.count, data.classes) == (3, ("cat", "dog"))
    assert [data.label(index) for index in range(3)] == [1, 0, None]
    np.testing.assert_array_equal(data.picture(0), levels(1))
    np.testing.assert_array_equal(data.picture(1), levels(2))
    with pytest.raises(Problem, match=r"“missing\.png” does not exist"):
        data.picture(2)


def test_that_labels_that_are_numbers_are_the_numbers_of_classes(tmp_path: Path) -> None:
    (tmp_path / "list.tsv").write_text("a.png\t3\nb.png\t0\n")
    data = data_set(str(tmp_path / "list.tsv"))
    assert data.classes == ("0", "1", "2", "3")
    assert [data.label(0), data.label(1)] == [3, 0]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\n \n", b"a\0b.png"])
def test_that_what_is_no_list_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "list.txt").write_bytes(content)
    with pytest.raises(Problem, match=r"“list\.txt”"):
        data_set(str(tmp_path / "list.txt"))
