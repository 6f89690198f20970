"""The Synthesis tab on an engine that answers as told: what is asked, how it is held, and what is seen."""

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from analysis.protocol.requests import MethodRequest
from analysis.results.kinds import Grown
from gui.tabs.held_run import HeldRun
from gui.tabs.method_tab import MethodTab
from gui.tabs.synthesis import SYNTHESIS
from gui.views.grown_view import GrownView
from tests.gui.explaining import House


def grown(request: MethodRequest) -> Grown:
    generator = np.random.default_rng(0)
    curve = generator.random((1, 3), np.float32)
    return Grown((generator.random((20, 20, 3), np.float32),), ("",), curve, curve, 8, "what conv1 returns")


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[House]:
    made = House(qtbot)
    made.engine.result = grown
    yield made
    made.close()


@pytest.fixture
def panel(house: House, qtbot: QtBot) -> MethodTab:
    house.begin()
    panel = MethodTab(SYNTHESIS, house)
    qtbot.addWidget(panel)
    panel.resize(900, 600)
    panel.show()
    return panel


def held(panel: MethodTab) -> HeldRun:
    (extra,) = panel.extras
    assert isinstance(extra, HeldRun)
    return extra


def test_that_the_lectures_recipe_is_the_first_one(panel: MethodTab) -> None:
    recipe = panel.recipe()
    assert recipe is not None
    assert (recipe.method, recipe.settings["steps"], recipe.settings["rate"]) == ("edge-energy", 250, 0.1)


def test_that_the_best_class_is_that_of_the_picture_that_is_seen(panel: MethodTab) -> None:
    recipe = panel.recipe()
    assert recipe is not None
    assert recipe.target == "class:9"
    assert recipe.target_name == "thing 9"


def test_that_a_run_is_halted_and_goes_on_by_its_buttons(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    extra = held(panel)
    assert not extra.pause.isEnabled()
    house.engine.gate.clear()
    panel.run_button.click()
    assert house.engine.entered.wait(30)
    reins = house.engine.asked[-1].reins
    assert reins is not None
    extra.pause.click()
    assert reins.halted
    assert extra.pause.text() == "Go on"
    extra.step.click()
    assert reins.may_step()
    assert not reins.may_step()
    extra.pause.click()
    assert not reins.halted
    house.engine.gate.set()
    qtbot.waitUntil(lambda: panel.shown() is not None and not panel.runner.busy)
    assert not extra.pause.isEnabled()
    assert extra.pause.text() == "Pause"


def test_that_the_next_run_is_not_halted_by_the_one_before(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.engine.gate.clear()
    panel.run_button.click()
    assert house.engine.entered.wait(30)
    held(panel).pause.click()
    panel.run_button.click()
    house.engine.gate.set()
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.shown() is not None and not panel.runner.busy)
    assert len(house.engine.asked) == 2
    assert house.engine.asked[1].reins is not house.engine.asked[0].reins


def test_that_the_picture_and_its_curves_are_seen(panel: MethodTab, qtbot: QtBot) -> None:
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.shown() is not None and not panel.runner.busy)
    view = panel.pane.view()
    assert isinstance(view, GrownView)
    assert len(view.sheet.images) == 1
    assert view.objective.isVisible()
    assert view.prior.isVisible()


def test_that_what_is_stopped_can_be_exported_as_it_is(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.engine.steps = 1_000_000  # more than pass before the click
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.pane.drawn)
    panel.run_button.click()
    shown = panel.shown()
    assert shown is not None
    assert shown.remark.startswith("Stopped after")
    done = int(shown.remark.removeprefix("Stopped after ").split(" of ")[0].replace(",", ""))
    assert shown.recipe.settings["steps"] == done, "its recipe makes it again"
    assert panel.pane.foot.export.isEnabled()
