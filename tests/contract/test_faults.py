"""A short part of `make faults`: whatever is damaged or hostile ends as opened or as one sentence, and runs nothing."""

import os
from pathlib import Path

import pytest

from tests.faults.attempt import Case, attempt
from tests.faults.bench import KINDS, tried

NUMBERS = {"pictures": 150, "weights": 100, "archives": 25, "recipes": 80, "settings": 100, "own files": 12}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_that_faults_end_as_opened_or_as_a_sentence(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERHOOD_CONFIG", str(tmp_path))
    tally = tried(kind, seed=0, number=NUMBERS[kind])
    assert not tally.defects
    assert tally.ends["opened"] + tally.ends["refused"] + tally.ends["asked"] >= NUMBERS[kind]
    assert tally.ends["opened"], "some faults do no harm"


def test_that_the_bench_sees_what_should_not_be(tmp_path: Path) -> None:
    def fails(_file: Path) -> None:
        raise KeyError(3)

    def runs(file: Path) -> None:
        file.with_name("traces").mkdir()

    def half(file: Path) -> None:
        file.with_name("x.part").write_text("half")

    acts = {fails: "raises KeyError", runs: "runs unasked: os.mkdir", half: "runs unasked: writes to"}
    for act, defect in acts.items():
        (tmp_path / act.__name__).mkdir()
        assert attempt(Case("bench", "x", b"", act), tmp_path / act.__name__).defect.startswith(defect)
    assert attempt(Case("bench", "x", b"", os.fspath), tmp_path).how == "opened"
