"""Files with names of classes: one a line, however they were saved; and what is no such file."""

import os
from pathlib import Path

import pytest

from analysis.opening import label_files
from analysis.protocol.problems import Problem


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"cat\ndog\n", ("cat", "dog")),
        (b"\xef\xbb\xbfcat\r\ndog\r\n\r\n", ("cat", "dog")),
        (b"cat\rdog", ("cat", "dog")),
        (b"\ncat\n\ndog\n", ("", "cat", "", "dog")),  # a class without a name keeps its place
        ("K\u00e4fer\n \u72d7 \n".encode(), ("K\u00e4fer", "\u72d7")),
    ],
)
def test_that_names_are_read_one_a_line(content: bytes, names: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_bytes(content)
    assert label_files.read(tmp_path / "labels.txt") == names


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "hold no name"),
        (b"\n \n", "hold no name"),
        (b"caf\xe9", "are not text"),
        (b"a\0b", "are not text"),
        (b"\xff\xfec\0a\0t\0", "are not text"),
        (b"x" * (label_files.LARGEST + 1), "too large"),
    ],
)
def test_that_what_is_no_list_of_names_is_one_sentence(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_bytes(content)
    with pytest.raises(Problem, match=said):
        label_files.read(tmp_path / "labels.txt")


def test_that_only_a_file_is_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.txt", tmp_path / "a\0b.txt"):
        with pytest.raises(Problem, match="cannot be read"):
            label_files.read(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
@pytest.mark.timeout(20)
def test_that_neither_a_device_nor_a_pipe_is_read_for_ever(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    for path in (tmp_path / "pipe.txt", Path("/dev/zero")):
        with pytest.raises(Problem, match="that is no file"):
            label_files.read(path)
