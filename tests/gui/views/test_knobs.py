"""What can be set of a look is said and limited by its declaration, and all kinds follow the person."""

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from analysis.protocol.looks import DEFAULT, laid_over
from analysis.results.kinds import Derivative, Heat, Patches
from analysis.results.looks import DerivativeLook, HeatLook, MapsLook, knobs
from gui.selection import State
from gui.tabs.activations import BOOSTS, GAMMAS, ORDERS, SCALES, ActivationsPanel
from gui.views.colour_names import COLOURS
from gui.views.explanation_view import ExplanationView
from gui.views.knobs import VIEW_TIPS

PICTURE = np.zeros((12, 16, 3), np.uint8)
DERIVATIVE = Derivative(np.random.default_rng(0).standard_normal((3, 12, 16)).astype(np.float32))
HEAT = Heat(np.random.default_rng(1).random((12, 16)).astype(np.float32))


@pytest.fixture
def state(qapp: object) -> State:
    return State()


@pytest.fixture
def view(state: State, qtbot: QtBot) -> ExplanationView:
    shown = ExplanationView(state)
    qtbot.addWidget(shown)
    return shown


def test_that_the_window_has_words_for_every_choice() -> None:
    maps = knobs(MapsLook)
    assert set(VIEW_TIPS) == set(knobs(DerivativeLook)["view"].choices or ())
    for words, name in ((COLOURS, "colours"), (SCALES, "scale"), (ORDERS, "order")):
        assert set(words) == set(maps[name].choices or ())
        assert next(iter(words)) == maps[name].default
    for steps, name in ((GAMMAS, "gamma"), (BOOSTS, "boost")):
        assert steps[0] == maps[name].default
        assert all((maps[name].low or 0) <= step <= (maps[name].high or 0) for step in steps)


def test_that_controls_say_and_allow_what_is_declared(state: State, view: ExplanationView, qtbot: QtBot) -> None:
    clip, opacity = knobs(HeatLook)["clip"], knobs(HeatLook)["opacity"]
    assert (view.clip.minimum(), view.clip.maximum(), view.clip.toolTip()) == (clip.low, clip.high, clip.help)
    assert (view.opacity.minimum(), view.opacity.maximum()) == (0, 100)
    assert view.opacity.toolTip() == opacity.help
    panel = ActivationsPanel(state)
    qtbot.addWidget(panel)
    assert panel.gamma.toolTip() == f"{knobs(MapsLook)['gamma'].help} (T)"
    assert panel.numbers.toolTip() == knobs(MapsLook)["numbers"].help


def test_that_the_next_method_is_as_faint_as_the_one_before(state: State, view: ExplanationView) -> None:
    view.show_result(DERIVATIVE, PICTURE)
    view.opacity.setValue(20)
    view.clip.setValue(80)
    view.show_result(HEAT, PICTURE)
    assert (view.opacity.value(), view.clip.value()) == (20, 80)
    assert state.look(HeatLook) == HeatLook(80.0, 0.2)


def test_that_each_kind_is_seen_as_a_recipe_looks_at_it(state: State, view: ExplanationView) -> None:
    looks = laid_over(laid_over(DEFAULT, HeatLook, {"clip": 70, "opacity": 0.1}), DerivativeLook, {"clip": 95})
    state.set_looks(looks)
    view.show_result(DERIVATIVE, PICTURE)
    assert (view.clip.value(), view.opacity.value()) == (95, 60)
    view.show_result(HEAT, PICTURE)
    assert (view.clip.value(), view.opacity.value()) == (70, 10)
    assert view.drawn is not None
    assert view.drawn.high == pytest.approx(np.percentile(HEAT.values, 70))
    assert state.looks == looks


def test_that_a_held_scale_ends_with_the_look_it_was_of(state: State, view: ExplanationView) -> None:
    view.show_result(HEAT, PICTURE)
    view.hold.setChecked(True)
    state.set_look(view="raw", opacity=0.3)  # of derivatives, and of no scale
    assert view.hold.isChecked()
    state.set_look(clip=75.0)
    assert not view.hold.isChecked()


def test_that_looks_are_told_only_when_they_change(state: State, qtbot: QtBot) -> None:
    with qtbot.waitSignal(state.looks_changed):
        state.set_look(gamma=0.5)
    with qtbot.assertNotEmitted(state.looks_changed):
        state.set_look(gamma=0.5)
        state.set_looks(state.looks)


def test_that_the_strongest_patches_are_outlined_in_the_map_and_over_a_picture_of_its_size(
    view: ExplanationView,
) -> None:
    patches = Patches(np.array([[8, 12], [0, 4]]), 5, np.array([2.5, -0.5], np.float32))
    view.show_result(replace(DERIVATIVE, patches=patches), PICTURE)
    named = [((box.x(), box.y(), box.width(), box.height()), words) for box, words in view.map.named_boxes]
    assert named == [((12, 8, 4, 4), "+2.5"), ((4, 0, 5, 5), "−0.5")]  # cut where the picture ends
    assert view.over.named_boxes == view.map.named_boxes
    view.show_result(replace(DERIVATIVE, patches=patches), np.zeros((30, 40, 3), np.uint8))
    assert len(view.map.named_boxes) == 2
    assert not view.over.named_boxes  # nobody knows where they lie in it
    view.show_result(HEAT, PICTURE)
    assert not view.map.named_boxes
    assert not view.over.named_boxes
