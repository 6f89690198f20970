"""The Network dock: choosing and loading, the tree of layers, and one selection that goes both ways."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPoint, QSettings, Qt
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QListView, QMenu, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Failure, JobProgress
from analysis.protocol.layers import LayerNode
from analysis.protocol.problems import CodeFile
from analysis.protocol.recipe import ModelChoice
from gui import theme
from gui.docks.network import NetworkPanel
from gui.docks.network_chooser import NetworkChooser
from gui.docks.trust_question import TrustQuestion
from gui.selection import State
from gui.views.layer_columns import ACTIVITY, KERNEL, NAME, OUTPUT, PARAMETERS, SHORTEST_BAR, TIME, TYPE, UNITS
from gui.views.layer_tree import PATH_ROLE, LayerModel, LayerTree
from gui.views.layer_words import output_in_words
from gui.views.network_words import card_in_words, entry_in_words, number_in_words
from tests.gui.networks import catalogue, group, large_root, leaf, loaded, small_root
from tests.gui.the import row_of, the


@pytest.fixture
def state(qapp: QApplication) -> State:
    return State()


@pytest.fixture
def panel(state: State, qtbot: QtBot) -> NetworkPanel:
    dock = NetworkPanel(state)
    dock.resize(360, 700)
    qtbot.addWidget(dock)
    return dock


def chosen(panel: NetworkPanel) -> str:
    """The path of the layer that is marked."""
    return str(panel.tree.currentIndex().data(PATH_ROLE))


def show_network(panel: NetworkPanel, state: State, **changes: Any) -> None:
    network = loaded(**changes)
    state.set_network(network, None, None)
    panel.show_loaded(network)


def paths(tree: LayerTree) -> list[str]:
    """Every row as it stands below the other."""
    found = []
    index = tree.model().index(0, 0)
    while index.isValid():
        found.append(index.data(Qt.ItemDataRole.UserRole))
        index = tree.indexBelow(index)
    return found


# the tree


def test_that_qt_finds_no_fault_in_the_model(qapp: QApplication) -> None:
    model = LayerModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.show_root(small_root())
    model.show_root(large_root(5, 4))
    model.show_root(None)
    model.show_root(small_root())
    assert model.parent(model.index_of("layer2.relu")) == model.index_of("layer2")
    assert model.index_of("no such layer") == QModelIndex()


def test_that_every_layer_is_a_row_in_the_networks_order(panel: NetworkPanel, state: State) -> None:
    show_network(panel, state)
    assert paths(panel.tree) == [node.path for node in small_root().walk()]


def test_that_outputs_are_told_as_units_and_grid() -> None:
    assert output_in_words(leaf("a", units=64, side=56)) == "64·56×56"
    assert output_in_words(leaf("a", "vector", units=1000)) == "1000"
    assert output_in_words(leaf("a", "tokens", units=768, side=14)) == "768·14×14"
    assert output_in_words(leaf("a", None, units=5)) == "5"


def test_that_walking_with_the_arrows_selects_at_once_and_skips_what_cannot_be_drawn(
    panel: NetworkPanel, state: State, qtbot: QtBot
) -> None:
    show_network(panel, state)
    assert chosen(panel) == "stem"
    visited = []
    for _ in range(7):
        qtbot.keyClick(panel.tree, Qt.Key.Key_Down)
        visited.append(state.layer)
    assert visited == ["layer1", "layer1.conv1", "layer1.relu", "layer2", "layer2.conv1", "layer2.relu", "fc"]
    qtbot.keyClick(panel.tree, Qt.Key.Key_Up)
    assert state.layer == "layer2.relu"


def test_that_the_tree_follows_a_selection_made_elsewhere(panel: NetworkPanel, state: State) -> None:
    show_network(panel, state)
    state.set_layer("layer2.relu")
    assert chosen(panel) == "layer2.relu"
    state.step_layer(-1)
    assert chosen(panel) == "layer2.conv1"


def test_that_following_does_not_select_anything_else(panel: NetworkPanel, state: State, qtbot: QtBot) -> None:
    show_network(panel, state)
    state.set_layer("fc", unit=3)
    assert state.layer == "fc"
    assert state.unit == 3


def test_that_a_layer_that_cannot_be_drawn_says_why(panel: NetworkPanel, state: State) -> None:
    show_network(panel, state)
    model = panel.tree.model()
    row = next(
        index
        for index in model.match(
            model.index(0, 0), Qt.ItemDataRole.UserRole, "layer2.pick", 1, Qt.MatchFlag.MatchRecursive
        )
    )
    assert not row.flags() & Qt.ItemFlag.ItemIsEnabled
    assert "whole numbers" in row.data(Qt.ItemDataRole.ToolTipRole)


def test_that_the_filter_keeps_what_is_above_a_match(panel: NetworkPanel, state: State) -> None:
    show_network(panel, state)
    panel.filter.setText("RELU")
    assert paths(panel.tree) == ["layer1", "layer1.relu", "layer2", "layer2.relu"]
    panel.filter.setText("conv layer2")
    assert paths(panel.tree) == ["layer2", "layer2.conv1"]
    panel.filter.setText("argmax")
    assert paths(panel.tree) == ["layer2", "layer2.pick"]
    panel.filter.setText("")
    assert len(paths(panel.tree)) == len(list(small_root().walk()))


def test_that_filtering_leaves_the_selection_alone(panel: NetworkPanel, state: State) -> None:
    show_network(panel, state)
    state.set_layer("layer2.relu")
    for text in ("stem", "layer2", "no such layer", "("):
        panel.filter.setText(text)
        assert state.layer == "layer2.relu"
    panel.filter.setText("")
    assert chosen(panel) == "layer2.relu"


def test_that_a_filter_without_match_says_so(panel: NetworkPanel, state: State) -> None:
    show_network(panel, state)
    panel.filter.setText("no such layer")
    assert panel.tree.isHidden()
    said = [label.text() for label in panel.findChildren(QLabel) if not label.isHidden()]
    assert "No layer matches “no such layer”." in said


def test_that_activity_is_the_root_of_the_share_and_glides(panel: NetworkPanel, state: State) -> None:
    show_network(panel, state)
    panel.set_layer_means({"stem": 4.0, "layer1": 1.0, "fc": 0.0, "layer2": float("nan")})
    assert panel.tree.activity("stem") == pytest.approx(1)
    assert panel.tree.activity("layer1") == pytest.approx(0.5)
    assert panel.tree.activity("fc") == 0
    assert panel.tree.activity("layer2") is None
    panel.set_layer_means({"stem": 4.0, "layer1": 4.0})
    assert panel.tree.activity("layer1") == pytest.approx(0.75)
    panel.set_layer_means({"stem": 0.0})
    assert not panel.grab().isNull()


def test_that_a_thousand_layers_are_no_trouble(panel: NetworkPanel, state: State) -> None:
    show_network(panel, state, root=large_root())
    assert panel.tree.matches == 1 + 50 * 21
    panel.filter.setText("g49.conv19")
    assert paths(panel.tree) == ["g49", "g49.conv19"]
    assert not panel.grab().isNull()


def test_that_the_menu_of_a_layer_copies_its_path(panel: NetworkPanel, state: State, qtbot: QtBot) -> None:
    show_network(panel, state)
    panel.tree.menu_wanted.emit("layer1.conv1", QPoint(0, 0))
    menu = panel.findChild(QMenu)
    assert isinstance(menu, QMenu)
    texts = [action.text() for action in menu.actions()]
    assert "Unfold all" in texts
    menu.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == "layer1.conv1"
    menu.close()


# loading


def test_that_it_says_what_to_do_while_there_is_no_network(panel: NetworkPanel) -> None:
    said = [label.text() for label in panel.findChildren(QLabel) if not label.isHidden()]
    assert any("Choose one" in text for text in said)
    assert panel.findChild(LayerTree) is None


def seen(panel: NetworkPanel) -> list[str]:
    """All words that are to be seen while the dock is."""
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel)]


def test_that_loading_shows_progress_and_can_be_cancelled(panel: NetworkPanel, state: State, qtbot: QtBot) -> None:
    show_network(panel, state)
    panel.show_loading("vgg16")
    panel.show_progress(JobProgress(1, "Loading vgg16", 44e6, 528e6, "vgg16: 44.0 of 528.0 MB"))
    assert any("44.0 of 528.0 MB" in words for words in seen(panel))
    (stop,) = (button for button in panel.findChildren(QToolButton) if button.toolTip().startswith("Stop loading"))
    with qtbot.waitSignal(panel.cancel_requested):
        qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    panel.show_cancelled()
    assert not any("Loading" in words for words in seen(panel))
    assert not panel.tree.isHidden()


def test_that_a_failure_is_a_sentence_and_the_network_before_stays(panel: NetworkPanel, state: State) -> None:
    show_network(panel, state)
    panel.show_loading("vgg16")
    panel.show_failure(Failure(1, "The server did not answer.", "Traceback …"))
    assert panel.notice.sentence == "The server did not answer."
    assert not any("Loading" in words for words in seen(panel))
    assert not panel.tree.isHidden()
    panel.show_loading("vgg16")
    assert panel.notice.sentence == ""


def test_that_a_new_network_replaces_the_tree_and_clears_the_filter(panel: NetworkPanel, state: State) -> None:
    show_network(panel, state)
    panel.filter.setText("relu")
    show_network(panel, state, root=large_root(2, 2), name="other", epoch=2)
    assert panel.filter.text() == ""
    assert paths(panel.tree)[:2] == ["", "g0"]
    assert panel.choose.text() == "other"
    assert "million" not in panel.about.text()


def test_that_devices_are_a_choice_only_where_there_are_several(
    panel: NetworkPanel, state: State, qtbot: QtBot
) -> None:
    show_network(panel, state, devices=("cpu",))
    assert panel.device.isHidden()
    show_network(panel, state, devices=("cuda", "cpu"), epoch=2)
    assert not panel.device.isHidden()
    with qtbot.waitSignal(panel.device_requested) as asked:
        panel.device.activated.emit(panel.device.findData("cpu"))
    assert asked.args == ["cpu"]


# choosing


def test_that_words_about_networks_can_be_read() -> None:
    assert number_in_words(105_506) == "105,506 parameters"
    assert number_in_words(11_689_512) == "11.7 million parameters"
    lenet, _, vgg, _ = catalogue()
    assert "528 MB to download" in entry_in_words(vgg)
    assert lenet.card is not None
    assert "test accuracy 99.5 %" in card_in_words(lenet.card)
    assert card_in_words({"scores": {"error": 0.1234567}}) == "Measured: error 0.1235."
    assert card_in_words({}) == ""


@pytest.fixture
def chooser(panel: NetworkPanel, qtbot: QtBot) -> NetworkChooser:
    panel.show_catalogue(catalogue())
    panel.show()
    panel.open_chooser()
    found = panel.findChild(NetworkChooser)
    assert isinstance(found, NetworkChooser)
    return found


def type_(chooser: NetworkChooser, text: str, qtbot: QtBot) -> None:
    qtbot.keyClicks(the(chooser, QLineEdit), text)


def load_button(chooser: NetworkChooser) -> QPushButton:
    (found,) = (button for button in chooser.findChildren(QPushButton) if button.isDefault())
    return found


def said(chooser: NetworkChooser) -> str:
    """What is told of the network that is marked."""
    return the(chooser, QLabel).text()


def test_that_networks_are_grouped_and_built_in_ones_come_first(chooser: NetworkChooser) -> None:
    rows = the(chooser, QListView, "Networks").model()
    texts = [rows.index(row, 0).data() for row in range(rows.rowCount())]
    assert texts == ["built in", "LeNet, digits", "Untrained net", "torchvision", "resnet18", "vgg16"]


def test_that_a_network_is_found_and_loaded_with_the_keyboard_alone(
    panel: NetworkPanel, chooser: NetworkChooser, qtbot: QtBot
) -> None:
    type_(chooser, "resnet", qtbot)
    with qtbot.waitSignal(panel.load_requested) as asked:
        qtbot.keyClick(the(chooser, QLineEdit), Qt.Key.Key_Return)
    assert asked.args == [ModelChoice("resnet18")]
    assert chooser.isHidden()


def test_that_the_arrows_walk_past_headings(chooser: NetworkChooser, qtbot: QtBot) -> None:
    names = []
    for _ in range(4):
        names.append(the(chooser, QListView, "Networks").currentIndex().data())
        qtbot.keyClick(the(chooser, QLineEdit), Qt.Key.Key_Down)
    assert names == ["LeNet, digits", "Untrained net", "resnet18", "vgg16"]


def test_that_the_size_of_a_download_is_on_the_button_before_anything_is_downloaded(
    chooser: NetworkChooser, qtbot: QtBot
) -> None:
    type_(chooser, "vgg", qtbot)
    assert load_button(chooser).text() == "Download 528 MB"
    assert "528 MB" in said(chooser)
    the(chooser, QComboBox).setCurrentIndex(the(chooser, QComboBox).findData("random"))
    assert load_button(chooser).text() == "Load"


def test_that_random_weights_can_be_chosen(panel: NetworkPanel, chooser: NetworkChooser, qtbot: QtBot) -> None:
    type_(chooser, "vgg", qtbot)
    the(chooser, QComboBox).setCurrentIndex(the(chooser, QComboBox).findData("random"))
    with qtbot.waitSignal(panel.load_requested) as asked:
        qtbot.mouseClick(load_button(chooser), Qt.MouseButton.LeftButton)
    assert asked.args == [ModelChoice("vgg16", "random")]


def test_that_weights_can_come_from_a_file(
    panel: NetworkPanel, chooser: NetworkChooser, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.docks.network_chooser.ask_file", lambda *_: "/w.pt")
    type_(chooser, "vgg", qtbot)
    the(chooser, QComboBox).setCurrentIndex(the(chooser, QComboBox).findData("file"))
    with qtbot.waitSignal(panel.load_requested) as asked:
        qtbot.keyClick(the(chooser, QLineEdit), Qt.Key.Key_Return)
    assert asked.args == [ModelChoice("vgg16", "/w.pt")]


def test_that_an_untrained_network_offers_no_trained_weights(chooser: NetworkChooser, qtbot: QtBot) -> None:
    type_(chooser, "bare", qtbot)
    assert the(chooser, QComboBox).findData("default") == -1
    assert the(chooser, QComboBox).currentData() == "random"


def test_that_nothing_found_cannot_be_loaded(panel: NetworkPanel, chooser: NetworkChooser, qtbot: QtBot) -> None:
    type_(chooser, "zzz", qtbot)
    with qtbot.assertNotEmitted(panel.load_requested):
        qtbot.keyClick(the(chooser, QLineEdit), Qt.Key.Key_Return)
    assert not load_button(chooser).isEnabled()
    assert "No network" in said(chooser)


def test_that_the_card_of_our_own_networks_is_shown(chooser: NetworkChooser, qtbot: QtBot) -> None:
    type_(chooser, "lenet", qtbot)
    assert "drawn digits" in said(chooser)


# trust


def test_that_code_runs_only_after_a_yes(panel: NetworkPanel, qtbot: QtBot) -> None:
    answers: list[str] = []
    failure = Failure(
        1, "net.py is a Python file. Open it only if you trust it (--trust).", "", CodeFile("/models/net.py", "1")
    )
    panel.show()
    panel.ask_trust(failure, False, lambda: answers.append("yes"))
    question = panel.findChild(TrustQuestion)
    assert isinstance(question, TrustQuestion)
    assert question.no.isDefault()
    assert not question.isModal()
    qtbot.keyClick(question, Qt.Key.Key_Return)
    assert answers == []
    panel.ask_trust(failure, False, lambda: answers.append("yes"))
    question = panel.findChildren(TrustQuestion)[-1]
    assert isinstance(question, TrustQuestion)
    qtbot.mouseClick(question.yes, Qt.MouseButton.LeftButton)
    assert answers == ["yes"]


def test_that_the_question_names_the_file(panel: NetworkPanel, qtbot: QtBot) -> None:
    panel.ask_trust(Failure(1, "Reason.", "", CodeFile("/models/net.py", "1")), False, lambda: None)
    question = panel.findChild(TrustQuestion)
    assert isinstance(question, TrustQuestion)
    assert "net.py" in question.yes.text()
    assert [b.text() for b in question.findChildren(QPushButton)]
    assert "changed" not in told(question)
    question.close()
    panel.ask_trust(Failure(1, "Reason.", "", CodeFile("/models/net.py", "2")), True, lambda: None)
    question = panel.findChildren(TrustQuestion)[-1]
    assert isinstance(question, TrustQuestion)
    assert "net.py has changed since you trusted it" in told(question)
    question.close()


def told(question: TrustQuestion) -> str:
    return "\n".join(label.text() for label in question.findChildren(QLabel))


def deep_root() -> LayerNode:
    """As in the networks of torchvision: blocks in blocks, numbers for names, and some names that are long."""
    attention = leaf("features.1.0.attention", "tokens", 768, 14, "ShiftedWindowAttentionV2")
    squeeze = leaf("features.1.0.a_rather_long_name_for_a_squeeze_excitation", units=1024, side=112)
    block = group("features.1.0", attention, squeeze)
    inner = group("features.1", block)
    features = group("features", leaf("features.0", units=64, side=112), inner)
    head = leaf("classifier", "vector", 1000, type_="Linear")
    return LayerNode("", "Net", (1000,), 1000, 123_456_789, "vector", children=(features, head))


@pytest.mark.parametrize("points", [9, 10, 11, 12, 13, 14])
@pytest.mark.parametrize("name", ["dark", "light"])
def test_that_every_column_of_the_tree_is_in_sight_at_any_width(
    panel: NetworkPanel, state: State, qtbot: QtBot, qapp: QApplication, points: int, name: theme.Name
) -> None:
    theme.apply(qapp, name)
    font = QFont(panel.font())
    font.setPointSize(points)
    panel.setFont(font)
    panel.show()
    for root in (deep_root(), small_root()):
        network = loaded(root)
        state.set_network(network, None, None)
        panel.show_loaded(network)
        for width in (400, 370, 320, 260, 200, 800, 230):
            panel.resize(width, 500)
            QApplication.processEvents()
            tree, header = panel.tree, panel.tree.header()
            assert tree.horizontalScrollBar().maximum() == 0, width
            assert not tree.isColumnHidden(NAME)
            letters = tree.fontMetrics()
            assert header.sectionSize(NAME) >= min(8 * letters.averageCharWidth(), tree.viewport().width())
            if not tree.isColumnHidden(OUTPUT):
                assert header.sectionSize(OUTPUT) > letters.horizontalAdvance(
                    "1024·112×112" if root.units > 10 else "16·28×28"
                )
            assert width < 800 or not any(map(tree.isColumnHidden, range(5)))


def test_that_the_first_width_shows_bars_and_outputs_beside_the_names(panel: NetworkPanel, state: State) -> None:
    panel.resize(370, 500)
    panel.show()
    show_network(panel, state, root=deep_root())
    QApplication.processEvents()
    assert not panel.tree.isColumnHidden(ACTIVITY)
    assert not panel.tree.isColumnHidden(OUTPUT)


def numbered_root() -> LayerNode:
    """As torchvision's networks of long ago are built."""
    kinds = [("Conv2d", 448, (3, 3)), ("ReLU", 0, ()), ("MaxPool2d", 0, (2, 2)), ("Conv2d", 6_000, (11, 11))]
    layers = (
        replace(leaf(f"features.{n}", units=64, type_=type_), parameters=count, kernel=kernel)
        for n, (type_, count, kernel) in enumerate(kinds)
    )
    head = replace(leaf("classifier.6", "vector", 1000, type_="Linear"), parameters=1_000)
    return LayerNode(
        "", "Net", (1000,), 1000, 1, "vector", children=(group("features", *layers), group("classifier", head))
    )


