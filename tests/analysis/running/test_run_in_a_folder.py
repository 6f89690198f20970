"""A run that is watched and kept in a folder: stopped at any moment, it is a study that goes on as any other."""

from pathlib import Path

import numpy as np
import pytest

import main
from analysis.protocol.events import JobProgress, MethodResult
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.protocol.requests import MethodRequest
from analysis.results.numbers import numbers_of
from analysis.running.jobs.method import run_method
from analysis.running.workbench import Workbench
from analysis.studies.study import Study
from tests.analysis.to_the_end import opened

SETTINGS = {"population": 20, "generations": 4}


def bench() -> Workbench:
    made = Workbench()
    made.take(opened(ModelChoice("lenet")), 1)
    return made


def asked(folder: Path | str, seed: int = 0) -> MethodRequest:
    recipe = Recipe(ModelChoice("lenet"), method="fooling-cppn", settings=SETTINGS, seed=seed)
    return MethodRequest(1, 1, recipe, None, folder=str(folder))


@pytest.fixture
def whole() -> MethodResult:
    *_, result = run_method(bench(), asked(""))
    assert isinstance(result, MethodResult)
    return result


def stopped(folder: Path | str) -> None:
    """In the middle of the third generation."""
    running = run_method(bench(), asked(folder))
    for step in running:
        assert isinstance(step, JobProgress)
        if step.done >= 50:
            break
    running.close()  # type: ignore[attr-defined]


def test_that_it_goes_on_in_the_window_as_if_it_had_not_been_stopped(tmp_path: Path, whole: MethodResult) -> None:
    folder = tmp_path / "study"
    stopped(folder)
    first, *_, result = run_method(bench(), asked(folder))
    assert isinstance(first, JobProgress)
    assert first.done > 40
    assert isinstance(result, MethodResult)
    one, other = numbers_of(result.result), numbers_of(whole.result)
    assert all(np.array_equal(one[name], other[name]) for name in other)
    kept = Study(folder)
    assert kept.done() == {1}
    assert "median" in kept.records[1].words
    kept.close()


def test_that_the_command_line_goes_on_with_it(tmp_path: Path, whole: MethodResult) -> None:
    folder = tmp_path / "study"
    stopped(folder)
    assert main.main(["study", "-o", str(folder)]) == 0
    with np.load(folder / "cells" / "0001-fooling-cppn-lenet.npz") as found:
        for name, array in numbers_of(whole.result).items():
            assert np.allclose(found[name], array, atol=1e-6), name  # it computes as many at once as it likes


def test_that_another_run_does_not_go_into_it(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    stopped(folder)
    with pytest.raises(Problem, match="asks something else"):
        next(run_method(bench(), asked(folder, seed=1)))
