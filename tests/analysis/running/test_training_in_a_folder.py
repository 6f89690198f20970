"""A training of the lab is a study: stopped, it goes on, in the window and on the command line, and is listed."""

from pathlib import Path

import numpy as np
import pytest

import main
from analysis.protocol.events import MethodResult
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import NO_NETWORK, Recipe
from analysis.protocol.reins import Reins
from analysis.protocol.requests import ApartRequest
from analysis.results.numbers import numbers_of
from analysis.running.jobs.apart import run_apart
from analysis.running.workbench import Workbench
from analysis.studies.study import Study
from analysis.studies.trainings import seen_of, trainings_in

SETTINGS = {"network": "dense", "width": 8, "side": 20, "iterations": 12, "measure": 2, "tests": 20}


def asked(folder: Path | str, reins: Reins | None = None, **more: object) -> ApartRequest:
    recipe = Recipe(NO_NETWORK, method="monitor", settings={**SETTINGS, **more}, seed=2)  # type: ignore[dict-item]
    return ApartRequest(1, recipe, None, reins or Reins(), "cpu", folder=str(folder))


def stopped(folder: Path) -> None:
    """After five iterations."""
    reins = Reins()
    reins.step()
    running = run_apart(Workbench(), asked(folder, reins))
    for step in running:
        reins.step()
        if getattr(step, "done", 0) >= 5:
            break
    running.close()  # type: ignore[attr-defined]


def test_that_a_training_that_was_stopped_is_a_study_that_goes_on(tmp_path: Path) -> None:
    *_, whole = run_apart(Workbench(), asked(tmp_path / "whole"))
    stopped(tmp_path / "parts")
    (part,) = (one for one in trainings_in(tmp_path) if one.folder.name == "parts")
    assert not part.over
    assert len(seen_of(part).numbers["result"]) == 5
    assert seen_of(part).total == 12
    assert main.main(["study", "-o", str(tmp_path / "parts")]) == 0
    assert isinstance(whole, MethodResult)
    with np.load(tmp_path / "parts" / "cells" / "0001-monitor-lenet.npz") as found:
        for name, array in numbers_of(whole.result).items():
            assert np.array_equal(found[name], array), name
    assert [one.over for one in trainings_in(tmp_path)] == [True, True]
    kept = Study(tmp_path / "whole")
    assert kept.done() == {1}
    kept.close()


def test_that_what_is_over_is_read_as_it_was_seen(tmp_path: Path) -> None:
    *_, ended = run_apart(Workbench(), asked(tmp_path / "one"))
    assert isinstance(ended, MethodResult)
    (one,) = trainings_in(tmp_path)
    back, own = seen_of(one), ended.result
    assert [plot.name for plot in back.plots] == [plot.name for plot in own.plots]  # type: ignore[union-attr]
    assert np.array_equal(back.plots[0].lines[0].values, numbers_of(own)["result"])
    (one.folder / "cells" / f"{one.cell}.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(Problem, match="damaged"):
        seen_of(one)


def test_that_a_training_that_could_not_begin_leaves_no_study(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    with pytest.raises(Problem, match="No data set is named"):
        [*run_apart(Workbench(), asked(folder, data="other"))]
    assert not folder.exists()


def test_that_what_learns_is_told_by_its_preset(tmp_path: Path) -> None:
    from analysis.training.presets import PRESETS

    for name in ("L1", "overfitting"):
        settings = next(one.settings for one in PRESETS if one.name == name)
        running = run_apart(Workbench(), asked(tmp_path / name, **settings))
        while getattr(next(running), "result", None) is None:
            pass
        running.close()  # type: ignore[attr-defined]
    assert {one.folder.name: one.words for one in trainings_in(tmp_path)} == {"L1": "L1", "overfitting": "overfitting"}