def name_of(panel: NetworkPanel, path: str) -> str:
    return row_of(panel.tree, numbered_root(), path)[0]


def test_that_no_layer_is_a_number_alone(panel: NetworkPanel, state: State) -> None:
    show_network(panel, state, root=numbered_root())
    assert name_of(panel, "features.0") == "0 · Conv2d 3×3, 64"
    assert name_of(panel, "features.1") == "1 · ReLU"
    assert name_of(panel, "features.2") == "2 · MaxPool2d 2×2"
    assert name_of(panel, "classifier.6") == "6 · Linear, 1,000"
    assert name_of(panel, "features") == "features"


@pytest.mark.parametrize("points", [9, 11, 14])
def test_that_the_type_is_the_last_column_to_go(
    panel: NetworkPanel, state: State, points: int, qapp: QApplication
) -> None:
    font = QFont(panel.font())
    font.setPointSize(points)
    panel.setFont(font)
    panel.show()
    show_network(panel, state, root=numbered_root())
    for width in range(190, 700, 30):
        panel.resize(width, 500)
        QApplication.processEvents()
        shown = {column for column in range(1, 8) if not panel.tree.isColumnHidden(column)}
        assert TYPE in shown or not shown
    assert shown == {ACTIVITY, OUTPUT, UNITS, TYPE}


