"""Lanes by their role."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from analysis.opening import catalogue
from analysis.opening.loading import Loading
from analysis.protocol.recipe import ModelChoice, Recipe
from gui.lane.jobs import Jobs
from gui.lane.lanes import Lanes
from gui.tabs.grid_run import Comparison, Question
from tests.gui.explaining import FakeEngine, frame


def test_that_each_role_has_one_lane_that_knows_of_the_others_pictures(qtbot: QtBot) -> None:
    made: list[FakeEngine] = []

    def make() -> FakeEngine:
        made.append(FakeEngine())
        return made[-1]

    jobs = Jobs()
    lanes = Lanes(jobs, make_engine=make)
    comparison = Comparison(jobs, lanes)
    assert lanes["study"] is lanes["study"]
    assert lanes["study"] is not lanes["view"]
    question = Question((Recipe(ModelChoice("any"), method="gradient"),), (ModelChoice("one"),), frame())
    for _ in range(2):
        assert comparison.start(question)
        qtbot.waitUntil(lambda: not comparison.running)
    lanes["view"].start(_load(lanes))
    qtbot.waitUntil(lambda: len(made) == 2 and bool(made[1].loaded))
    lanes.close()
    assert made[0].lane.stream is made[1].lane.stream  # type: ignore[attr-defined]


def _load(lanes: Lanes) -> object:
    from analysis.protocol.requests import LoadRequest

    return LoadRequest(lanes["view"].next_id(), 1, ModelChoice("one"))


def test_that_a_second_comparison_opens_no_network_again(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    really = catalogue.load

    def counting(choice: ModelChoice, *rest: object) -> Iterator[Loading]:
        opened.append(choice.name)
        return really(choice, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(catalogue, "load", counting)
    jobs = Jobs()
    lanes = Lanes(jobs)
    comparison = Comparison(jobs, lanes)
    found: list[object] = []
    failed: list[str] = []
    comparison.cell_done.connect(lambda row, column, result: found.append(result))
    comparison.cell_failed.connect(lambda row, column, words: failed.append(words))
    networks = (ModelChoice("lenet"), ModelChoice("resnet-cifar"), ModelChoice("lenet", "random", 3))
    question = Question((Recipe(ModelChoice("lenet"), method="gradient"),), networks, frame(), device="cpu")
    try:
        for count in (3, 6):
            assert comparison.start(question)
            qtbot.waitUntil(lambda: not comparison.running, timeout=60_000)
            assert (len(found), failed) == (count, [])
    finally:
        lanes.close()
    assert opened == ["lenet", "resnet-cifar", "lenet"]
