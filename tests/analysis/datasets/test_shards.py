"""Pictures in .tar files: an index without the pictures, and labels beside them."""

import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.datasets.data_set import each, labels_of
from analysis.datasets.opening import data_set
from analysis.protocol.problems import Problem
from tests.analysis.datasets.made import levels, png, tar


def test_that_a_picture_and_its_label_share_a_key(tmp_path: Path) -> None:
    files = {"b.png": png(1), "b.cls": b"2\n", "in/a.cls": b"0", "in/a.png": png(2), "c.PNG": png(3), "c.json": b"{}"}
    data = data_set(str(tar(tmp_path / "a.tar", files)))
    assert (data.count, data.classes) == (3, ("0", "1", "2"))
    assert [data.label(index) for index in range(3)] == [2, 0, None]
    np.testing.assert_array_equal(data.picture(1), levels(2))
    assert data.notes == ("1 file is neither a picture nor a label, and left out.",)
    assert data.origin(2) == f"data:{tmp_path / 'a.tar'}#2"


def test_that_shards_follow_each_other(tmp_path: Path) -> None:
    for number in range(3):
        tar(
            tmp_path / f"s-{number:02}.tar",
            {f"{number}.png": png(number), f"{number}.cls": b"dog" if number else b"cat"},
        )
    for name in ("s-{00..02}.tar", ""):
        data = data_set(str(tmp_path / name))
        assert (data.count, data.classes) == (3, ("cat", "dog"))
        assert [data.label(index) for index in range(3)] == [0, 1, 1]
        np.testing.assert_array_equal(data.picture(2), levels(2))
        assert data.notes == ("In 3 shards.",)


def test_that_a_bad_picture_is_named_and_ends_nothing(tmp_path: Path) -> None:
    data = data_set(str(tar(tmp_path / "a.tar", {"x/1.png": b"not one", "2.png": b"", "3.png": png(3)})))
    bad, empty, good = each(data)
    assert "“x/1.png” in “a.tar” is not a picture" in str(bad.problem)
    assert "“2.png” in “a.tar” is empty" in str(empty.problem)
    assert good.pixels is not None


def test_that_the_index_reads_headers_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = b"\xff" * 3_000_000
    path = tar(tmp_path / "a.tar", {f"{number}.png": large for number in range(10)})
    read = 0
    real = tarfile.TarInfo.frombuf.__func__  # type: ignore[attr-defined]

    def counted(kind: object, buffer: bytes, *more: object) -> object:
        nonlocal read
        read += len(buffer)
        return real(kind, buffer, *more)

    monkeypatch.setattr(tarfile.TarInfo, "frombuf", classmethod(counted))
    assert data_set(str(path)).count == 10
    assert 0 < read < 20 * 512


def test_that_links_in_a_shard_lead_nowhere(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as made:
        link = tarfile.TarInfo("a.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(link)
    with pytest.raises(Problem, match=r"no picture in “a\.tar”"):
        data_set(str(tmp_path / "a.tar"))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 6000), st.integers(0, 255), st.booleans())
def test_that_a_damaged_shard_is_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, at: int, level: int, cut: bool
) -> None:
    path = tar(tmp_path_factory.mktemp("damaged") / "a.tar", {"1.png": png(1), "1.cls": b"1", "2.png": png(2)})
    content = bytearray(path.read_bytes())
    content[at % len(content)] = level
    path.write_bytes(content[: at % len(content)] if cut else content)
    assert all("a.tar" in problem for problem in _problems_with(path))


def _problems_with(path: Path) -> list[str]:
    """Of opening it, or of its pictures; everything else that is raised fails the test."""
    try:
        data = data_set(str(path))
        labels_of(data)
        return [str(looked.problem) for looked in each(data) if looked.problem is not None]
    except Problem as problem:
        return [str(problem)]
