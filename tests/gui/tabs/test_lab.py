"""The tabs of the learning lab with the real engine: steering, one step, drawn points, and trainings that are kept."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QListWidgetItem
from pytestqt.qtbot import QtBot

from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice, Recipe
from analysis.results.kinds import Kept, Learning, Plane
from analysis.results.numbers import numbers_of
from gui.lane.lanes import Lanes
from gui.lane.worker import real_engine
from gui.tabs.again import Again
from gui.tabs.extra import Extra
from gui.tabs.held_run import HeldRun
from gui.tabs.kept_networks import KeptNetworks
from gui.tabs.kept_runs import KeptRuns
from gui.tabs.lines import LINES
from gui.tabs.method_tab import MethodTab
from gui.tabs.tab import Tab
from gui.tabs.training import TRAINING
from gui.views.learning_view import LearningView
from gui.views.plane_view import PlaneView
from tests.gui.explaining import House

LONG = 110_000  # milliseconds: the lab's engine is the last that gets a busy machine, and torch is imported first
SMALL: dict[str, Any] = {"network": "dense", "width": 8, "side": 20, "measure": 5, "tests": 20}
Kind = TypeVar("Kind", bound=Extra)


class Lab(House):
    @property
    def lanes(self) -> Lanes:
        if self._lanes is None:
            self._lanes = Lanes(self.jobs, make_engine=real_engine)
        return self._lanes


@pytest.fixture
def house(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Lab]:
    monkeypatch.setenv("UNDERHOOD_CONFIG", str(tmp_path))
    made = Lab(qtbot)
    made.begin()
    yield made
    made.close()


def tab_of(kind: Tab, house: Lab, qtbot: QtBot) -> MethodTab:
    panel = MethodTab(kind, house)
    qtbot.addWidget(panel)
    panel.resize(1100, 800)
    panel.show()
    return panel


def extra(panel: MethodTab, kind: type[Kind]) -> Kind:
    return next(one for one in panel.extras if isinstance(one, kind))


def plane_of(panel: MethodTab) -> PlaneView:
    view = panel.pane.view(Plane)
    assert isinstance(view, PlaneView)
    return view


def iteration(panel: MethodTab) -> int:
    portrait = plane_of(panel).portrait
    return -1 if portrait is None else portrait.iteration


def items(kept: KeptRuns) -> list[QListWidgetItem]:
    return [kept.list.item(number) for number in range(kept.list.count())]


def over(panel: MethodTab) -> bool:
    return panel.shown() is not None and not panel.runner.busy


def test_that_what_was_steered_and_stopped_comes_again_to_the_bit(house: Lab, qtbot: QtBot) -> None:
    panel = tab_of(LINES, house, qtbot)
    panel.run_button.click()
    qtbot.waitUntil(lambda: iteration(panel) > 5, timeout=LONG)
    for change in ({"rate": 0.03}, {"width": 26}, {"data": "XOR", "dropout": 0.1}):
        panel.asked.form.set_values(change)
        at = iteration(panel)
        qtbot.waitUntil(lambda at=at: iteration(panel) > at + 10, timeout=LONG)
    panel.run_button.click()
    qtbot.waitUntil(lambda: over(panel), timeout=LONG)
    stopped = panel.shown()
    assert stopped is not None
    said = {name: value for turn in stopped.recipe.course for name, value in turn.settings.items()}
    assert said == {"rate": 0.03, "width": 26, "data": "XOR", "dropout": 0.1}
    assert stopped.recipe.settings["iterations"] == iteration(panel)
    extra(panel, Again).button.click()
    qtbot.waitUntil(lambda: over(panel) and panel.shown() is not stopped, timeout=LONG)
    again = panel.shown()
    assert again is not None
    assert again.recipe.course == stopped.recipe.course
    one, other = numbers_of(stopped.result), numbers_of(again.result)
    assert all(np.array_equal(one[name], other[name]) for name in one)
    panel.asked.form.set_values({"noise": 0.1})
    panel.run_button.click()
    qtbot.waitUntil(lambda: over(panel) and panel.shown() is not again, timeout=LONG)
    plain = panel.shown()
    assert plain is not None
    assert not plain.recipe.course, "something else is asked: it begins without turns"


def test_that_one_step_begins_a_run_and_rests(house: Lab, qtbot: QtBot) -> None:
    panel = tab_of(LINES, house, qtbot)
    held = extra(panel, HeldRun)
    for number in (1, 2, 3):
        held.step.click()
        qtbot.waitUntil(lambda number=number: iteration(panel) == number, timeout=LONG)
        assert held.pause.text() == "Go on"
    held.pause.click()
    qtbot.waitUntil(lambda: iteration(panel) > 10, timeout=LONG)
    panel.run_button.click()
    qtbot.waitUntil(lambda: over(panel), timeout=LONG)


def test_that_points_are_drawn_by_the_mouse_and_learnt_from(house: Lab, qtbot: QtBot) -> None:
    panel = tab_of(LINES, house, qtbot)
    canvas, held = plane_of(panel).canvas, extra(panel, HeldRun)
    middle = canvas.square().center().toPoint()
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(canvas, left, pos=middle - QPoint(60, 0))
    held.step.click()
    qtbot.waitUntil(lambda: iteration(panel) == 1, timeout=LONG)
    portrait = plane_of(panel).portrait
    assert portrait is not None
    assert "All points are of class 0" in portrait.words
    next(pen for pen in panel.findChildren(type(held.step)) if pen.text() == "Draw ● 1").click()
    qtbot.mouseClick(canvas, left, pos=middle + QPoint(60, 0))
    held.step.click()
    qtbot.waitUntil(lambda: iteration(panel) == 2, timeout=LONG)
    panel.run_button.click()
    qtbot.waitUntil(lambda: over(panel), timeout=LONG)
    stopped = panel.shown()
    assert stopped is not None
    assert numbers_of(stopped.result)["classes"].tolist() == [0, 1]
    assert [turn.after for turn in stopped.recipe.course] == [1]


def test_that_a_training_is_kept_goes_on_and_stands_beside_another(house: Lab, qtbot: QtBot) -> None:
    panel = tab_of(TRAINING, house, qtbot)
    kept = extra(panel, KeptRuns)
    form = panel.asked.form
    form.set_values({**SMALL, "iterations": 30, "rate": 0.01})
    panel.run_button.click()
    qtbot.waitUntil(lambda: over(panel), timeout=LONG)
    assert [item.text().split(" · ")[0] for item in items(kept)] == ["dense"]
    first = panel.shown()

    form.set_values({"rate": 0.02})
    held, words = extra(panel, HeldRun), panel.pane.view(Learning).words  # type: ignore[attr-defined]
    for number in range(1, 4):
        held.step.click()
        qtbot.waitUntil(lambda number=number: f"Iteration {number} " in words.text(), timeout=LONG)
    panel.run_button.click()
    qtbot.waitUntil(lambda: over(panel), timeout=LONG)
    assert [item.text().split(" · ")[0] for item in items(kept)] == ["dense, not over", "dense"]
    assert not kept.again.isEnabled()
    kept.list.setCurrentRow(0)
    qtbot.waitUntil(kept.again.isEnabled, timeout=LONG)
    kept.again.click()
    qtbot.waitUntil(lambda: over(panel) and panel.shown() is not first and not panel.shown().remark, timeout=LONG)  # type: ignore[union-attr]
    second = panel.shown()
    assert second is not None
    assert len(numbers_of(second.result)["result"]) == 30
    assert "not over" not in kept.list.item(0).text()

    kept.list.item(1).setCheckState(Qt.CheckState.Checked)
    view = panel.pane.view(Learning)
    assert isinstance(view, LearningView)
    assert "this run" in view.legend.text()
    assert "dense · " in view.legend.text()
    assert not view.legend.isHidden()


def test_that_a_network_of_ones_own_is_looked_into_as_it_was_trained(
    house: Lab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = tab_of(TRAINING, house, qtbot)
    asked: list[ModelChoice] = []
    monkeypatch.setattr(house.networks, "load", asked.append)
    said = Preprocessing(32, 32, 32, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    trained = ModelChoice("net.py:Net", seed=3, preprocessing=said, weights_hash="0" * 64)
    numbers: dict[str, Any] = {}
    learning = Learning((), (), np.zeros(0), (), 9, "", numbers, (Kept(9, "/nine"),), "net.py:Net", "/labels.txt")
    recipe = Recipe(trained, method="monitor-own")
    nets = extra(panel, KeptNetworks)
    nets.on_result(recipe, learning, np.zeros((1, 1, 3), np.uint8), True)
    nets.look.click()
    assert asked == [replace(trained, weights="/nine", labels="/labels.txt", weights_hash=None)]
