"""The table of tabs: every method is in one of them, and a tab of methods is nothing but its row."""

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from analysis.methods.registry import METHODS
from analysis.protocol.recipe import ComparisonChoice, MethodChoice, ModelChoice, Recipe
from analysis.results.kinds import Curves, Line, Result
from gui.tabs.method_tab import MethodTab
from gui.tabs.tab import Tab
from gui.tabs.table import COMPARE, GROUPS, TABS, tab_of
from tests.gui.explaining import House

NET = ModelChoice("smallnet")


@pytest.mark.parametrize("technique", METHODS, ids=lambda technique: technique.name)
def test_that_every_method_has_a_tab(technique: type) -> None:
    takers = [tab for tab in TABS if technique.family in tab.families]
    assert len(takers) == 1
    assert tab_of(Recipe(NET, method=technique.name)) is takers[0]


def test_that_a_comparison_has_its_tab() -> None:
    assert tab_of(Recipe(NET, comparison=ComparisonChoice((MethodChoice("gradient"),), (NET,)))) is COMPARE


def test_that_tabs_are_told_apart() -> None:
    assert len({tab.key for tab in TABS}) == len({tab.title for tab in TABS}) == len(TABS)
    assert len({group.title for group in GROUPS}) == len(GROUPS)
    assert all(tab.help and not tab.help.endswith(".") for tab in TABS)


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[House]:
    made = House(qtbot)
    made.engine.result = lambda request: curves()
    yield made
    made.close()


def curves() -> Result:
    values = np.linspace(1, 0, 5, dtype=np.float32)
    return Curves((Line("answer", values),), values, "t", "answer", {"result": values})


def test_that_a_tab_of_ten_lines_runs_stops_follows_comes_back_and_is_exported(house: House, qtbot: QtBot) -> None:
    kind = Tab(
        key="pushed",
        title="Pushed",
        help="What the answer does when the picture is pushed about",
        families=("perturbation", "derivatives"),
        empty="Press Run.",
    )
    house.begin()
    tab = MethodTab(kind, house)
    qtbot.addWidget(tab)
    tab.show()
    assert tab.methods.name == "rise"
    assert tab.pane.view().windowTitle() == ""
    tab.methods.choose("local-irregularity")
    house.engine.gate.clear()
    tab.run_button.click()
    assert house.engine.entered.wait(30)
    assert tab.run_button.text() == "Stop"
    tab.run_button.click()
    house.engine.gate.set()
    qtbot.waitUntil(lambda: not tab.runner.busy)
    assert tab.shown() is None
    tab.asked.form.set_values({"steps": 9})
    tab.run_button.click()
    qtbot.waitUntil(lambda: tab.shown() is not None and not tab.runner.busy)
    with qtbot.waitSignal(tab.export_wanted) as exported:
        tab.pane.foot.export.click()
    made = exported.args[0].recipe
    assert (made.method, made.settings["steps"]) == ("local-irregularity", 9)
    tab.methods.choose("gradient")
    qtbot.waitUntil(lambda: house.engine.asked[-1].recipe.method == "gradient")  # it follows by itself
    tab.show_recipe(made)
    qtbot.waitUntil(lambda: house.engine.asked[-1].recipe.method == "local-irregularity")
    assert house.engine.asked[-1].recipe.settings == made.settings
    qtbot.waitUntil(lambda: not tab.runner.busy)
    assert tab.shown() is not None
