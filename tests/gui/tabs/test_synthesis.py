"""The Synthesis tab on an engine that answers as told: what is asked, how it is held, and what is seen."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import Recipe
from analysis.protocol.requests import MethodRequest
from analysis.results.kinds import Grown
from gui.tabs.contact_sheet import ContactSheet
from gui.tabs.held_run import HeldRun
from gui.tabs.method_tab import MethodTab
from gui.tabs.steered_run import SteeredRun
from gui.tabs.synthesis import SYNTHESIS
from gui.views.grown_view import GrownView, Sheet
from tests.gui import networks
from tests.gui.explaining import House


def grown(request: MethodRequest) -> Grown:
    generator = np.random.default_rng(len(request.recipe.course))
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
    return next(extra for extra in panel.extras if isinstance(extra, HeldRun))


def steered(panel: MethodTab) -> SteeredRun:
    return next(extra for extra in panel.extras if isinstance(extra, SteeredRun))


def made(panel: MethodTab, qtbot: QtBot) -> SteeredRun:
    """After a run that is over."""
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.shown() is not None and not panel.runner.busy)
    return steered(panel)


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
    reins.stepped()
    assert not reins.may_step()
    extra.pause.click()
    assert not reins.halted
    house.engine.gate.set()
    qtbot.waitUntil(lambda: panel.shown() is not None and not panel.runner.busy)
    assert not extra.pause.isEnabled()
    assert extra.pause.text() == "Pause"


def test_that_one_step_begins_a_run_that_rests(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.engine.gate.clear()
    held(panel).step.click()
    assert house.engine.entered.wait(30)
    reins = house.engine.asked[-1].reins
    assert reins is not None
    assert reins.halted
    assert reins.may_step()
    assert held(panel).pause.isChecked()
    held(panel).pause.click()
    assert not reins.halted
    house.engine.gate.set()
    qtbot.waitUntil(lambda: panel.shown() is not None and not panel.runner.busy)


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


def test_that_another_network_in_the_middle_leaves_the_picture_so_far(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    before = house.state.network
    assert before is not None
    house.engine.steps = 1_000_000  # more than pass before the other one comes
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.pane.drawn)
    house.state.set_network(networks.loaded(name="other", epoch=2), None, None)
    shown, view = panel.shown(), panel.pane.view()
    assert shown is not None
    assert shown.recipe.model.name == before.choice.name
    assert shown.network is before, "whose names its figure bears"
    done = int(shown.remark.removeprefix("Stopped after ").split(" of ")[0].replace(",", ""))
    assert shown.recipe.settings["steps"] == done
    assert isinstance(view, GrownView)
    assert len(view.sheet.images) == 1
    assert panel.pane.foot.export.isEnabled()
    assert f"by {before.title}" in panel.pane.title.text()
    assert panel.pane.note.text().startswith(f"This is of {before.title}")
    assert not panel.pane.notice.isVisible(), "which would cover what is said of the picture"
    assert not steered(panel).fork.isEnabled(), "the network that is there now has not made it"


def test_that_a_run_that_fails_leaves_the_picture_so_far(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.engine.problem_at_the_end = "The network could not be run."
    panel.run_button.click()
    qtbot.waitUntil(lambda: not panel.runner.busy)
    shown = panel.shown()
    assert shown is not None
    assert shown.remark.startswith("Stopped")
    assert panel.pane.foot.export.isEnabled()
    assert panel.pane.notice.sentence == "The network could not be run."


def test_that_a_picture_stays_while_other_networks_are_looked_at_until_the_next_run(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    made(panel, qtbot)
    before = house.state.network
    assert before is not None
    panel.methods.choose("fourier")
    house.state.set_network(networks.loaded(name="other", epoch=2), None, None)
    panel.methods.choose("edge-energy")
    assert panel.shown() is not None
    assert f"by {before.title}" in panel.pane.title.text()
    assert not steered(panel).keep.isEnabled()
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.shown() is not None and not panel.runner.busy)
    shown = panel.shown()
    assert shown is not None
    assert shown.recipe.model.name == "other"
    assert "by " not in panel.pane.title.text()


def test_that_what_is_changed_while_it_runs_holds_from_the_next_step_on(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    house.engine.steps = 1_000_000  # more than pass before the change
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.pane.drawn)
    panel.asked.form.set_values({"weight": 7.0})
    qtbot.waitUntil(lambda: len(house.engine.asked) == 2)
    first, second = house.engine.asked
    assert second.recipe.settings["weight"] == 1.0, "as it began"
    (turn,) = second.recipe.course
    assert dict(turn.settings) == {"weight": 7.0}
    assert turn.target is None
    assert second.reins is not None
    assert first.reins is not None
    assert second.reins.trail is first.reins.trail
    assert second.reins.trail.wanted == turn.after == 3
    panel.run_button.click()


def test_that_nothing_changes_while_it_runs_where_that_is_not_wanted(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    steered(panel).steer.click()
    house.engine.steps = 1_000_000
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.pane.drawn)
    panel.asked.form.set_values({"weight": 7.0})
    assert not steered(panel).turns
    assert len(house.engine.asked) == 1
    panel.run_button.click()


def test_that_a_step_can_be_looked_back_at_and_gone_on_from(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    extra = made(panel, qtbot)
    assert extra.step == 3
    extra.fork.click()
    qtbot.waitUntil(lambda: len(house.engine.asked) == 2 and not panel.runner.busy)
    (turn,) = house.engine.asked[1].recipe.course
    assert turn.after == 3
    assert house.engine.asked[1].reins is not None
    assert house.engine.asked[1].reins.trail is house.engine.asked[0].reins.trail  # type: ignore[union-attr]


def test_that_a_step_can_be_kept(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    extra = made(panel, qtbot)
    extra.keep.click()
    qtbot.waitUntil(lambda: len(house.engine.asked) == 2 and not panel.runner.busy)
    (turn,) = house.engine.asked[1].recipe.course
    assert (turn.after, dict(turn.settings)) == (3, {"steps": 3})


def test_that_what_is_chosen_is_climbed_beside(panel: MethodTab) -> None:
    extra = steered(panel)
    extra.also.menu().actions()[1].trigger()
    recipe = panel.recipe()
    assert recipe is not None
    assert recipe.settings["also"] == "-1 class:9"
    extra.also.menu().actions()[-1].trigger()
    assert panel.asked.form.values()["also"] == ""


def test_that_a_sheet_asks_about_every_unit_and_every_class(panel: MethodTab, house: House) -> None:
    sheet = next(extra for extra in panel.extras if isinstance(extra, ContactSheet))
    asked: list[Recipe] = []
    sheet.study.begin = asked.append  # type: ignore[method-assign]
    sheet.study.into.trigger()
    sheet.classes.trigger()
    of_units, of_classes = (one.comparison for one in asked)
    assert of_units is not None
    assert of_classes is not None
    node = house.state.node
    assert node is not None
    assert [one.unit for one in of_units.units] == list(range(node.units))
    assert {(one.target, one.layer) for one in of_units.units} == {("unit:center", house.state.layer)}
    assert [one.target for one in of_classes.units] == [f"class:{index}" for index in range(10)]
    assert asked[0].picture is None


@pytest.mark.parametrize("width", [400, 520, 900])
def test_that_no_number_under_a_picture_loses_its_sign(width: int, qtbot: QtBot) -> None:
    sheet = Sheet()
    qtbot.addWidget(sheet)
    sheet.resize(width, 380)
    words = ["edge energy, above 92 % of 25 pictures: answers −0.0003848"] * 8
    sheet.show_pictures([QImage(19, 19, QImage.Format.Format_RGB888) for _ in words], words, "what conv2 returns")
    assert [" ".join(lines) for lines in sheet.told] == words
