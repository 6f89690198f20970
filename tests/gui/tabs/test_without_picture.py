"""A tab runs what asks for no picture before there is one."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from analysis.methods import known, registry
from analysis.results.kinds import Bars
from gui.tabs.method_tab import MethodTab
from gui.tabs.tab import Tab
from tests.analysis.methods.test_without_picture import Sizes
from tests.gui import networks
from tests.gui.explaining import LABELS, House


@pytest.fixture(autouse=True)
def sizes_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "METHODS", (*registry.METHODS, Sizes))
    monkeypatch.setitem(known._KNOWN, "sizes", Sizes)


def test_that_a_tab_runs_it_before_there_is_a_picture(qtbot: QtBot) -> None:
    house = House(qtbot)
    house.engine.result = lambda request: Bars(("unit 0", "unit 1"), np.array([1, 2], np.float32), "norm")
    house.state.set_network(networks.loaded(labels=LABELS), "stem", None)
    tab = MethodTab(Tab("made", "Made", "Of this test", families=("perturbation",), first="sizes"), house)
    qtbot.addWidget(tab)
    tab.show()
    tab.run_button.click()
    qtbot.waitUntil(lambda: tab.shown() is not None and not tab.runner.busy)
    assert house.engine.asked[-1].frame is None
    assert house.engine.asked[-1].recipe.layer == "stem"
    assert tab.target.isHidden()
    assert tab.pane.title.text() == "<b>Sizes of weights</b>"
    house.close()
