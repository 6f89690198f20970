"""The Saliency tab on an engine that answers as told: it asks what its controls say, and shows what comes back."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QTextDocumentFragment
from PySide6.QtWidgets import QAbstractButton, QApplication, QBoxLayout, QComboBox, QSlider, QWidget
from pytestqt.qtbot import QtBot

from analysis.protocol.recipe import ModelChoice, Recipe, look
from analysis.results.kinds import Curves, Line
from analysis.results.looks import HeatLook
from gui.tabs.method_tab import MethodTab
from gui.tabs.saliency import SALIENCY
from gui.views.line_plot import _ink
from tests.gui import networks
from tests.gui.explaining import LABELS, House, derivative, heat


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[House]:
    made = House(qtbot)
    made.engine.result = lambda request: heat() if "cam" in request.recipe.method else derivative()
    yield made
    made.close()


@pytest.fixture
def panel(house: House, qtbot: QtBot) -> MethodTab:
    house.begin()
    panel = MethodTab(SALIENCY, house)
    qtbot.addWidget(panel)
    panel.resize(900, 600)
    panel.show()
    return panel


def steady(qtbot: QtBot, places: Callable[[], list[QRect]]) -> list[QRect]:
    """Where all lies once what was chosen has its room: eight looks that find the same."""
    found: list[list[QRect]] = []

    def lasts() -> bool:
        found.append(places())
        return len(found) >= 8 and all(one == found[-1] for one in found[-8:])

    qtbot.waitUntil(lasts)
    return found[-1]


def shown(panel: MethodTab, qtbot: QtBot, method: str) -> None:
    qtbot.waitUntil(lambda: panel.pane.result is not None and panel.pane.result.recipe.method == method)


def test_that_a_cheap_method_is_shown_without_being_started(panel: MethodTab, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")
    assert panel.pane.view().drawn is not None
    assert panel.pane.view().drawn.values.shape == (7, 7)
    assert "thing 9: 8" in panel.pane.title.text()
    assert panel.pane.foot.export.isEnabled()


def test_that_live_and_run_stand_in_the_first_row_where_the_longest_title_would_push_them_out(
    panel: MethodTab, qtbot: QtBot
) -> None:
    shown(panel, qtbot, "grad-cam")
    saved = panel.methods.sizeHint().width() - panel.methods.width_of_title()
    assert saved > 20
    panel.resize(panel.head.sizeHint().width() - saved, 600)
    for lives in (True, False):
        panel.follow.setChecked(lives)
        QApplication.processEvents()
        middles = [part.geometry().center().y() for part in (panel.methods, panel.settings_button, panel.follow)]
        assert max(middles) - min(middles) <= 2
        assert panel.follow.geometry().right() < panel.run_button.x()
        assert panel.run_button.isVisible() is not lives


def test_that_it_follows_the_pictures(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")
    house.show(2, moving=True)
    qtbot.waitUntil(lambda: panel.pane.result is not None and house.engine.asked[-1].frame.number == 2)


def test_that_a_hidden_tab_computes_nothing(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")
    panel.hide()
    before = len(house.engine.asked)
    house.show(2, moving=True)
    assert len(house.engine.asked) == before
    panel.show()
    qtbot.waitUntil(lambda: len(house.engine.asked) > before)


def test_that_a_long_method_waits_for_the_person_and_can_be_stopped(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    shown(panel, qtbot, "grad-cam")
    panel.methods.choose("smoothgrad")
    assert panel.pane.result is None
    assert not panel.run_button.isHidden()
    house.engine.gate.clear()
    house.engine.entered.clear()
    panel.run_button.click()
    assert house.engine.entered.wait(30)
    assert panel.run_button.text() == "Stop"
    panel.run_button.click()
    assert panel.run_button.text() == "Run"
    house.engine.gate.set()
    qtbot.waitUntil(lambda: bool(house.engine.closed))
    assert panel.pane.result is None


def test_that_partial_results_are_drawn_and_stay_when_the_rest_fails(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    panel.methods.choose("smoothgrad")
    house.engine.problem_at_the_end = "The memory is full."
    panel.run_button.click()
    qtbot.waitUntil(lambda: not panel.pane.notice.isHidden())
    assert panel.pane.notice.sentence == "The memory is full."
    assert panel.pane.view().drawn is not None
    assert panel.pane.result is None


def test_that_settings_and_seed_are_asked(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    panel.methods.choose("smoothgrad")
    panel.asked.form.set_values({"samples": 7})
    panel.asked.seed.setValue(3)
    panel.run_button.click()
    shown(panel, qtbot, "smoothgrad")
    recipe = house.engine.asked[-1].recipe
    assert recipe.settings["samples"] == 7
    assert recipe.seed == 3
    assert recipe.layer is None


def test_that_another_target_is_followed(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")
    house.state.set_target("class:4")
    qtbot.waitUntil(lambda: house.engine.asked[-1].recipe.target == "class:4")
    qtbot.waitUntil(lambda: "thing 4" in panel.pane.title.text())


def test_that_a_unit_is_explained_in_its_layer(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.state.set_unit(5)
    panel.explain("unit:max", "gradient")
    shown(panel, qtbot, "gradient")
    recipe = house.engine.asked[-1].recipe
    assert (recipe.layer, recipe.unit, recipe.target) == ("stem", 5, "unit:max")


def test_that_without_a_unit_it_says_what_to_do(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.state.set_unit(5)
    house.state.set_target("unit:mean")
    house.state.set_unit(None)
    assert panel.recipe() is None
    assert "Click a unit" in panel.pane.notice.sentence


def test_that_a_problem_is_said_over_the_panel_and_taken_back(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")
    house.engine.problem = "This network has no layer with rows and columns."
    house.state.set_target("class:1")
    qtbot.waitUntil(lambda: not panel.pane.notice.isHidden())
    assert panel.pane.notice.sentence == house.engine.problem
    house.engine.problem = None
    house.state.set_target("class:2")
    qtbot.waitUntil(lambda: panel.pane.notice.isHidden())


def test_that_the_map_of_another_method_does_not_stay_below_a_problem(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    shown(panel, qtbot, "grad-cam")
    house.engine.problem = "CAM explains a class."
    panel.methods.choose("cam")
    qtbot.waitUntil(lambda: not panel.pane.notice.isHidden())
    assert panel.pane.view().drawn is None
    assert panel.pane.title.text() == "<b>CAM</b>"
    house.engine.problem = None
    house.show(2, moving=True)
    shown(panel, qtbot, "cam")
    house.engine.problem = "The memory is full."
    house.show(3, moving=True)
    qtbot.waitUntil(lambda: not panel.pane.notice.isHidden())
    assert panel.pane.view().drawn is not None  # its own last map stays


def test_that_what_was_said_of_one_method_is_not_said_of_the_next(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")
    house.engine.problem = "This network has no such maps."
    panel.methods.choose("cam")
    qtbot.waitUntil(lambda: not panel.pane.notice.isHidden())
    house.engine.problem = None
    panel.methods.choose("smoothgrad")
    assert panel.pane.notice.isHidden()


def test_that_a_notice_does_not_turn_the_pictures_round(panel: MethodTab, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")
    view = panel.pane.view()
    view.which.setCurrentIndex(view.which.findData("both"))
    for size in ((620, 690), (620, 665), (620, 715)):  # about where both ways are as good
        view.setFixedSize(*size)
        qtbot.waitUntil(lambda size=size: (view.width(), view.height()) == size)  # type: ignore[misc]
        if size == (620, 690):
            way = view.pictures.direction()
        assert view.pictures.direction() == way
    view.setFixedSize(300, 700)
    qtbot.waitUntil(lambda: view.pictures.direction() == QBoxLayout.Direction.TopToBottom)
    view.setFixedSize(800, 300)
    qtbot.waitUntil(lambda: view.pictures.direction() == QBoxLayout.Direction.LeftToRight)


def test_that_a_held_scale_stays(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")
    panel.pane.view().hold.setChecked(True)
    assert panel.pane.view().drawn is not None
    before = panel.pane.view().drawn.high
    house.engine.result = lambda request: heat(times=5)
    house.show(2, moving=True)
    view = panel.pane.view()
    qtbot.waitUntil(lambda: view.drawn is not None and float(view.drawn.values.max()) > 3 * before)
    assert panel.pane.view().drawn.high == before
    panel.pane.view().hold.setChecked(False)
    assert panel.pane.view().drawn.high > 3 * before


def test_that_every_view_of_a_derivative_is_drawn(panel: MethodTab, qtbot: QtBot) -> None:
    panel.methods.choose("gradient")
    shown(panel, qtbot, "gradient")
    for index in range(panel.pane.view().view.count()):
        panel.pane.view().view.setCurrentIndex(index)
        panel.pane.view().view.activated.emit(index)
        assert panel.pane.view().drawn is not None
        assert panel.pane.view().drawn.signed == (index not in (0, 1))
        assert not panel.pane.view().grab().isNull()


def test_that_the_value_under_the_cursor_is_said(panel: MethodTab, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")
    panel.pane.view().map.place_hovered.emit(2, 4)
    assert panel.pane.view().hover.text() == "1   row 2, column 4"
    panel.pane.view().over.place_hovered.emit(0, 0)
    assert "row 0, column 0" in panel.pane.view().hover.text()
    panel.pane.view().map.place_hovered.emit(-1, -1)
    assert panel.pane.view().hover.text() == ""


def test_that_a_result_can_be_compared_tested_and_exported(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")
    house.state.set_look(opacity=0.3)
    with qtbot.waitSignal(panel.compare_wanted) as compared:
        panel.pane.foot.compare.click()
    assert compared.args[0].method == "grad-cam"
    with qtbot.waitSignal(panel.trust_wanted):
        panel.pane.foot.trust.click()
    with qtbot.waitSignal(panel.export_wanted) as exported:
        panel.pane.foot.export.click()
    assert look(exported.args[0].recipe, HeatLook).opacity == 0.3


def test_that_another_network_clears_the_result(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")
    house.state.set_network(networks.loaded(name="other", epoch=2), None, None)
    assert panel.pane.result is None
    assert not panel.pane.foot.export.isEnabled()
    assert panel.pane.title.text() == ""


def test_that_the_strongest_response_of_a_layer_needs_no_unit(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    panel.explain("unit:max", "guided")
    shown(panel, qtbot, "guided")
    recipe = house.engine.asked[-1].recipe
    assert (recipe.layer, recipe.unit, recipe.target) == ("stem", None, "unit:max")
    assert "stem · its strongest response" in panel.pane.title.text()


def test_that_the_doctors_warnings_are_shown_and_its_notes_are_not(panel: MethodTab, house: House) -> None:
    panel.extras[0].warn((("warning", "There is no ReLU."), ("note", "Some layers work in place.")))
    assert panel.extras[0].notice.sentence == "There is no ReLU."
    panel.extras[0].warn((("note", "Some layers work in place."),))
    assert panel.extras[0].notice.isHidden()
    panel.extras[0].warn((("error", "It fails."),))
    house.state.set_network(networks.loaded(name="other", epoch=2), None, None)
    assert panel.extras[0].notice.isHidden()


def test_that_a_saturated_probability_is_said(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.engine.logits = np.array([0, 30, 0, 0, 0, 0, 0, 0, 0, 0], np.float32)
    house.state.set_target("probability")
    house.show(2, moving=True)
    qtbot.waitUntil(lambda: not panel.pane.notice.isHidden())
    assert "explain the logit" in panel.pane.notice.sentence
    house.state.set_target("class")
    qtbot.waitUntil(panel.pane.notice.isHidden)


def test_that_what_is_exported_is_what_is_on_the_screen_after_a_run_that_was_stopped(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    panel.methods.choose("smoothgrad")
    panel.run_button.click()
    shown(panel, qtbot, "smoothgrad")
    house.state.set_target("class:4")
    assert (
        panel.pane.result is not None
    )  # the map before stays, and can be exported, until something of the new one is there
    house.engine.steps = 10**9
    panel.run_button.click()
    qtbot.waitUntil(lambda: "thing 4" in panel.pane.title.text())
    panel.run_button.click()
    assert panel.pane.result is not None
    assert panel.pane.result.recipe.target == "class:4"
    assert panel.pane.result.remark.startswith("Stopped after ")


def test_that_the_map_on_the_screen_is_tested_on_its_own_picture(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")
    house.engine.gate.clear()
    house.show(2, moving=True)
    qtbot.waitUntil(lambda: house.engine.asked[-1].frame.number == 2)
    assert panel.runner.frame is not None
    assert panel.runner.frame.number == 2  # whose map is not there yet
    assert panel.frame is not None
    assert panel.frame.number == 1
    house.engine.gate.set()
    qtbot.waitUntil(lambda: panel.frame is not None and panel.frame.number == 2)


def test_that_a_recipe_leaves_nothing_as_it_was_set_before(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    panel.methods.choose("smoothgrad")
    panel.asked.form.set_values({"samples": 7})
    panel.show_recipe(Recipe(ModelChoice("smallnet"), method="smoothgrad", settings={"noise": 0.1}, seed=2**32 - 1))
    shown(panel, qtbot, "smoothgrad")
    recipe = house.engine.asked[-1].recipe
    assert (recipe.settings["noise"], recipe.settings["samples"], recipe.seed) == (0.1, 100, 2**32 - 1)


def test_that_the_hint_to_click_a_unit_goes_when_one_is_clicked(panel: MethodTab, house: House) -> None:
    panel.methods.choose("smoothgrad")
    house.state.set_target("unit:mean")
    panel.run_button.click()
    assert "Click a unit" in panel.pane.notice.sentence
    house.state.set_unit(3)
    assert panel.pane.notice.isHidden()


def test_that_what_was_closed_by_hand_is_not_said_again_with_the_next_picture(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    shown(panel, qtbot, "grad-cam")
    house.engine.problem = "This network has no such maps."
    house.show(2, moving=True)
    qtbot.waitUntil(lambda: not panel.pane.notice.isHidden())
    panel.pane.notice.close_by_hand()
    asked = len(house.engine.asked)
    house.show(3, moving=True)
    qtbot.waitUntil(lambda: len(house.engine.asked) > asked and panel.runner._job is None)
    assert panel.pane.notice.isHidden()
    panel.methods.choose("gradient")
    qtbot.waitUntil(lambda: not panel.pane.notice.isHidden())


def test_that_another_network_is_weighted_at_its_last_layer_again(panel: MethodTab, house: House) -> None:
    house.state.set_layer("layer1.conv1")
    panel.asked.layer.setCurrentIndex(1)
    house.state.set_layer("layer2.conv1")
    assert panel.asked.layer.currentData() == "layer2.conv1"
    house.state.set_network(
        networks.loaded(epoch=2, labels=LABELS), "layer2.conv1", None
    )  # again, or on another device
    assert panel.asked.layer.currentData() == "layer2.conv1"
    house.state.set_network(networks.loaded(name="other", epoch=3), None, None)
    assert panel.asked.layer.currentData() is None


def test_that_a_scale_held_before_there_was_one_is_held_from_the_first_map_on(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    panel.methods.choose("smoothgrad")
    panel.pane.view().hold.setChecked(True)
    panel.run_button.click()
    shown(panel, qtbot, "smoothgrad")
    assert panel.pane.view().drawn is not None
    before = panel.pane.view().drawn.high
    house.engine.result = lambda request: derivative(times=5)
    panel.run_button.click()
    qtbot.waitUntil(lambda: not panel.runner.busy)
    assert panel.pane.view().drawn.high == before


@pytest.mark.parametrize("names", [("grey",), ("red", "green"), ("red", "green", "blue"), ("channel 0", "channel 1")])
def test_that_every_channel_of_an_irregularity_has_its_name_and_colour(
    panel: MethodTab, house: House, qtbot: QtBot, names: tuple[str, ...]
) -> None:
    falling = np.linspace(0.5, -1.5, 5, dtype=np.float32)
    house.engine.result = lambda request: Curves(
        tuple(Line(name, falling) for name in names),
        np.linspace(0, 1, 5, dtype=np.float32),
        "way",
        "derivative",
        numbers={"result": np.stack([falling] * len(names), 1)},
        x_range=(0, 1),
        y_range=(0, 1),
    )
    panel.methods.choose("local-irregularity")
    panel.run_button.click()
    shown(panel, qtbot, "local-irregularity")
    assert tuple(line.name for line in panel.pane.view(Curves)._lines) == names
    inks = [_ink(index, line) for index, line in enumerate(panel.pane.view(Curves)._lines)]
    assert len(set(map(QColor.name, inks))) == len(names)
    assert panel.pane.view(Curves).y_span == (-1.5, 1.0)  # a derivative may be negative


@pytest.mark.parametrize("method", ["gradient", "local-irregularity"])
def test_that_notices_move_nothing_and_cover_no_control(
    panel: MethodTab, house: House, qtbot: QtBot, method: str
) -> None:
    panel.methods.choose(method)
    if method == "gradient":  # it is live, and its result takes notices back
        shown(panel, qtbot, method)
    controls = [part for part in panel.findChildren(QWidget) if isinstance(part, (QAbstractButton, QComboBox, QSlider))]
    controls = [part for part in controls if part.isVisible()]

    def places() -> list[QRect]:
        for _ in range(3):
            QApplication.processEvents()
        parts = (*controls, panel.pane.stage, panel.pane.title)
        return [QRect(part.mapTo(panel, QPoint()), part.size()) for part in parts]

    before = steady(qtbot, places)
    panel.extras[0].notice.show_notice("There is a softmax at the end. " * 5, "warning")
    panel.pane.notice.show_notice("The memory is full.", details="a\nb\nc")
    assert places() == before
    bars = [QRect(bar.mapTo(panel, QPoint()), bar.size()) for bar in (panel.extras[0].notice, panel.pane.notice)]
    assert not bars[0].intersects(bars[1])
    for bar in bars:
        assert not any(bar.intersects(place) for place in before[: len(controls)])
    assert all(bar.height() >= bar.heightForWidth(bar.width()) for bar in (panel.extras[0].notice, panel.pane.notice))
    lowest = panel.pane.notice.geometry().bottom()
    panel.pane.notice.clear()
    places()
    assert panel.extras[0].notice.geometry().bottom() == lowest


def test_that_a_class_of_any_name_is_named(house: House, qtbot: QtBot) -> None:
    house.begin(networks.loaded(labels=("<unk>",) * 10))
    panel = MethodTab(SALIENCY, house)
    qtbot.addWidget(panel)
    panel.show()
    shown(panel, qtbot, "grad-cam")
    assert QTextDocumentFragment.fromHtml(panel.pane.title.text()).toPlainText() == "Grad-CAM of <unk>: 8"


def test_that_what_a_method_came_to_is_there_again_when_it_is_chosen_again(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    panel.methods.choose("smoothgrad")
    panel.run_button.click()
    shown(panel, qtbot, "smoothgrad")
    before, asked = panel.pane.result, len(house.engine.asked)
    panel.methods.choose("rise")
    assert panel.pane.result is None
    assert not panel.pane.drawn
    panel.methods.choose("smoothgrad")
    assert panel.pane.result is before
    assert panel.pane.drawn
    assert "SmoothGrad" in panel.pane.title.text()
    assert len(house.engine.asked) == asked
    panel.methods.choose("rise")
    house.state.set_network(networks.loaded(name="other", epoch=2), None, None)
    panel.methods.choose("smoothgrad")
    assert panel.pane.result is None


def test_that_head_and_map_stay_where_they_are_whichever_method_is_chosen(panel: MethodTab, qtbot: QtBot) -> None:
    shown(panel, qtbot, "grad-cam")

    def places() -> list[QRect]:
        for _ in range(3):
            QApplication.processEvents()
        return [QRect(part.mapTo(panel, QPoint()), part.size()) for part in (panel.methods, panel.target, panel.pane)]

    before = steady(qtbot, places)
    for name in ("rise", "smoothgrad", "gradient", "local-irregularity", "grad-cam"):
        panel.methods.choose(name)
        assert places()[0] == before[0]
        assert places()[2] == before[2]


@pytest.mark.parametrize("method", ["grad-cam", "gradient"])
def test_that_a_map_with_nothing_on_it_says_so_beside_its_scale(
    panel: MethodTab, house: House, qtbot: QtBot, method: str
) -> None:
    shown(panel, qtbot, "grad-cam")
    assert panel.pane.view().legend.accessibleDescription() == "own scale"
    house.engine.result = lambda request: heat(times=0) if method == "grad-cam" else derivative(times=0)
    panel.methods.choose(method)
    house.show(2, moving=True)
    qtbot.waitUntil(lambda: panel.pane.view().legend.accessibleDescription() == "no positive evidence")


def test_that_nothing_of_the_method_before_stays_under_the_title_of_one_that_lacks_a_unit(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    shown(panel, qtbot, "grad-cam")
    house.state.set_target("unit:center")
    panel.methods.choose("gradient")
    assert panel.pane.title.text() == "<b>Gradient</b>"
    assert "Click a unit" in panel.pane.notice.sentence
    assert not panel.pane.drawn
