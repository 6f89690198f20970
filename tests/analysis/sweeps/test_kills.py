"""What is killed in the middle of a sweep: a worker, the program itself, and workers by one picture."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.sweeps.atlas import Atlas
from analysis.sweeps.engines.processes import Processes
from analysis.sweeps.layout import NOTES
from analysis.sweeps.ledger import Ledger
from tests.analysis.sweeps.swept import FATAL, arrays_in, digest, folder_of_bars, opened, sweep

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signals")


@pytest.fixture(scope="module")
def bars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of_bars(tmp_path_factory.mktemp("bars") / "bars")


@pytest.fixture(scope="module")
def made(bars: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "atlas"
    sweep(opened(), bars, folder)
    return folder


def kill_a_worker(notes: Path) -> int:
    """The process that a note is of; 0 while there is none."""
    for note in notes.glob("*.*"):
        with suppress(ValueError, ProcessLookupError):
            worker = int(note.name.partition(".")[2])
            os.kill(worker, signal.SIGKILL)
            return worker
    return 0


def test_that_killed_workers_lose_their_shard_and_no_more(bars: Path, made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "atlas"
    killed: set[int] = set()

    def watch(_step: object) -> None:
        if len(killed) < 2:
            killed.update({kill_a_worker(folder / NOTES)} - {0})

    sweep(opened(), bars, folder, Processes(2), watch=watch)
    assert len(killed) == 2
    assert digest(folder) == digest(made)
    assert arrays_in(folder) == arrays_in(made)
    ledger = Ledger(folder)
    states = ledger.states()
    ledger.close(settled=True)
    assert all(state.done for state in states.values())
    assert sum(state.starts for state in states.values()) == len(states) + len(killed)


def test_that_a_killed_program_goes_on(bars: Path, made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "atlas"
    command = [sys.executable, "-m", "tests.analysis.sweeps.swept", str(bars), str(folder), "2"]
    program = subprocess.Popen(command, cwd=ROOT)
    workers: set[int] = set()
    until = time.monotonic() + 100
    while time.monotonic() < until and program.poll() is None:
        workers |= {
            int(note.name.partition(".")[2]) for note in (folder / NOTES).glob("*.*") if ".npz" not in note.name
        }
        if list((folder / "nodes").glob("*.npz")):
            break
    program.kill()
    program.wait()
    assert list((folder / "nodes").glob("*.npz"))
    for worker in workers:  # they end with who began them
        while _lives(worker):
            assert time.monotonic() < until
    sweep(opened(), bars, folder)
    assert digest(folder) == digest(made)
    assert arrays_in(folder) == arrays_in(made)


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_that_the_one_picture_that_ends_workers_is_found_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = folder_of_bars(tmp_path / "data", 11, classes=2)
    Image.fromarray(np.full((28, 28, 3), 255, np.uint8)).save(data / "class-1" / "white.png")
    (tmp_path / "fatal.py").write_text(FATAL)
    name = f"{tmp_path / 'fatal.py'}:Small"
    network = opened(name)
    monkeypatch.setenv("FATAL", "1")
    told = []
    sweep(network, data, tmp_path / "atlas", Processes(1), watch=lambda step: told.append(step.note))
    atlas = Atlas(tmp_path / "atlas")
    assert [bad for bad, _ in atlas.bad()] == ["class-1/white.png"]
    assert atlas.pictures == 11
    assert "class-1/white.png ends whoever reads it and is left out" in told
    monkeypatch.delenv("FATAL")
    (data / "class-1" / "white.png").write_bytes(b"none")
    sweep(network, data, tmp_path / "without")
    assert Atlas(tmp_path / "without").unit("relu", 0)["mean"] == atlas.unit("relu", 0)["mean"]
