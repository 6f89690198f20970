"""What is remembered of the person's own files, and what is assumed when nothing is known."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from analysis.opening.input_guess import guessed, words
from analysis.opening.said_before import Remembered, key_of, remember, remembered
from analysis.protocol.preprocessing import IMAGENET_MEAN, Preprocessing
from analysis.protocol.problems import Problem
from tests.analysis.zoo import odd


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNDERHOOD_CONFIG", str(tmp_path))
    return tmp_path


SAID = Remembered(Preprocessing(20, 40, 20, "stretch", 1, (0.5,), (0.25,), "bicubic"), "names.txt")


def test_that_what_was_said_is_there_the_next_time(folder: Path) -> None:
    remember("a", SAID)
    remember("b", Remembered(None, None))
    assert remembered("a") == SAID
    assert remembered("b") == remembered("unknown") == Remembered()


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"a": 3}', '{"a": {"preprocessing": 3, "labels": 4}}', "[" * 100_000, "\x00"]
    + [json.dumps({"a": {"preprocessing": {"height": bad}}}) for bad in ("tall", -1, None, 10**9)]
    + [json.dumps({"a": {"preprocessing": {"fit": "squeeze"}}}), json.dumps({"a": {"preprocessing": {"mean": ["x"]}}})],
    ids=range(14),
)
def test_that_a_damaged_memory_is_ignored_and_written_anew(folder: Path, content: str) -> None:
    (folder / "models.json").write_text(content)
    assert remembered("a") == Remembered()
    remember("a", SAID)
    assert remembered("a") == SAID


def test_that_a_folder_that_cannot_be_made_is_no_reason_to_stop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("UNDERHOOD_CONFIG", str(folder / "file"))
    remember("a", SAID)
    assert remembered("a") == Remembered()


def test_that_a_file_is_known_by_its_content_and_by_its_place(folder: Path) -> None:
    one, moved, other = folder / "one", folder / "moved", folder / "other"
    for file, content in ((one, b"x"), (moved, b"x"), (other, b"y")):
        file.write_bytes(content)
    remember(key_of(one), SAID)
    assert remembered(key_of(moved)) == SAID
    assert remembered(key_of(other)) == Remembered()
    one.write_bytes(b"trained for another epoch")
    assert remembered(key_of(one)) == SAID
    remember(key_of(one), Remembered(None, "newer.txt"))
    one.write_bytes(b"and another")
    assert remembered(key_of(one)) == Remembered(None, "newer.txt")


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 26 * 26, 3)), (1, 28)),
        (nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(2 * 30 * 30, 3)), (3, 32)),
        (nn.Sequential(nn.Conv2d(2, 2, 3), nn.AdaptiveAvgPool2d(1)), (2, 224)),
        (nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 3)), (1, 28)),
        (nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 3)), (3, 32)),
    ],
)
def test_that_the_input_of_an_unknown_network_is_found_by_trying(module: nn.Module, expected: tuple[int, int]) -> None:
    preprocessing = guessed(module)
    assert (preprocessing.channels, preprocessing.height) == expected
    assert preprocessing.width == preprocessing.height
    assert (preprocessing.mean == IMAGENET_MEAN) == (expected[0] == 3)
    assert f"{expected[1]} × {expected[1]}" in words(preprocessing)
    assert not module.training


def test_that_a_size_that_cannot_be_found_is_asked_for() -> None:
    with pytest.raises(Problem, match=r"takes no square picture of 224, 32, .*--size"):
        guessed(odd("grey-oblong").module())


def test_that_a_network_for_other_planes_is_asked_with_as_many() -> None:
    found = guessed(nn.Conv2d(7, 2, 3))
    assert (found.channels, found.mean, found.std) == (7, (0.0,) * 7, (1.0,) * 7)
    assert "7 planes of a tensor" in words(found)


def test_that_trying_changes_nothing_in_the_network() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1)).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    guessed(module)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_that_a_person_without_a_home_has_no_memory_and_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("UNDERHOOD_CONFIG", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    remember("key", Remembered(labels="a.txt"))
    assert remembered("key") == Remembered()
