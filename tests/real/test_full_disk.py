"""A disk that is full, or a file that may grow no further: what was there stays, and the person is told."""

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.conftest import Start
from tests.real.desk import until
from tests.real.program import FIRST_ANSWER, on_command_line

BEFORE = b"what was there"
SMALL = 4 * 1024  # bytes; a figure has more


def no_large_files() -> None:
    """For the process that is about to be started."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python itself does: the write fails instead
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL))


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """One that is nearly full; only root can put it there."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(disk)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk can only be mounted by root, and not in every container")
    (disk / "filler").write_bytes(bytes(20 * 1024))
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".npz", ".json"])
def test_that_render_keeps_what_was_there(home: Path, suffix: str) -> None:
    path = home / f"figure{suffix}"
    path.write_bytes(BEFORE)
    words = ["render", "activations", "--model", "lenet", "--image", "sample:digit-5", "--layer", "conv2", "-o", path]
    ended = on_command_line(home, *words, limits=no_large_files)
    if suffix == ".json":
        assert ended.status == 0  # a recipe is smaller than that
    else:
        assert kept(ended.status, ended.complaints, path)


def test_that_screenshot_keeps_what_was_there(home: Path) -> None:
    path = home / "window.png"
    path.write_bytes(BEFORE)
    ended = on_command_line(home, "screenshot", "--model", "lenet", "-o", path, limits=no_large_files)
    assert kept(ended.status, ended.complaints, path)


@pytest.mark.parametrize("keys", ["ctrl+e", "ctrl+shift+e"])
def test_that_the_window_keeps_what_was_there_and_says_so(start: Start, tiny_disk: Path, keys: str) -> None:
    program = start("--model", "lenet", "--source", "sample:digit-5", "--layer", "conv2")
    program.answered()
    path = tiny_disk / "figure.png"
    path.write_bytes(BEFORE)
    program.press(keys)
    program.wait("the dialog", lambda seen: seen["dialog"])
    program.press("ctrl+a")
    program.desk.write(str(path))
    program.press("Return")
    until(
        "the question whether to replace it",
        lambda: [title[:6] for title in program.desk.windows()].count("Export") == 2,
    )
    program.press("alt+y")
    said = program.wait("what it says", lambda seen: seen["notice"] and not seen["dialog"], FIRST_ANSWER)["notice"]
    assert path.name in said
    assert path.read_bytes() == BEFORE
    assert sorted(one.name for one in tiny_disk.iterdir()) == ["figure.png", "filler"]
    assert program.quit().complaints == ""


def kept(status: int, said: str, path: Path) -> bool:
    """Whether it refused in one sentence and left nothing else in the folder's place."""
    one_sentence = len(said.strip().splitlines()) == 1 and "Traceback" not in said
    others = [one for one in path.parent.iterdir() if one.is_file() and one != path]
    return (status, path.read_bytes(), others) == (2, BEFORE, []) and one_sentence
