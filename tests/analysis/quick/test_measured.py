"""What a stopwatch found out is remembered for this machine, and a damaged file or a full disk costs nothing else."""

import json
from pathlib import Path

import pytest

from analysis.files import whole_file
from analysis.quick import measured
from analysis.quick.measured import MOST, forget, machine, remember, remembered


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNDERHOOD_CACHE", str(tmp_path))
    return tmp_path


def test_that_it_is_known_after_another_start() -> None:
    assert remembered("how many?") is None
    remember("how many?", "8")
    remember("how fast?", "2×1")
    forget()
    assert (remembered("how many?"), remembered("how fast?")) == ("8", "2×1")


def test_that_another_machine_finds_out_for_itself(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    remember("how many?", "8")
    monkeypatch.setattr(measured, "machine", lambda: "another processor")
    assert remembered("how many?") is None
    remember("how many?", "4")
    assert json.loads((folder / "measured.json").read_text()) == {
        "machine": "another processor",
        "answers": {"how many?": "4"},
    }


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"machine": 3}', b"\xff" * 9, b"[" * 100_000, b" " * 2_000_000]
)
def test_that_a_damaged_file_is_none(content: bytes, folder: Path) -> None:
    (folder / "measured.json").write_bytes(content)
    assert remembered("how many?") is None
    remember("how many?", "8")
    forget()
    assert remembered("how many?") == "8"


def test_that_where_nothing_can_be_written_it_is_known_until_the_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("UNDERHOOD_CACHE", str(folder / "file" / "no folder"))
    remember("how many?", "8")
    assert remembered("how many?") == "8"
    forget()
    assert remembered("how many?") is None


def test_that_a_full_disk_leaves_what_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember("how many?", "8")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_file.os, "fsync", full)
    remember("how fast?", "2×1")
    assert remembered("how fast?") == "2×1"
    monkeypatch.undo()
    monkeypatch.setenv("UNDERHOOD_CACHE", str(folder))
    forget()
    assert (remembered("how many?"), remembered("how fast?")) == ("8", None)
    assert [path.name for path in folder.iterdir()] == ["measured.json"]


def test_that_two_windows_keep_what_the_other_found(folder: Path) -> None:
    remember("ours", "1")
    file = folder / "measured.json"
    kept = json.loads(file.read_text())
    file.write_text(json.dumps(kept | {"answers": kept["answers"] | {"theirs": "2"}}))
    remember("ours, too", "3")
    forget()
    assert [remembered(one) for one in ("ours", "theirs", "ours, too")] == ["1", "2", "3"]


def test_that_the_oldest_answers_go(folder: Path) -> None:
    answers = {f"question {number}": "1" for number in range(MOST)}
    (folder / "measured.json").write_text(json.dumps({"machine": machine(), "answers": answers}))
    remember("the newest", "2")
    kept = json.loads((folder / "measured.json").read_text())["answers"]
    assert len(kept) == MOST
    assert "question 0" not in kept
    assert kept["the newest"] == "2"
