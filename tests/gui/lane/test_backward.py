"""The keys of the toolbox's backward mode, and how what comes back is said and shown."""

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Mosaic
from analysis.protocol.recipe import BackwardChoice
from analysis.protocol.requests import Backward, LiveRequest
from analysis.results.looks import MapsLook
from gui.docks.picture import PicturePanel
from gui.lane.backward import BackwardMode
from gui.selection import State
from gui.tabs.activations import ActivationsPanel
from tests.gui import networks
from tests.gui.explaining import derivative, frame, live_answer


@pytest.fixture
def state(qtbot: QtBot) -> State:
    state = State()
    state.set_network(networks.loaded(), "layer1.relu", 3)
    return state


@pytest.fixture
def mode(state: State) -> BackwardMode:
    return BackwardMode(state)


def test_that_b_goes_through_the_rules_and_off(state: State, mode: BackwardMode) -> None:
    seen = []
    for _ in range(4):
        mode.cycle()
        seen.append(state.backward.rule if state.backward is not None else None)
    assert seen == ["gradient", "deconvolution", "guided", None]


def test_that_n_never_goes_off(state: State, mode: BackwardMode) -> None:
    rules = []
    for _ in range(4):
        mode.next_rule()
        assert state.backward is not None
        rules.append(state.backward.rule)
    assert rules == ["gradient", "deconvolution", "guided", "gradient"]


def test_that_the_unit_is_the_chosen_one_until_it_is_held(state: State, mode: BackwardMode) -> None:
    mode.cycle()
    state.set_layer("layer2.conv1", 5)
    assert state.backward == Backward("gradient", "layer2.conv1", 5)
    mode.hold(True)
    state.set_layer("stem", 1)
    assert state.backward == Backward("gradient", "layer2.conv1", 5)
    assert mode.held
    mode.hold(False)
    assert state.backward == Backward("gradient", "stem", 1)


def test_that_a_shows_the_activations_again(state: State, mode: BackwardMode) -> None:
    mode.show_in_mosaic(True)  # also switches backward mode on
    assert mode.in_mosaic
    mode.show_in_mosaic(False)
    assert state.backward == Backward("gradient", "layer1.relu", 3, in_mosaic=False)
    assert not mode.in_mosaic


def test_that_without_a_unit_it_says_what_to_do(state: State, mode: BackwardMode, qtbot: QtBot) -> None:
    state.set_unit(None)
    with qtbot.waitSignal(mode.noted) as noted:
        mode.cycle()
    assert "Choose a unit" in noted.args[0]
    assert state.backward is None
    state.set_unit(2)
    assert state.backward == Backward("gradient", "layer1.relu", 2)


def test_that_another_network_lets_go_of_the_unit(state: State, mode: BackwardMode) -> None:
    mode.hold(True)
    state.set_network(networks.loaded(name="other", epoch=2), "stem", None)
    assert not mode.held
    assert state.backward is None


def test_that_the_tiles_and_the_picture_say_what_they_are(state: State, mode: BackwardMode, qtbot: QtBot) -> None:
    activations, picture = ActivationsPanel(state), PicturePanel(state)
    for widget in (activations, picture):
        qtbot.addWidget(widget)
        widget.show()
    mode.cycle()
    mode.hold(True)
    state.set_layer("stem")
    one = np.ones(1, np.float32)
    mosaic = Mosaic(np.zeros((4, 4), np.uint8), 4, 4, 1, np.zeros(1, np.int64), -one, one, True, False)
    request = LiveRequest(1, 1, frame(), "stem", None, MapsLook())
    live = replace(live_answer(request, None), mosaic=mosaic, derivative=derivative().values, backward_mosaic=True)
    activations.show_live(live)
    picture.show_live(live)
    assert activations.flow.isVisible()
    assert "gradient" in activations.flow.text()
    assert "layer1.relu · unit 3 (held)" in activations.flow.text()
    assert picture.back.isVisible()
    for _ in range(5):
        mode.next_view()
        picture.look_back_as(mode.view)
        assert mode.view in picture.back.toolTip()
    plain = replace(live, derivative=None, backward_mosaic=False)
    activations.show_live(plain)
    picture.show_live(plain)
    assert not activations.flow.isVisible()
    assert not picture.back.isVisible()


def test_that_what_it_asked_for_is_no_longer_asked_when_it_is_there(
    state: State, mode: BackwardMode, qtbot: QtBot
) -> None:
    mended: list[str] = []
    state.set_unit(None)
    mode.mended.connect(mended.append)
    with qtbot.waitSignal(mode.noted) as noted:
        mode.cycle()
    assert not mended
    state.set_unit(2)
    assert mended[-1] == noted.args[0]
    state.set_unit(None)
    mended.clear()
    with qtbot.waitSignal(mode.noted) as noted:
        mode.cycle()
    assert not mended
    mode.cycle()
    mode.cycle()  # off
    assert mended == noted.args


def test_that_a_recipe_brings_the_mode_back_with_its_network(state: State, mode: BackwardMode) -> None:
    mode.cycle()
    mode.next_rule()
    mode.next_view()
    mode.hold(True)
    state.set_layer("stem", 1)
    mode.show_in_mosaic(False)
    said = mode.choice
    assert said == BackwardChoice("deconvolution", "layer1.relu", 3, in_mosaic=False, view="blurred norm")
    for _ in range(2):
        mode.cycle()
    assert mode.choice is None
    again = BackwardMode(state)
    again.await_network(said)
    assert again.choice is None
    state.set_network(networks.loaded(epoch=2), "stem", 1)
    assert again.choice == said
    assert again.held


def test_that_a_recipe_without_the_mode_switches_it_off(state: State, mode: BackwardMode) -> None:
    mode.cycle()
    mode.await_network(None)
    state.set_network(networks.loaded(epoch=2), "layer1.relu", 3)
    assert (mode.choice, state.backward) == (None, None)


def test_that_a_recipe_whose_network_does_not_come_leaves_the_mode_as_it_is(state: State, mode: BackwardMode) -> None:
    mode.cycle()
    mode.await_network(BackwardChoice("guided"))
    mode.forget_awaited()
    state.set_network(networks.loaded(epoch=2), "layer1.relu", 3)
    assert state.backward == Backward("gradient", "layer1.relu", 3)


def test_that_a_held_unit_that_the_network_lacks_is_let_go(state: State, mode: BackwardMode) -> None:
    mode.await_network(BackwardChoice("guided", "layer9", 4))
    state.set_network(networks.loaded(epoch=2), "layer1.relu", 3)
    assert not mode.held
    assert state.backward == Backward("guided", "layer1.relu", 3)
