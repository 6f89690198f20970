"""The Trust tab: three tests of one map run one after the other, each with its verdict in words."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from analysis.protocol.events import MethodResult
from analysis.protocol.frame import Frame
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.protocol.requests import MethodRequest
from analysis.results.kinds import Curves, Film, Line, Result
from gui.tabs.trust import TrustPanel
from tests.gui import networks
from tests.gui.explaining import House, frame

MAP = Recipe(ModelChoice("smallnet"), method="guided", target="class:3", seed=4)


def result(request: MethodRequest) -> Result:
    steps = np.linspace(0, 1, 5).astype(np.float32)
    match request.recipe.method:
        case "randomisation":
            numbers = {"result": np.array([1, 0.9, 0.9, 0.9], np.float32)}
            maps = np.random.default_rng(0).random((4, 28, 28)).astype(np.float32)
            return Film(maps, ("", "fc", "layer2", "layer1"), numbers["result"], "rank correlation", numbers)
        case "insertion-deletion":
            numbers = {
                "result": np.stack([1 - steps, steps]),
                "random": np.stack([1 - steps**2, steps**2]),
                "fraction": steps,
                "auc": np.array([0.2, 0.7], np.float32),
                "random_auc": np.array([0.4, 0.3], np.float32),
            }
            lines = tuple(Line(name, values) for name, values in zip(("out", "in"), numbers["result"], strict=True))
            return Curves(lines, steps, "share of the pixels", "answer", numbers)
    numbers = {"result": np.array([0.5, 0.6], np.float32), "worst": np.array([0.6], np.float32)}
    return Curves((Line("", numbers["result"]),), np.array([1, 2], np.float32), "copy", "change", numbers)


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[House]:
    made = House(qtbot)
    made.engine.result = result
    yield made
    made.close()


@pytest.fixture
def panel(house: House, qtbot: QtBot) -> TrustPanel:
    house.begin()
    panel = TrustPanel(house)
    qtbot.addWidget(panel)
    panel.resize(800, 900)
    panel.show()
    return panel


def hold_first(panel: TrustPanel, house: House, picture: Frame | None = None) -> None:
    """Begins the tests; the first one stands in its first step until the gate is opened."""
    house.engine.gate.clear()
    panel.test(MAP, picture)
    assert house.engine.entered.wait(30)


def ended(panel: TrustPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not panel.tests.busy)


def test_that_all_tests_run_on_the_picture_of_the_map(panel: TrustPanel, house: House, qtbot: QtBot) -> None:
    panel.test(MAP, frame(77))
    ended(panel, qtbot)
    assert [request.recipe.method for request in house.engine.asked] == list(panel.cards)
    for request in house.engine.asked:
        assert request.recipe.settings == {"map": "guided", "view": "norm"}
        assert (request.recipe.target, request.recipe.seed, request.frame.number) == ("class:3", 4, 77)
    assert "Guided" in panel.title.text()


def test_that_the_map_on_the_screen_is_tested_with_its_settings_and_its_look(
    panel: TrustPanel, house: House, qtbot: QtBot
) -> None:
    settings = {"samples": 7, "noise": 0.1}
    tested = replace(MAP, method="smoothgrad", settings=settings, looks={"Derivative": {"view": "blurred norm"}})
    panel.test(tested, None)
    ended(panel, qtbot)
    for request in house.engine.asked:
        assert request.recipe.settings == {
            "map": "smoothgrad",
            "view": "blurred norm",
            "map.samples": 7,
            "map.noise": 0.1,
        }
    assert "samples 7, noise 0.1, seen as blurred norm" in panel.title.text()


def test_that_a_recipe_of_a_test_brings_map_and_settings_back(panel: TrustPanel, house: House, qtbot: QtBot) -> None:
    settings = {"map": "smoothgrad", "view": "grey", "map.samples": 7, "draws": 4}
    check = replace(MAP, method="sensitivity", settings=settings)
    panel.show_recipe(check)
    ended(panel, qtbot)
    of_the_map = {"map": "smoothgrad", "view": "grey", "map.samples": 7}
    assert [request.recipe.settings for request in house.engine.asked] == [of_the_map, of_the_map, settings]
    assert panel.recipe() is not None
    panel.cards["sensitivity"].run.click()
    ended(panel, qtbot)
    made = panel.recipe()
    assert made is not None
    assert (made.method, made.settings, made.seed) == ("sensitivity", settings, MAP.seed)


def test_that_each_verdict_is_said_in_words(panel: TrustPanel, qtbot: QtBot) -> None:
    panel.test(MAP, None)
    ended(panel, qtbot)
    verdicts = {name: card.badge.verdict for name, card in panel.cards.items()}
    assert verdicts == {"randomisation": "bad", "insertion-deletion": "good", "sensitivity": "doubtful"}
    assert "edges, not the reason" in panel.cards["randomisation"].badge.text()
    films = panel.cards["randomisation"].pane.view().frames
    assert [film.title for film in films] == [
        "as learnt",
        "fc",
        "layer2",
        "layer1",
    ]
    assert films[1].words == "0.90"
    assert not panel.grab().isNull()


def test_that_a_test_that_fails_does_not_keep_the_others_from_running(
    panel: TrustPanel, house: House, qtbot: QtBot
) -> None:
    house.engine.problem = "This network cannot be copied."
    panel.test(MAP, None)
    ended(panel, qtbot)
    assert len(house.engine.asked) == 3
    assert all(card.badge.verdict is None for card in panel.cards.values())


def test_that_stopping_stops_all(panel: TrustPanel, house: House, qtbot: QtBot) -> None:
    hold_first(panel, house)
    panel.run_button.click()
    house.engine.gate.set()
    qtbot.waitUntil(lambda: bool(house.engine.closed))
    assert not panel.runner.busy
    assert len(house.engine.asked) == 1


def test_that_cancelling_the_job_stops_all(panel: TrustPanel, house: House, qtbot: QtBot) -> None:
    hold_first(panel, house)
    assert house.jobs.cancel_newest()
    house.engine.gate.set()
    ended(panel, qtbot)
    assert len(house.engine.asked) == 1


def test_that_one_test_can_be_run_again_and_exported(panel: TrustPanel, house: House, qtbot: QtBot) -> None:
    panel.test(MAP, None)
    ended(panel, qtbot)
    panel.cards["sensitivity"].run.click()
    ended(panel, qtbot)
    assert [request.recipe.method for request in house.engine.asked][3:] == ["sensitivity"]
    with qtbot.waitSignal(panel.export_wanted) as exported:
        panel.cards["sensitivity"].pane.foot.export.click()
    assert exported.args[0].recipe.method == "sensitivity"


def test_that_another_network_forgets_the_map(panel: TrustPanel, house: House, qtbot: QtBot) -> None:
    panel.test(MAP, None)
    ended(panel, qtbot)
    house.state.set_network(networks.loaded(name="other", epoch=2), None, None)
    assert not panel.run_button.isEnabled()
    assert all(card.pane.result is None for card in panel.cards.values())


def test_that_a_map_asked_about_while_another_is_tested_is_tested_in_full(
    panel: TrustPanel, house: House, qtbot: QtBot
) -> None:
    hold_first(panel, house, frame(77))
    panel.test(replace(MAP, method="gradient"), frame(78))
    house.engine.gate.set()
    qtbot.waitUntil(lambda: all(card.pane.result is not None for card in panel.cards.values()))
    ended(panel, qtbot)
    newest = house.engine.asked[1:]
    assert [request.recipe.method for request in newest] == list(panel.cards)
    assert {request.recipe.settings["map"] for request in newest} == {"gradient"}
    assert {request.frame.number for request in newest} == {78}


def test_that_one_test_can_be_started_while_another_one_runs(panel: TrustPanel, house: House, qtbot: QtBot) -> None:
    hold_first(panel, house)
    panel.cards["sensitivity"].run.click()
    house.engine.gate.set()
    qtbot.waitUntil(lambda: panel.cards["sensitivity"].pane.result is not None)
    ended(panel, qtbot)
    assert [request.recipe.method for request in house.engine.asked] == ["randomisation", "sensitivity"]
    assert panel.cards["randomisation"].pane.result is None


def test_that_nothing_comes_of_what_was_tested_before_a_recipe_was_opened(
    panel: TrustPanel, house: House, qtbot: QtBot
) -> None:
    hold_first(panel, house)
    panel.show_recipe(replace(MAP, method="sensitivity", settings={"map": "gradient"}), run=False)
    house.engine.gate.set()
    qtbot.waitUntil(lambda: bool(house.engine.closed))
    assert all(card.pane.result is None for card in panel.cards.values())
    assert panel.run_button.isEnabled()
    assert panel.run_button.text() == "Run all"


def test_that_all_tests_are_of_one_picture_whatever_comes_meanwhile(
    panel: TrustPanel, house: House, qtbot: QtBot
) -> None:
    hold_first(panel, house)
    house.engine.gate.set()
    house.show(2)
    ended(panel, qtbot)
    assert {request.frame.number for request in house.engine.asked} == {1}


def test_that_every_test_that_fails_says_why(panel: TrustPanel, house: House, qtbot: QtBot) -> None:
    house.engine.problem = "This network cannot be copied."
    panel.test(MAP, None)
    ended(panel, qtbot)
    for card in panel.cards.values():
        assert card.pane.notice.sentence == "This network cannot be copied."
    house.engine.problem = None
    panel.cards["randomisation"].run.click()
    ended(panel, qtbot)
    assert panel.cards["randomisation"].pane.notice.isHidden()
    assert not panel.cards["sensitivity"].pane.notice.isHidden()


def test_that_nothing_is_tested_on_a_network_that_comes_between_a_result_and_the_end_of_its_run(
    panel: TrustPanel, house: House, qtbot: QtBot
) -> None:
    other = networks.loaded(name="other", epoch=2)

    def change(event: object) -> None:
        if isinstance(event, MethodResult):
            house.dispatcher.told.disconnect(change)
            house.state.set_network(other, None, None)

    house.dispatcher.told.connect(change)
    panel.test(MAP, None)
    qtbot.waitUntil(lambda: house.state.network is other)
    assert not panel.runner.busy
    assert all(card.pane.result is None for card in panel.cards.values())
    assert len(house.engine.asked) == 1


def test_that_a_verdict_moves_nothing(panel: TrustPanel, qtbot: QtBot) -> None:
    def places() -> list[QPoint]:
        for _ in range(3):
            QApplication.processEvents()
        return [card.mapTo(panel, QPoint()) for card in panel.cards.values()]

    panel.resize(900, 1100)
    panel.test(MAP, None, run=False)
    before = places()
    panel.run_button.click()
    ended(panel, qtbot)
    assert all(card.badge.isVisible() for card in panel.cards.values())
    assert places() == before
    panel.cards["randomisation"].pane.notice.show_notice("The memory is full.")
    assert places() == before