@pytest.mark.parametrize("width", range(200, 700, 50))
def test_that_no_name_is_cut_beside_free_room(panel: NetworkPanel, state: State, width: int) -> None:
    panel.resize(width, 500)
    panel.show()
    show_network(panel, state, root=numbered_root())
    QApplication.processEvents()
    header, letters = panel.tree.header(), panel.tree.fontMetrics()
    free = panel.tree.viewport().width() - sum(header.sectionSize(column) for column in range(8))
    longest = letters.horizontalAdvance("3 · Conv2d 11×11, 64") + 2 * panel.tree.indentation()
    cut = header.sectionSize(NAME) < longest
    assert free >= 0
    assert not (cut and free > 0)
    assert not (cut and header.sectionSize(ACTIVITY) > SHORTEST_BAR)  # a longer bar would be room, too


def test_that_columns_are_chosen_in_the_header_and_remembered(
    panel: NetworkPanel, state: State, tmp_path: Path, qtbot: QtBot
) -> None:
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    panel.remember_in(settings)
    panel.resize(900, 500)
    panel.show()
    show_network(panel, state, root=numbered_root())
    tree = panel.tree
    assert [tree.isColumnHidden(column) for column in (PARAMETERS, KERNEL, TIME)] == [True] * 3
    menu = tree.columns_menu()
    actions = {action.text(): action for action in menu.actions()}
    assert set(actions) == {"Activity", "Output", "Units", "Type", "Parameters", "Kernel", "Time"}
    with qtbot.waitSignal(panel.times_wanted) as wanted:
        actions["Time"].trigger()
    assert wanted.args == [True]
    actions["Kernel"].trigger()
    actions["Parameters"].trigger()
    actions["Units"].trigger()
    QApplication.processEvents()
    shown = {column for column in range(1, 8) if not tree.isColumnHidden(column)}
    assert shown == {ACTIVITY, OUTPUT, TYPE, PARAMETERS, KERNEL, TIME}
    panel.set_layer_times({"features.0": 1.25, "features.1": 12.5})
    row = row_of(tree, numbered_root(), "features.0")
    assert [row[column] for column in (PARAMETERS, KERNEL, TIME)] == ["448", "3×3", "1.25 ms"]
    assert tree.row_in_words("features.0").split("\t") == ["features.0", "64·14×14", "Conv2d", "448", "3×3", "1.25 ms"]
    menu.close()
    again = NetworkPanel(state)
    qtbot.addWidget(again)
    again.remember_in(settings)
    with qtbot.waitSignal(again.times_wanted):
        again.show_loaded(loaded(numbered_root()))
    assert again.tree.columns == tree.columns


