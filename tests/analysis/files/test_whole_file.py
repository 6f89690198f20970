"""A disk that is full keeps what was there, whatever is being written; what was written is there whole."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.files.whole_file import why_not_written, write_whole, writing_whole
from analysis.protocol.problems import Problem

ROOT = Path(__file__).parents[3]

# A limit on the size of files fails as a full disk does: in the middle of writing.
FULL = """
import json, os, resource, sys
import main
from analysis.opening import said_before
from analysis.protocol.preprocessing import Preprocessing
render = ["render", "gradient", "--model", "lenet", "--image", "sample:digit-2", "-o"]
main.main([*render, "first.png"])  # what is cached on disk the first time is there
resource.setrlimit(resource.RLIMIT_FSIZE, (200, resource.RLIM_INFINITY))
print(json.dumps([main.main([*render, f"x{suffix}"]) for suffix in (".png", ".svg", ".pdf", ".npz", ".json")]))
for number in range(9):
    said_before.remember(f"{number}", said_before.Remembered(Preprocessing(28, 28), "labels.txt"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_that_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    names = [f"x{suffix}" for suffix in (".png", ".svg", ".pdf", ".npz", ".json")]
    for name in (*names, "models.json"):
        (tmp_path / name).write_text("{}")
    environment = {"PYTHONPATH": str(ROOT), "UNDERHOOD_CONFIG": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", FULL], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.stdout == "[2, 2, 2, 2, 2]\n", done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("could not be written: ") == done.stderr.count("what was there before is unchanged") == 5
    assert {(tmp_path / name).read_text() for name in names} == {"{}"}
    assert len((tmp_path / "models.json").read_text()) <= 200, "as much was remembered as found room, or less"
    assert not [path.name for path in tmp_path.iterdir() if "part" in path.name]


def test_that_what_fails_while_it_is_written_leaves_what_was_there(tmp_path: Path) -> None:
    write_whole(tmp_path / "x", b"before")
    with pytest.raises(ZeroDivisionError), writing_whole(tmp_path / "x") as stream:
        stream.write(bytes(9 // stream.tell()))
    with pytest.raises(Problem, match="could not be written"):
        write_whole(tmp_path / "nowhere" / "x", b"")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"before")]


def test_that_an_array_that_did_not_fit_is_told_as_a_full_disk() -> None:
    assert why_not_written(OSError("3618 requested and 1520 written")) == "the disk is full"
    assert why_not_written(OSError(errno.ENOSPC, "No space left on device")) == "the disk is full"
    assert why_not_written(OSError(errno.EACCES, "Permission denied")) == "Permission denied"
