"""A study as a job of the engine: stopped between two steps it goes on, and ends as one of the command line does."""

from pathlib import Path

import pytest

from analysis.opening import catalogue
from analysis.protocol.events import JobProgress, StudyEnded
from analysis.protocol.lane import Lane
from analysis.protocol.recipe import ComparisonChoice, MethodChoice, ModelChoice, PictureChoice, Recipe, to_json
from analysis.protocol.requests import StudyRequest
from analysis.running.jobs.study import run_study
from analysis.running.workbench import Workbench
from main import main

LENET = ModelChoice("lenet")
METHODS = ("gradient", "cam", "grad-cam")
GRID = Recipe(
    LENET,
    PictureChoice("sample:digit-2"),
    comparison=ComparisonChoice(tuple(map(MethodChoice, METHODS)), (LENET, ModelChoice("lenet", "random", 3))),
)


def of_folder(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_that_a_study_of_the_window_is_that_of_the_command_line(tmp_path: Path) -> None:
    begun = run_study(Workbench(), StudyRequest(1, GRID, str(tmp_path / "window")))
    told = next(event for event in begun if isinstance(event, JobProgress) and event.done == 2)
    assert (told.title, told.total) == ("Cell 3 of 6", 6), "LeNet has no average pooling, so CAM is a sentence"
    begun.close()
    kept = sorted(path.name for path in (tmp_path / "window" / "cells").glob("*.npz"))
    assert len(kept) == 2, "what was computed stays"

    *_, ended = run_study(Workbench(), StudyRequest(2, None, str(tmp_path / "window")))
    assert isinstance(ended, StudyEnded)
    assert (ended.cells, ended.failed, ended.page) == (6, 2, str(tmp_path / "window" / "index.html"))

    (tmp_path / "grid.json").write_text(to_json(GRID))
    assert main(["study", "--recipe", str(tmp_path / "grid.json"), "-o", str(tmp_path / "typed")]) == 0
    assert of_folder(tmp_path / "window") == of_folder(tmp_path / "typed")


def test_that_networks_stay_opened_for_the_next_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    load = catalogue.load
    monkeypatch.setattr(catalogue, "load", lambda choice, *rest: opened.append(choice) or load(choice, *rest))
    bench = Workbench()
    bench.lane = Lane(most_networks=4, most_bytes=1 << 30)
    for name in ("one", "two"):
        assert isinstance([*run_study(bench, StudyRequest(1, GRID, str(tmp_path / name)))][-1], StudyEnded)
    assert of_folder(tmp_path / "one") == of_folder(tmp_path / "two")
    assert len(opened) == 2