def test_that_a_column_keeps_the_width_that_the_person_gives_it(panel: NetworkPanel, state: State) -> None:
    panel.show()
    show_network(panel, state)
    panel.tree.header().resizeSection(NAME, 90)
    panel.resize(420, 500)
    QApplication.processEvents()
    assert panel.tree.header().sectionSize(NAME) == 90


@pytest.mark.parametrize("width", [200, 240, 280, 320, 360, 400])
@pytest.mark.parametrize("points", [9, 11, 14])
def test_that_no_fact_of_the_network_is_broken_in_two(
    panel: NetworkPanel, state: State, width: int, points: int
) -> None:
    font = QFont(panel.font())
    font.setPointSize(points)
    panel.setFont(font)
    panel.resize(width, 500)
    panel.show()
    show_network(panel, state, devices=("CPU, 2 threads",))
    QApplication.processEvents()
    said = panel.about.text()
    for fact in ("1.23 million parameters", "sees 224×224 colour", "CPU, 2 threads"):
        assert fact in said or "…" in said
    assert "CPU, 2 threads" in said
    widest = max(map(panel.about.fontMetrics().horizontalAdvance, said.split("\n")))
    assert widest <= panel.about.width()
    assert panel.about.height() >= panel.about.fontMetrics().lineSpacing() * len(said.split("\n"))


def test_that_a_notice_and_a_load_move_nothing_in_the_tree(panel: NetworkPanel) -> None:
    panel.show_loaded(loaded())
    panel.show()

    def place() -> QPoint:
        for _ in range(3):
            QApplication.processEvents()
        return panel.tree.mapTo(panel, QPoint())

    before = place()
    panel.notice.show_notice("There is no file of that name. " * 5, ways=[("Choose another", panel.update)])
    assert place() == before
    panel.show_loading("vgg16")
    assert place() == before
