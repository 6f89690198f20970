"""The chooser of what is explained: it shows the state's target and sets it, by name, number, unit and place."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Loaded, UnitView
from analysis.protocol.layers import LayerNode
from analysis.protocol.recipe import ModelChoice, Recipe
from gui.forms.target_chooser import CHOICES, TargetChooser
from gui.selection import State
from gui.views.target_words import score_words, target_words
from tests.gui import networks
from tests.gui.explaining import LABELS, frame, live_answer

NAMES = ("tabby", "tiger cat", "tiger", "crane", "crane (machine)")


@pytest.fixture
def state(qtbot: QtBot) -> State:
    state = State()
    state.set_network(networks.loaded(labels=NAMES), None, None)
    return state


@pytest.fixture
def chooser(qtbot: QtBot, state: State) -> TargetChooser:
    chooser = TargetChooser(state)
    qtbot.addWidget(chooser)
    return chooser


def choose(chooser: TargetChooser, key: str) -> None:
    chooser.what.setCurrentIndex(list(CHOICES).index(key))
    chooser.what.activated.emit(chooser.what.currentIndex())


def type_name(chooser: TargetChooser, text: str) -> None:
    chooser.name.setText(text)
    chooser.name.returnPressed.emit()


@pytest.mark.parametrize(
    ("typed", "target"),
    [("tabby", "class:0"), ("TIGER", "class:2"), ("tiger c", "class:1"), ("machine", "class:4"), ("3", "class:3")],
)
def test_that_a_class_is_found_by_name_or_number(state: State, chooser: TargetChooser, typed: str, target: str) -> None:
    type_name(chooser, typed)
    assert state.target == target
    assert not chooser.name.isHidden()


def test_that_a_name_that_there_is_not_changes_nothing(state: State, chooser: TargetChooser) -> None:
    type_name(chooser, "zeppelin")
    type_name(chooser, "17")
    assert state.target == "class"
    assert "no class" in chooser.name.toolTip()


def test_that_a_target_set_elsewhere_is_shown(state: State, chooser: TargetChooser) -> None:
    state.set_target("probability:1")
    assert chooser.what.currentData() == "named"
    assert chooser.name.text() == "tiger cat"
    assert chooser.kind.currentData() == "probability"


def test_that_the_number_of_the_best_class_can_be_chosen(state: State, chooser: TargetChooser) -> None:
    chooser.kind.setCurrentIndex(2)
    chooser.kind.activated.emit(2)
    assert state.target == "logprob"


def test_that_units_can_be_explained_only_when_one_is_chosen(state: State, chooser: TargetChooser) -> None:
    row = chooser.what.model().index(list(CHOICES).index("mean"), 0)
    assert not row.flags() & Qt.ItemFlag.ItemIsEnabled
    state.set_unit(3)
    assert row.flags() & Qt.ItemFlag.ItemIsEnabled
    choose(chooser, "mean")
    assert state.target == "unit:mean"
    assert "unit 3" in chooser.unit.text()


def test_that_a_clicked_place_follows_the_click(state: State, chooser: TargetChooser) -> None:
    state.set_unit(3)
    choose(chooser, "place")
    assert state.target == "unit:14,14"  # the middle until a place is clicked
    state.set_place((2, 5))
    assert state.target == "unit:2,5"
    state.set_target("unit:mean")
    state.set_place((1, 1))
    assert state.target == "unit:mean"


def test_that_the_answer_is_said_in_words() -> None:

    from analysis.protocol.requests import LiveRequest
    from analysis.results.looks import MapsLook

    network = networks.loaded(labels=LABELS)
    request = LiveRequest(1, 1, frame(), None, None, MapsLook())
    live = live_answer(request, np.array([0, 1, 14.2, 0, 0, 0, 0, 0, 0, 0], np.float32))
    assert score_words(Recipe(ModelChoice("net"), target="class"), network, live) == "thing 2: 14.2"
    assert score_words(Recipe(ModelChoice("net"), target="class:1"), network, live) == "thing 1: 1"
    assert score_words(Recipe(ModelChoice("net"), target="probability"), network, live) == "thing 2: 100.0 %"
    assert score_words(Recipe(ModelChoice("net"), target="class"), network, None) == ""
    unit = UnitView("stem", 3, np.full((2, 2), 0.5, np.float32), 0.5, (0, 0), (), np.zeros(4, np.int64), (0, 1), 0, 1)
    seen, mean = replace(live, unit=unit), Recipe(ModelChoice("net"), layer="stem", unit=3, target="unit:mean")
    assert score_words(mean, network, seen) == "stem · unit 3, mean 0.5"
    assert score_words(replace(mean, unit=4), network, seen) == ""  # of a unit that was looked at before
    assert score_words(replace(mean, layer="fc"), network, seen) == ""
    assert target_words("class", network, None, None) == "the best class"
    assert target_words("unit:2,3", network, "conv5", 7) == "conv5 · unit 7, row 2, column 3"


@pytest.mark.parametrize("typed", ["²", "99999999999999999999", "10"])
def test_that_a_number_that_no_class_has_changes_nothing(qtbot: QtBot, typed: str) -> None:
    state = State()
    state.set_network(networks.loaded(), None, None)  # ten classes without names
    chooser = TargetChooser(state)
    qtbot.addWidget(chooser)
    type_name(chooser, typed)
    assert state.target == "class"
    assert "no class" in chooser.name.toolTip()


def test_that_a_place_that_another_layer_does_not_have_gives_way_to_the_middle(
    state: State, chooser: TargetChooser
) -> None:
    state.set_layer("stem", 3)
    state.set_place((20, 13))
    choose(chooser, "place")
    state.set_unit(4)
    assert state.target == "unit:20,13"  # the same place of other units
    state.set_layer("layer1.conv1", 2)
    assert state.target == "unit:7,7"
    state.set_layer("fc", 2)
    assert state.target == "unit:0,0"


@pytest.mark.parametrize(
    ("typed", "target", "shown"),
    [("Tiger", "class:2", "tiger"), ("0", "class:0", "tabby"), ("cra", "class:1", "tiger cat")],
)
def test_that_what_is_typed_and_left_is_what_is_explained_or_gone(
    state: State, chooser: TargetChooser, typed: str, target: str, shown: str
) -> None:
    state.set_target("class:1")
    chooser.name.setText(typed)
    chooser.name.setModified(True)
    chooser.name.editingFinished.emit()
    assert state.target == target
    assert chooser.name.text() == shown


def test_that_leaving_the_name_untouched_chooses_no_other_class_of_that_name(qtbot: QtBot) -> None:
    state = State()
    state.set_network(networks.loaded(labels=("crane", "crane")), None, None)
    chooser = TargetChooser(state)
    qtbot.addWidget(chooser)
    state.set_target("class:1")
    chooser.name.editingFinished.emit()
    assert state.target == "class:1"


def test_that_a_part_that_several_names_have_says_which_there_are(state: State, chooser: TargetChooser) -> None:
    type_name(chooser, "tig")
    assert state.target == "class"
    assert "tiger cat (class:1)" in chooser.name.toolTip()
    assert "tiger (class:2)" in chooser.name.toolTip()


def test_that_one_class_is_asked_against_another(state: State, chooser: TargetChooser) -> None:
    state.set_target("class:1")
    choose(chooser, "against")
    assert state.target == "class:1"  # until the other one is named
    assert not chooser.other.isHidden()
    chooser.other.setText("tabby")
    chooser.other.returnPressed.emit()
    assert state.target == "class:1-class:0"
    assert (chooser.name.text(), chooser.other.text()) == ("tiger cat", "tabby")
    assert chooser.what.currentData() == "against"
    chooser.kind.setCurrentIndex(1)
    chooser.kind.activated.emit(1)
    assert state.target == "probability:1-probability:0"
    chooser.name.clear()
    chooser.name.returnPressed.emit()
    assert state.target == "probability-probability:0"  # whichever is best, and not the tabby
    type_name(chooser, "tabby")
    assert state.target == "probability-probability:0"
    choose(chooser, "best")
    assert state.target == "probability"
    assert chooser.other.isHidden()


def test_that_this_class_says_which(state: State, chooser: TargetChooser) -> None:
    state.set_target("class:3")
    assert chooser.what.currentText() == "This class: crane"
    state.set_target("class")
    assert chooser.what.itemText(list(CHOICES).index("named")) == "This class"


def test_that_a_difference_is_said_in_words() -> None:
    network = networks.loaded(labels=NAMES)
    assert target_words("class:1-class:0", network, None, None) == "tiger cat and not tabby"
    assert target_words("class-class:0", network, None, None) == "the best class and not tabby"
    assert target_words("class:1@2,3", network, None, None) == "tiger cat at row 2, column 3"


def of_steps(shape: tuple[int, int], labels: tuple[str, ...] | None) -> Loaded:
    root = LayerNode("", "Net", shape, 0, 0, None, reason="it has no places of the picture that could be told")
    return replace(networks.loaded(root, labels=labels), output="other")


def choose_place(chooser: TargetChooser, text: str) -> None:
    chooser.at.setCurrentIndex(chooser.at.findText(text))
    chooser.at.activated.emit(chooser.at.currentIndex())


@pytest.mark.parametrize(("shape", "labels"), [((7, 5), NAMES), ((5, 7), NAMES), ((7, 5), None)])
def test_that_a_class_is_asked_at_a_step_of_the_answer(
    state: State, chooser: TargetChooser, shape: tuple[int, int], labels: tuple[str, ...] | None
) -> None:
    state.set_network(of_steps(shape, labels), None, None)
    assert not chooser.at.isHidden()
    texts = [chooser.at.itemText(row) for row in range(chooser.at.count())]
    assert texts == ["mean of all steps", "where it wins", *(f"step {step}" for step in range(7))]
    type_name(chooser, "4")
    assert state.target == "class:4"
    choose_place(chooser, "step 6")
    assert state.target == "class:4@6"
    choose_place(chooser, "where it wins")
    assert state.target == "class:4@region"
    choose_place(chooser, "mean of all steps")
    assert state.target == "class:4"
    state.set_target("class:2@3")
    assert chooser.at.currentText() == "step 3"
    type_name(chooser, "5")  # there are five classes
    assert state.target == "class:2@3"


def test_that_another_network_brings_its_own_places(state: State, chooser: TargetChooser) -> None:
    state.set_network(of_steps((7, 5), NAMES), None, None)
    state.set_network(networks.loaded(labels=NAMES), None, None)
    assert chooser.at.isHidden()
    assert chooser.at.findText("step 0") == -1


@pytest.mark.parametrize("key", ["max", "mean", "center", "map"])
def test_that_what_of_a_unit_is_asked_is_whole_however_narrow(chooser: TargetChooser, state: State, key: str) -> None:
    state.set_target(f"unit:{key}")
    box = chooser.what
    assert box.minimumWidth() > box.fontMetrics().horizontalAdvance(CHOICES[key][0])
    state.set_target("class")
    assert box.minimumWidth() < box.fontMetrics().horizontalAdvance(CHOICES[key][0])  # beside names of classes
