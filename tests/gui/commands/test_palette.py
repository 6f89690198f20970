"""The palette finds anything by a few letters, and Enter goes there."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import ModelChoice
from gui.commands.actions import Actions
from gui.commands.palette import SHOWN, Palette, PaletteEntry, Search
from gui.commands.palette_entries import class_entries, command_entries, layer_entries, network_entries, unit_answers
from gui.selection import State
from tests.gui.networks import catalogue, loaded


def nothing() -> None:
    return None


def entries(*texts: str) -> list[PaletteEntry]:
    return [PaletteEntry("class", text, "", nothing) for text in texts]


def texts(found: list[PaletteEntry]) -> list[str]:
    return [entry.text for entry in found]


def test_that_whole_words_come_before_beginnings_middles_and_scattered_letters() -> None:
    search = Search(entries("concatenate", "crate", "catamaran", "tiger cat", "dog"))
    assert texts(search.find("cat")) == ["tiger cat", "catamaran", "concatenate", "crate"]


def test_that_words_may_come_in_any_order_and_be_incomplete() -> None:
    search = Search(entries("golden retriever", "labrador retriever", "golden eagle"))
    assert texts(search.find("retr gold")) == ["golden retriever"]
    assert texts(search.find("GOLDEN")) == ["golden eagle", "golden retriever"]


def test_that_dots_and_underscores_part_words() -> None:
    search = Search(entries("layer2.1.conv2", "layer2_conv21", "layer12.conv2"))
    assert texts(search.find("layer2 conv2"))[0] == "layer2.1.conv2"
    assert texts(search.find("layer2.1"))[0] == "layer2.1.conv2"


def test_that_the_name_typed_in_full_comes_first_of_all_that_holds_it(palette: Palette, qtbot: QtBot) -> None:
    layers = [PaletteEntry("layer", f"features.{n}", "", nothing) for n in (0, 1, 2, 12)]
    palette.add_provider(lambda: [PaletteEntry("command", "Features 12 by 12", "", nothing), *layers])
    palette.add_provider(lambda: [PaletteEntry("network", "ResNet-18 (resnet18)", "", nothing, names=("resnet18",))])
    palette.add_provider(lambda: [PaletteEntry("layer", "resnet18.stem", "", nothing)])
    palette.add_answerer(lambda query: [PaletteEntry("unit", "features.0 unit 12", "", nothing)])
    palette.open()
    qtbot.keyClicks(palette.field, "features.12")
    assert palette.found[0].text == "features.12"
    assert len({id(entry) for entry in palette.found}) == len(palette.found)
    for query, first in (("FEATURES 12", "features.12"), ("resnet18", "ResNet-18 (resnet18)")):
        palette.field.setText(query)
        assert palette.found[0].text == first


def test_that_what_follows_a_dot_is_no_unit(state: State) -> None:
    assert unit_answers(state, "layer1.7") == []
    assert [entry.text for entry in unit_answers(state, "layer1.conv1 7")] == ["layer1.conv1 unit 7"]


def test_that_the_kind_can_be_typed_too() -> None:
    search = Search([PaletteEntry("layer", "cat", "", nothing), PaletteEntry("class", "cat", "", nothing)])
    assert [entry.kind for entry in search.find("class cat")] == ["class"]


def test_that_deleting_letters_finds_again_what_was_narrowed_away() -> None:
    search = Search(entries("abc", "abd", "x"))
    for query, expected in (("ab", 2), ("abc", 1), ("abcz", 0), ("ab", 2), ("x", 1), ("", 3)):
        assert len(search.find(query)) == expected, query


def test_that_narrowing_letter_by_letter_finds_the_same_as_asking_at_once() -> None:
    listed = entries(*(f"layer{i % 10}.conv{i % 7} unit {i}" for i in range(2000)))
    query = "layer3 conv2 un 7"
    narrowing = Search(listed)
    for length in range(1, len(query) + 1):
        assert texts(narrowing.find(query[:length])) == texts(Search(listed).find(query[:length]))


def test_that_no_more_is_found_than_can_be_shown() -> None:
    assert len(Search(entries(*(f"unit {i}" for i in range(500)))).find("unit")) == SHOWN


def test_that_strange_queries_do_no_harm() -> None:
    search = Search(entries("a", "ä ö", "日本"))
    for query in ("(", "\\", "   ", ".*", "[", "Ä", "日"):
        search.find(query)
    assert texts(search.find("日")) == ["日本"]


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    main = QMainWindow()
    main.resize(900, 600)
    qtbot.addWidget(main)
    main.show()
    return main


@pytest.fixture
def palette(window: QMainWindow) -> Iterator[Palette]:
    made = Palette(window)
    yield made
    made.hide()


def note(given: list[str], text: str) -> Callable[[], None]:
    return lambda: given.append(text)


def test_that_enter_goes_to_the_chosen_entry_after_the_popup_is_gone(palette: Palette, qtbot: QtBot) -> None:
    given: list[str] = []
    visible: list[bool] = []
    palette.add_provider(lambda: [PaletteEntry("class", t, "", note(given, t)) for t in ("one", "two", "three")])
    palette.add_provider(lambda: [PaletteEntry("layer", "see", "", lambda: visible.append(palette.isVisible()))])
    palette.open()
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert given == ["two"]
    palette.open()
    qtbot.keyClicks(palette.field, "see")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert visible == [False]


def test_that_escape_closes_and_nothing_is_remembered(palette: Palette, qtbot: QtBot) -> None:
    palette.add_provider(lambda: entries("one"))
    palette.open()
    qtbot.keyClicks(palette.field, "one")
    qtbot.keyClick(palette, Qt.Key.Key_Escape)
    assert palette.isHidden()
    palette.open()
    assert palette.query == ""


def test_that_providers_are_asked_anew_each_time(palette: Palette) -> None:
    listed = entries("one")
    palette.add_provider(lambda: listed)
    palette.open()
    assert len(palette.found) == 1
    palette.hide()
    listed += entries("two")
    palette.open()
    assert len(palette.found) == 2


def test_that_nothing_found_is_said_and_enter_does_nothing(palette: Palette, qtbot: QtBot) -> None:
    palette.add_provider(lambda: entries("one"))
    palette.open()
    qtbot.keyClicks(palette.field, "zzz")
    assert palette.nothing.isVisible()
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert not palette.grab().isNull()


def test_that_it_lies_over_the_middle_of_the_window(palette: Palette, window: QMainWindow) -> None:
    palette.open()
    middle = window.mapToGlobal(window.rect().center()).x()
    assert abs(palette.geometry().center().x() - middle) <= 4  # frames differ by platform
    assert window.geometry().contains(palette.geometry())


@pytest.fixture
def state(qapp: QApplication) -> State:
    made = State()
    made.set_network(loaded(labels=tuple(f"label {i}" for i in range(10))), "stem", None)
    return made


def test_that_commands_are_found_with_their_keys_and_dead_ones_are_not(window: QMainWindow) -> None:
    actions = Actions(window)
    given: list[str] = []
    actions.bind("gamma", note(given, "gamma"))
    actions.bind("colours-grey", lambda on: given.append("grey"))
    actions.bind("palette", nothing)
    found = {entry.text: entry for entry in command_entries(actions)}
    assert set(found) == {"Next gamma", "Colours: Grey"}
    assert found["Next gamma"].keys == "T"
    found["Next gamma"].activate()
    found["Colours: Grey"].activate()
    assert given == ["gamma", "grey"]


def test_that_layers_and_classes_are_found_and_chosen(state: State) -> None:
    layers = {entry.text: entry for entry in layer_entries(state)}
    assert "layer2.pick" not in layers
    layers["layer1.relu"].activate()
    assert state.layer == "layer1.relu"
    list(class_entries(state))[7].activate()
    assert state.target == "class:7"


def test_that_there_is_nothing_to_find_without_a_network(qapp: QApplication) -> None:
    empty = State()
    assert list(layer_entries(empty)) == []
    assert list(class_entries(empty)) == []
    assert unit_answers(empty, "17") == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("7", ["stem unit 7"]),
        ("unit 7", ["stem unit 7"]),
        ("15", ["stem unit 15"]),
        ("16", []),
        ("conv1 unit 7", ["layer1.conv1 unit 7", "layer2.conv1 unit 7"]),
        ("layer2 conv1 3", ["layer2.conv1 unit 3"]),
        ("conv1 9", []),
        ("conv1", []),
        ("99999999999999999999", []),
    ],
)
def test_that_units_are_found_by_number_and_layer(state: State, query: str, found: list[str]) -> None:
    assert texts(unit_answers(state, query)) == found


def test_that_choosing_a_unit_goes_to_its_layer(state: State) -> None:
    unit_answers(state, "layer2 conv1 3")[0].activate()
    assert (state.layer, state.unit) == ("layer2.conv1", 3)


def test_that_networks_load_with_the_weights_there_are() -> None:
    asked: list[ModelChoice] = []
    for entry in network_entries(catalogue(), asked.append):
        entry.activate()
    assert asked[0] == ModelChoice("lenet")
    assert asked[1] == ModelChoice("bare", "random")


def test_that_answers_to_the_query_come_first(palette: Palette, state: State, qtbot: QtBot) -> None:
    palette.add_provider(lambda: entries("7 up"))
    palette.add_answerer(partial(unit_answers, state))
    palette.open()
    qtbot.keyClicks(palette.field, "7")
    assert texts(list(palette.found)) == ["stem unit 7", "7 up"]
    assert not palette.grab().isNull()
