"""The comparison: a lane of its own, networks one after the other, cells that come or say why not."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QGridLayout, QLabel, QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Event, Loaded, MethodResult
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import CodeFile, Problem
from analysis.protocol.recipe import MOST_COMPARED, ComparisonChoice, MethodChoice, ModelChoice, Recipe
from analysis.protocol.requests import JobRequest, LoadRequest, MethodRequest
from gui.lane.lanes import Lanes
from gui.tabs.compare import ComparePanel
from gui.tabs.grid_run import Comparison, Question
from gui.views.image_view import ImageView
from tests.gui import networks
from tests.gui.explaining import LABELS, FakeEngine, House, derivative, frame, heat
from tests.gui.the import the

ONE, OTHER = ModelChoice("one"), ModelChoice("other")
ROWS = (Recipe(ModelChoice("any"), method="gradient"), Recipe(ModelChoice("any"), method="grad-cam"))


class Networks(FakeEngine):
    """An engine whose networks have classes of their own, and of which some cannot be loaded."""

    labels: dict[str, tuple[str, ...] | None]

    def __init__(self) -> None:
        super().__init__()
        self.labels = {}
        self.broken = ""
        self.result = lambda request: heat() if "cam" in request.recipe.method else derivative()

    def job(self, request: JobRequest) -> Iterator[Event]:
        if isinstance(request, LoadRequest):
            if request.choice.name == self.broken:
                raise Problem("The weights are not there.")
            self.loaded.append(request.choice)
            labels = self.labels.get(request.choice.name, LABELS)
            yield networks.loaded(name=request.choice.name, epoch=request.epoch, labels=labels)
        else:
            assert isinstance(request, MethodRequest)
            yield from super().job(request)


class Heard:
    def __init__(self, comparison: Comparison) -> None:
        self.results: dict[tuple[int, int], MethodResult] = {}
        self.problems: dict[tuple[int, int], str] = {}
        self.loaded: list[Loaded] = []
        self.answers: dict[int, object] = {}
        comparison.cell_done.connect(lambda row, column, result: self.results.update({(row, column): result}))
        comparison.cell_failed.connect(lambda row, column, words: self.problems.update({(row, column): words}))
        comparison.column_loaded.connect(lambda column, network: self.loaded.append(network))
        comparison.column_answered.connect(lambda column, logits: self.answers.update({column: logits}))


@pytest.fixture
def engine() -> Networks:
    return Networks()


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[House]:
    made = House(qtbot)
    yield made
    made.close()


@pytest.fixture
def comparison(house: House, engine: Networks) -> Iterator[Comparison]:
    lanes = Lanes(house.jobs, make_engine=lambda: engine)
    made = Comparison(house.jobs, lanes)
    yield made
    engine.gate.set()
    made.close()
    lanes.close()


def over(comparison: Comparison, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not comparison.running)


def compare(panel: ComparePanel, comparison: Comparison, qtbot: QtBot) -> None:
    panel.run_button.click()
    over(comparison, qtbot)


def test_that_every_cell_comes_network_by_network(comparison: Comparison, engine: Networks, qtbot: QtBot) -> None:
    heard = Heard(comparison)
    assert comparison.start(Question(ROWS, (ONE, OTHER), frame(5), LABELS))
    over(comparison, qtbot)
    assert list(heard.results) == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert engine.loaded == [ONE, OTHER]
    assert {request.frame.number for request in engine.asked} == {5}
    assert [request.recipe.model.name for request in engine.asked] == ["one", "one", "other", "other"]
    assert set(heard.answers) == {0, 1}
    assert not heard.problems


def test_that_the_windows_own_network_is_left_alone(comparison: Comparison, house: House, qtbot: QtBot) -> None:
    house.begin()
    comparison.start(Question(ROWS, (OTHER,), frame(5), LABELS))
    house.show(2, moving=True)  # the live view goes on meanwhile
    over(comparison, qtbot)
    assert house.state.network is not None
    assert house.state.network.title == "smallnet"
    assert not house.engine.loaded


def test_that_a_network_that_cannot_be_loaded_fails_alone(
    comparison: Comparison, engine: Networks, house: House, qtbot: QtBot
) -> None:
    heard = Heard(comparison)
    engine.broken = "one"
    comparison.start(Question(ROWS, (ONE, OTHER), frame(), LABELS))
    over(comparison, qtbot)
    assert heard.problems == {(0, 0): "The weights are not there.", (1, 0): "The weights are not there."}
    assert set(heard.results) == {(0, 1), (1, 1)}
    assert not house.failures


def test_that_a_method_that_fails_leaves_the_others(comparison: Comparison, engine: Networks, qtbot: QtBot) -> None:
    heard = Heard(comparison)
    engine.problem = "This network has no layer with rows and columns."
    comparison.start(Question(ROWS, (ONE,), frame(), LABELS))
    over(comparison, qtbot)
    assert heard.problems == dict.fromkeys([(0, 0), (1, 0)], engine.problem)


def test_that_a_class_is_asked_by_its_name(comparison: Comparison, engine: Networks, qtbot: QtBot) -> None:
    heard = Heard(comparison)
    engine.labels = {"other": ("something", "thing 4"), "third": ("nothing",)}
    rows = (Recipe(ModelChoice("any"), method="gradient", target="probability:4"),)
    comparison.start(Question(rows, (ONE, OTHER, ModelChoice("third")), frame(), LABELS))
    over(comparison, qtbot)
    assert [request.recipe.target for request in engine.asked] == ["probability:4", "probability:1"]
    assert list(heard.problems) == [(0, 2)]
    assert "no class" in heard.problems[0, 2]


def test_that_it_can_be_stopped_and_begun_again(comparison: Comparison, engine: Networks, qtbot: QtBot) -> None:
    heard = Heard(comparison)
    engine.gate.clear()
    comparison.start(Question(ROWS, (ONE, OTHER), frame(), LABELS))
    assert not comparison.start(Question(ROWS, (ONE,), frame(), LABELS))
    qtbot.waitUntil(engine.entered.is_set)
    comparison.stop()
    engine.gate.set()
    over(comparison, qtbot)
    assert not heard.results
    assert comparison.start(Question(ROWS, (ONE,), frame(), LABELS))
    over(comparison, qtbot)
    assert set(heard.results) == {(0, 0), (1, 0)}


def test_that_files_run_in_a_comparison_only_if_the_person_agreed_to_them(
    comparison: Comparison, engine: Networks, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = CodeFile("/models/net.py", "1")
    consent: list[tuple[bool, frozenset[CodeFile]]] = []
    job = engine.job

    def noting(request: JobRequest) -> Iterator[Event]:
        if isinstance(request, LoadRequest):
            consent.append((request.trusted, request.agreed))
        yield from job(request)

    monkeypatch.setattr(engine, "job", noting)
    comparison.start(Question(ROWS[:1], (ONE, OTHER), frame(), LABELS, frozenset({code})))
    over(comparison, qtbot)
    assert consent == [(False, frozenset({code}))] * 2


@pytest.fixture
def panel(house: House, comparison: Comparison, qtbot: QtBot) -> ComparePanel:
    house.begin()
    panel = ComparePanel(house, comparison=comparison)
    qtbot.addWidget(panel)
    panel.resize(800, 700)
    panel.show()
    return panel


def part(panel: ComparePanel, row: int, column: int) -> QWidget:
    """What stands at this place of the grid: heads and pictures in its first two rows, methods in its first column.

    Where that shows more of it, it lies on its side.
    """
    grid = the(panel, QScrollArea).widget().layout()
    assert isinstance(grid, QGridLayout)
    lies = grid.itemAtPosition(1, 0) is not None
    item = grid.itemAtPosition(*((column, row) if lies else (row, column)))
    assert item is not None
    return item.widget()


def cell(panel: ComparePanel, row: int, column: int) -> QWidget:
    """The map of a method on a network."""
    return part(panel, row + 2, column + 1)


def words(widget: QWidget) -> str:
    return the(widget, QLabel).text()


def problem(panel: ComparePanel, row: int, column: int) -> str:
    return the(cell(panel, row, column), ImageView).toolTip()


def results(panel: ComparePanel) -> dict[tuple[int, int], MethodResult]:
    shown = panel.shown()
    return {} if shown is None else dict(shown.results)


def chosen(panel: ComparePanel) -> ComparisonChoice:
    recipe = panel.recipe()
    assert recipe is not None
    assert recipe.comparison is not None
    return recipe.comparison


def test_that_one_network_with_two_fits_is_told_apart(panel: ComparePanel) -> None:
    panel.add(ROWS[0])
    panel.add_choice(replace(OTHER, preprocessing=Preprocessing(30, 40, fit="stretch")))
    panel.add_choice(OTHER)
    heads = [words(part(panel, 0, column)) for column in (1, 2, 3)]
    assert "stretched to 40×30" in heads[1]
    assert len(set(heads)) == 3


def test_that_methods_and_networks_make_a_grid(panel: ComparePanel, comparison: Comparison, qtbot: QtBot) -> None:
    for recipe in (*ROWS, ROWS[0]):
        panel.add(recipe)
    panel.add_choice(OTHER)
    assert (len(chosen(panel).methods), len(chosen(panel).networks)) == (2, 2)
    compare(panel, comparison, qtbot)
    assert set(results(panel)) == {(row, column) for row in range(2) for column in range(2)}
    assert "thing 0: 10" in words(part(panel, 0, 2))
    assert "…" in words(cell(panel, 0, 0))
    with qtbot.waitSignal(panel.export_wanted) as exported:
        panel.foot.export.click()
    compared = exported.args[0]
    assert {at: result.recipe.method for at, result in compared.results.items()} == {
        (row, column): name for row, name in enumerate(("gradient", "grad-cam")) for column in range(2)
    }
    assert compared.recipe.method == "gradient"  # for those who know nothing of comparisons
    assert [choice.name for choice in compared.recipe.comparison.methods] == ["gradient", "grad-cam"]
    assert [choice.name for choice in compared.recipe.comparison.networks] == ["smallnet", "other"]
    assert compared.labels == LABELS


def test_that_a_recipe_brings_the_whole_grid_back(
    panel: ComparePanel, comparison: Comparison, engine: Networks, qtbot: QtBot, house: House
) -> None:
    panel.add(ROWS[1])
    wanted = ComparisonChoice(
        (MethodChoice("gradient"), MethodChoice("smoothgrad", {"samples": 3}, seed=7)),
        (ONE, OTHER),
        shared=True,
        over=True,
    )
    recipe = Recipe(ONE, target="class:4", comparison=wanted)
    house.state.set_look(view="positive-negative")
    assert panel.view.currentData() == "positive-negative"
    panel.show_recipe(recipe)
    over(comparison, qtbot)
    assert set(results(panel)) == {(row, column) for row in range(2) for column in range(2)}
    asked = engine.asked[-1].recipe
    assert (asked.method, asked.settings, asked.seed, asked.target) == ("smoothgrad", {"samples": 3}, 7, "class:4")
    again = panel.recipe()
    assert again is not None
    assert again.comparison == wanted
    assert again.target == "class:4"
    assert again.method == "gradient"


def test_that_only_what_was_run_is_exported(
    panel: ComparePanel, comparison: Comparison, engine: Networks, qtbot: QtBot, house: House
) -> None:
    engine.labels = {"other": ("something",)}
    house.state.set_target("class:4")
    panel.add(ROWS[0])
    panel.add_choice(OTHER)
    compare(panel, comparison, qtbot)
    panel.add(ROWS[1])  # after the run
    assert "no class" in problem(panel, 0, 1)
    with qtbot.waitSignal(panel.export_wanted) as exported:
        panel.foot.export.click()
    compared = exported.args[0]
    assert [choice.name for choice in compared.recipe.comparison.methods] == ["gradient"]
    assert list(compared.results) == [(0, 0)]
    assert "no class" in compared.outcomes[0, 1]


def test_that_the_same_network_is_not_compared_twice(panel: ComparePanel) -> None:
    panel.add_choice(ModelChoice("one", weights_hash="a" * 64))
    panel.add_choice(ONE)
    panel.add_choice(ModelChoice("one", weights="random"))
    panel.add(ROWS[0])
    heads = [words(part(panel, 0, column)).partition("<br>")[0] for column in (2, 3)]
    assert heads == ["<b>one</b>", "<b>one</b> random 0"]
    assert [(choice.name, choice.weights) for choice in chosen(panel).networks] == [
        ("smallnet", "default"),
        ("one", "default"),
        ("one", "random"),
    ]


def test_that_other_weights_than_those_of_the_recipe_are_said(
    panel: ComparePanel, comparison: Comparison, engine: Networks, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = engine.job

    def with_hash(request: JobRequest) -> Iterator[Event]:
        for event in job(request):
            if isinstance(event, Loaded):
                event = replace(event, choice=replace(event.choice, weights_hash="b" * 64))
            yield event

    monkeypatch.setattr(engine, "job", with_hash)
    made = ModelChoice("one", weights_hash="a" * 64)
    panel.show_recipe(Recipe(made, comparison=ComparisonChoice((MethodChoice("gradient"),), (made,))))
    over(comparison, qtbot)
    assert "weights of one are not those" in panel.notice.sentence


def test_that_a_grid_has_an_end(panel: ComparePanel) -> None:
    panel.add(ROWS[0])
    for number in range(MOST_COMPARED + 1):
        panel.add_choice(ModelChoice(f"network {number}"))
    assert len(chosen(panel).networks) == MOST_COMPARED
    assert f"{MOST_COMPARED} networks" in panel.notice.sentence


def test_that_there_are_three_to_begin_with(panel: ComparePanel, comparison: Comparison, qtbot: QtBot) -> None:
    panel.add_method.menu().actions()[0].trigger()
    compare(panel, comparison, qtbot)
    assert len(results(panel)) == 3


def test_that_a_shared_scale_is_that_of_the_strongest(
    panel: ComparePanel, comparison: Comparison, engine: Networks, qtbot: QtBot
) -> None:
    engine.result = lambda request: heat(times=5 if request.recipe.model.name == "other" else 1)
    panel.add(ROWS[1])
    panel.add_choice(OTHER)
    compare(panel, comparison, qtbot)
    own = words(cell(panel, 0, 0)), words(cell(panel, 0, 1))
    assert own[0] != own[1]
    panel.shared.setChecked(True)
    assert words(cell(panel, 0, 0)) == words(cell(panel, 0, 1)) == own[1]
    panel.over.setChecked(True)
    assert not panel.grab().isNull()


def test_that_a_problem_stands_in_its_cell(
    panel: ComparePanel, comparison: Comparison, engine: Networks, qtbot: QtBot
) -> None:
    engine.problem = "No ReLU here."
    panel.begin_with_three()
    compare(panel, comparison, qtbot)
    assert problem(panel, 0, 0) == "No ReLU here."
    assert not panel.foot.export.isEnabled()


def test_that_rows_and_columns_can_be_taken_out(panel: ComparePanel, comparison: Comparison, qtbot: QtBot) -> None:
    for recipe in ROWS:
        panel.add(recipe)
    panel.add_choice(OTHER)
    compare(panel, comparison, qtbot)
    kept = results(panel)[1, 1]
    the(part(panel, 2, 0), QToolButton).click()
    the(part(panel, 0, 1), QToolButton).click()
    assert results(panel) == {(0, 0): kept}
    assert np.array_equal(kept.picture, frame().pixels)


def test_that_what_is_added_while_a_comparison_runs_is_answered_with_a_word(
    panel: ComparePanel, comparison: Comparison, engine: Networks, qtbot: QtBot
) -> None:
    engine.gate.clear()
    panel.add(ROWS[0])
    panel.run_button.click()
    qtbot.waitUntil(engine.entered.is_set)
    panel.add(ROWS[1])
    assert len(chosen(panel).methods) == 1
    assert "running" in panel.notice.sentence
    engine.gate.set()
    over(comparison, qtbot)
    assert panel.notice.isHidden()


def test_that_a_run_that_cannot_begin_leaves_what_is_there(
    panel: ComparePanel, comparison: Comparison, qtbot: QtBot, house: House
) -> None:
    panel.add(ROWS[0])
    compare(panel, comparison, qtbot)
    kept = results(panel)[0, 0]
    house.state.set_target("unit:mean")
    panel.run_button.click()
    assert "Click a unit" in panel.notice.sentence
    assert results(panel) == {(0, 0): kept}
    house.state.set_unit(2)
    assert panel.notice.isHidden()


def test_that_a_notice_moves_nothing_in_the_grid(panel: ComparePanel) -> None:
    panel.add(ROWS[0])
    parts = (panel.run_button, panel.foot.export, the(panel, QScrollArea), cell(panel, 0, 0))

    def places() -> list[QPoint]:
        for _ in range(3):
            QApplication.processEvents()
        return [part.mapTo(panel, QPoint()) for part in parts]

    before = places()
    panel.notice.show_notice("Something that is worth knowing. " * 8, "hint")
    assert places() == before
    assert not panel.notice.geometry().intersects(the(panel, QScrollArea).geometry())


def test_that_a_grid_that_nobody_sees_is_painted_when_it_is_seen(
    panel: ComparePanel, comparison: Comparison, qtbot: QtBot, house: House
) -> None:
    panel.add(ROWS[0])
    compare(panel, comparison, qtbot)
    seen = words(cell(panel, 0, 0))
    panel.hide()
    house.state.set_look(clip=60.0)
    assert words(cell(panel, 0, 0)) == seen
    panel.show()
    assert words(cell(panel, 0, 0)) != seen


def test_that_run_waits_until_there_is_something_to_run(panel: ComparePanel, comparison: Comparison) -> None:
    assert not panel.run_button.isEnabled()
    panel.add(ROWS[0])
    assert panel.run_button.isEnabled()
    the(part(panel, 2, 0), QToolButton).click()
    assert not panel.run_button.isEnabled()
    panel.add_choice(OTHER)
    assert panel.run_button.isEnabled()


def test_that_the_menu_of_methods_stays_open_for_another_one(panel: ComparePanel, qtbot: QtBot) -> None:
    menu = panel.add_method.menu()
    menu.popup(QPoint(0, 0))
    named = [action for action in menu.actions() if action.text() and not action.isSeparator()]
    for action in named[1:3]:
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    assert menu.isVisible()
    assert len(chosen(panel).methods) == 2
    qtbot.keyClick(menu, Qt.Key.Key_Escape)
    assert not menu.isVisible()


def test_that_the_pictures_use_the_width_until_a_size_is_chosen(panel: ComparePanel, qtbot: QtBot) -> None:
    panel.add(ROWS[0])
    panel.resize(700, 700)
    qtbot.waitUntil(lambda: the(cell(panel, 0, 0), ImageView).width() > 170)
    small = the(cell(panel, 0, 0), ImageView).width()
    panel.resize(1200, 1100)
    qtbot.waitUntil(lambda: the(cell(panel, 0, 0), ImageView).width() > small)
    panel.side.setValue(120)
    panel.resize(900, 900)
    QApplication.processEvents()
    assert the(cell(panel, 0, 0), ImageView).width() == 120


def test_that_the_grid_lies_on_its_side_where_that_shows_more_of_it(
    panel: ComparePanel, comparison: Comparison, qtbot: QtBot
) -> None:
    panel.begin_with_three()
    panel.resize(1300, 500)
    qtbot.waitUntil(lambda: cell(panel, 0, 0).x() < cell(panel, 1, 0).x())
    assert cell(panel, 0, 0).y() == cell(panel, 1, 0).y()
    compare(panel, comparison, qtbot)
    pictures = the(cell(panel, 0, 0), ImageView).width()
    panel.resize(500, 1300)
    qtbot.waitUntil(lambda: cell(panel, 0, 0).y() < cell(panel, 1, 0).y())
    assert all(words(cell(panel, row, 0)) for row in range(3))  # what was computed is still there
    assert pictures >= 140
