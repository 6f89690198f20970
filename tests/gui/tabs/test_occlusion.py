"""The Occlusion tab: it asks what its form says, the map fills in, a place shows its drop and its classes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from analysis.drawing.captions import Subject, caption
from analysis.pictures.masked import masked
from analysis.protocol.events import UnitView
from analysis.protocol.mask import Fill, Mask
from analysis.protocol.recipe import ModelChoice, Recipe, from_json, to_json
from analysis.protocol.requests import MethodRequest
from analysis.results.kinds import Heat
from gui.tabs.method_tab import MethodTab
from gui.tabs.occlusion import OCCLUSION
from gui.tabs.result_pane import EARLIER
from gui.views.class_rows import best_rows
from gui.views.how_far import stopped_after
from tests.gui import networks
from tests.gui.explaining import House, drops, live_answer


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[House]:
    made = House(qtbot)
    made.engine.result = lambda request: drops()
    yield made
    made.close()


@pytest.fixture
def panel(house: House, qtbot: QtBot) -> MethodTab:
    house.begin()
    panel = MethodTab(OCCLUSION, house)
    qtbot.addWidget(panel)
    panel.asked.form.set_values({"mask": 8, "stride": 4})
    panel.resize(900, 700)
    panel.show()
    return panel


def run(panel: MethodTab, qtbot: QtBot) -> None:
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.pane.result is not None)


def test_that_the_forms_settings_are_asked(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    panel.asked.form.set_values({"fill": "blur", "exact": False})
    run(panel, qtbot)
    recipe = house.engine.asked[-1].recipe
    assert recipe.method == "occlusion"
    assert recipe.settings == {"mask": 8, "stride": 4, "fill": "blur", "exact": False}
    assert panel.pane.view().drawn is not None
    assert "thing 9: 8" in panel.pane.title.text()


def test_that_the_map_fills_in_before_the_end(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.engine.problem_at_the_end = "The memory is full."
    panel.run_button.click()
    qtbot.waitUntil(lambda: not panel.pane.notice.isHidden())
    assert panel.pane.view().drawn is not None
    assert panel.pane.result is None
    assert not panel.pane.foot.export.isEnabled()


def test_that_the_loss_map_keeps_the_mask_and_names_its_own_class(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.state.set_target("unit:max")
    panel.methods.setCurrentIndex(1)
    panel.asked.form.set_values({"predicted": 4})
    assert panel.target.isHidden()
    run(panel, qtbot)
    recipe = house.engine.asked[-1].recipe
    assert (recipe.method, recipe.target, recipe.settings["mask"]) == ("occlusion-loss", "class", 8)
    assert "thing 4" in panel.pane.title.text()


def test_that_a_loss_map_of_the_networks_answer_names_it_with_its_log_probability(
    panel: MethodTab, qtbot: QtBot
) -> None:
    panel.methods.setCurrentIndex(1)
    run(panel, qtbot)
    assert panel.pane.title.text().endswith("(log-probability)")


def test_that_after_a_failure_it_says_how_to_begin(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.engine.problem = "A mask of 60 pixels does not fit."
    panel.run_button.click()
    qtbot.waitUntil(lambda: not panel.pane.notice.isHidden())
    assert panel.pane.view().drawn is None
    assert panel.pane.view().map.accessibleDescription() == OCCLUSION.empty


def test_that_the_form_fits_its_column(panel: MethodTab) -> None:
    for kind in (0, 1):
        panel.methods.setCurrentIndex(kind)
        assert panel.asked.form.minimumSizeHint().width() <= 200


def test_that_hovering_says_the_drop_and_shows_the_mask(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    run(panel, qtbot)
    panel.pane.view().map.place_hovered.emit(2, 3)
    assert "drops by <b>4</b>: 9 → 5" in panel.extras[0].words.text()
    assert "row 8, column 12" in panel.extras[0].words.text()
    panel.pane.view().over.place_hovered.emit(0, 0)  # the nearest place, whose answer rises
    assert "rises by <b>1</b>: 9 → 10" in panel.extras[0].words.text()
    panel.pane.view().map.place_hovered.emit(-1, -1)
    assert "Point at a place" in panel.extras[0].words.text()
    assert not house.engine.questions


def test_that_a_click_asks_for_the_classes_of_the_masked_picture(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    run(panel, qtbot)
    panel.pane.view().over.place_clicked.emit(14, 14)
    qtbot.waitUntil(lambda: bool(panel.extras[0].with_mask.rows))
    question = house.engine.questions[0]
    np.testing.assert_array_equal(question.picture, house.shown[-1].picture)
    assert question.mask is not None
    assert question.mask.size == 8
    assert 8 <= question.mask.top <= 14
    assert 8 <= question.mask.left <= 14
    assert [row.label for row in panel.extras[0].with_mask.rows][:2] == ["thing 0", "thing 1"]
    assert panel.extras[0].without_mask.rows[0].label == "thing 9"
    panel.pane.view().map.place_hovered.emit(-1, -1)
    assert "pinned" in panel.extras[0].words.text()


def test_that_a_place_can_be_asked_while_the_map_fills_in(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.engine.steps = 10**9  # it must not end before the answer is there
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.pane.view().drawn is not None)
    panel.pane.view().map.place_clicked.emit(1, 1)
    qtbot.waitUntil(lambda: bool(panel.extras[0].with_mask.rows))
    assert panel.runner.busy
    panel.run_button.click()
    assert not panel.runner.busy


def test_that_a_stopped_map_stays_and_says_how_far_it_came(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.engine.steps = 10**6
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.pane.view().drawn is not None)
    panel.run_button.click()
    assert panel.pane.view().drawn is not None
    assert "stopped after" in panel.pane.special
    assert panel.pane.notice.sentence.startswith("Stopped after ")
    assert panel.pane.foot.export.isEnabled()
    assert panel.pane.foot.trust.isEnabled()
    with qtbot.waitSignal(panel.export_wanted) as wanted:
        panel.pane.foot.export.click()
    shown = wanted.args[0]
    assert re.fullmatch(r"Stopped after [\d,]+ of 1,000,000\.", shown.remark)
    assert shown.recipe.picture is not None
    assert shown.recipe.picture.origin == house.shown[-1].frame.origin
    np.testing.assert_array_equal(shown.picture, house.shown[-1].picture)
    subject = Subject(shown.recipe, "a network", shown.picture, remark=shown.remark)
    assert shown.remark in caption(subject)


def test_that_escape_keeps_the_map_too_and_another_run_forgets_that_it_was_stopped(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    house.engine.steps = 10**6
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.pane.view().drawn is not None)
    house.jobs.cancel_newest()
    qtbot.waitUntil(lambda: not panel.runner.busy)
    assert "stopped after" in panel.pane.special
    house.engine.steps = 3
    run(panel, qtbot)
    qtbot.waitUntil(lambda: not panel.runner.busy)
    assert "stopped" not in panel.pane.special
    assert panel.pane.result is not None
    assert panel.pane.result.remark == ""


def test_that_what_was_stopped_before_there_was_anything_is_no_result(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    house.engine.gate.clear()
    panel.run_button.click()
    assert house.engine.entered.wait(30)
    panel.run_button.click()
    assert panel.pane.result is None
    assert not panel.pane.foot.export.isEnabled()
    house.engine.gate.set()


def test_that_a_map_of_an_earlier_picture_says_so(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    run(panel, qtbot)
    qtbot.waitUntil(lambda: not panel.runner.busy)
    assert EARLIER not in panel.pane.special
    house.show(2)
    assert EARLIER in panel.pane.special
    panel.pane.forget()
    run(panel, qtbot)
    assert EARLIER not in panel.pane.special


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ((845, 9409, "845 of 9,409 places, now every place; quick."), "stopped after 845 of 9,409 places"),
        ((845, 9409, "Why cat? 845 of 9,409 places, now every place."), "stopped after 845 of 9,409 places"),
        ((3, 50, ""), "stopped after 3 of 50"),
        ((0.5, 1, ""), "stopped after 50 %"),
        ((0, 0, ""), "stopped"),
    ],
)
def test_that_where_it_was_stopped_is_said_with_what_was_counted(step: tuple[float, float, str], words: str) -> None:
    assert stopped_after(*step) == words


def test_that_a_second_click_lets_go(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    run(panel, qtbot)
    panel.pane.view().map.place_clicked.emit(1, 1)
    qtbot.waitUntil(lambda: bool(panel.extras[0].with_mask.rows))
    panel.pane.view().map.place_clicked.emit(1, 1)
    assert not panel.extras[0].with_mask.rows
    assert panel.extras[0].pinned is None


def test_that_another_network_clears_the_map(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    run(panel, qtbot)
    house.state.set_network(networks.loaded(name="other", epoch=2), None, None)
    assert panel.pane.result is None
    assert not panel.pane.foot.export.isEnabled()


@pytest.mark.parametrize("fill", get_args(Fill))
def test_that_a_mask_changes_its_square_only(fill: str) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    shown = masked(picture, Mask(15, 25, 10, fill))  # type: ignore[arg-type]
    outside = np.ones((20, 30), bool)
    outside[15:, 25:] = False
    assert (shown[outside] == picture[outside]).all()
    assert (shown[~outside] != picture[~outside]).any()
    inside = shown[~outside]
    if fill == "black":
        assert not inside.any()
    if fill == "mean":
        assert abs(inside.mean(0) - picture.mean((0, 1))).max() < 0.51


def test_that_a_place_is_told_as_the_map_was_asked_whatever_is_chosen_since(panel: MethodTab, qtbot: QtBot) -> None:
    run(panel, qtbot)
    panel.methods.setCurrentIndex(1)
    assert not panel.pane.drawn
    panel.methods.setCurrentIndex(0)
    panel.asked.form.set_values({"mask": 20})
    panel.pane.view().map.place_hovered.emit(2, 3)
    assert "drops by <b>4</b>: 9 → 5" in panel.extras[0].words.text()


def test_that_what_is_told_of_a_place_follows_the_map_as_it_sharpens(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    steps = iter([drops(times=0), drops(), drops(times=0)])

    def step(_request: MethodRequest) -> Heat:
        house.engine.gate.clear()  # the next one waits for the test
        return next(steps)

    def says(words: str) -> None:
        qtbot.waitUntil(lambda: words in panel.extras[0].words.text())

    house.engine.result = step
    panel.run_button.click()
    qtbot.waitUntil(lambda: panel.pane.view().drawn is not None)
    panel.pane.view().map.place_clicked.emit(2, 3)
    panel.pane.view().map.place_hovered.emit(-1, -1)
    says("drops by <b>0</b>")
    house.engine.gate.set()
    says("drops by <b>4</b>")
    assert "pinned" in panel.extras[0].words.text()
    panel.pane.view().map.place_hovered.emit(0, 0)
    assert "row 0, column 0" in panel.extras[0].words.text()
    assert "drops by <b>0</b>" not in panel.extras[0].words.text()
    house.engine.gate.set()
    says("drops by <b>0</b>")
    assert "row 0, column 0" in panel.extras[0].words.text()


def test_that_a_run_that_is_stopped_before_its_map_no_longer_says_that_it_comes(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    house.engine.result = lambda request: None
    house.engine.gate.clear()
    panel.run_button.click()
    assert panel.pane.view().map.accessibleDescription() == OCCLUSION.running
    assert house.engine.entered.wait(30)
    assert house.jobs.cancel_newest()
    house.engine.gate.set()
    qtbot.waitUntil(lambda: not panel.runner.busy)
    assert panel.pane.view().map.accessibleDescription() == OCCLUSION.empty
    panel.run_button.click()
    panel.run_button.click()
    assert panel.pane.view().map.accessibleDescription() == OCCLUSION.empty


def test_that_the_strongest_response_of_a_layer_needs_no_unit(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    house.state.set_target("unit:max")
    run(panel, qtbot)
    recipe = house.engine.asked[-1].recipe
    assert (recipe.layer, recipe.unit, recipe.target) == ("stem", None, "unit:max")


def test_that_a_network_without_classes_is_not_asked_for_them(house: House, qtbot: QtBot) -> None:
    house.begin(replace(networks.loaded(), output="picture"))
    house.state.set_unit(1)
    house.state.set_target("unit:mean")
    panel = MethodTab(OCCLUSION, house)
    qtbot.addWidget(panel)
    run(panel, qtbot)
    panel.pane.view().map.place_clicked.emit(1, 1)
    assert panel.extras[0].pinned == (1, 1)
    assert "pinned" in panel.extras[0].words.text()
    assert not house.engine.questions
    assert "no classes" in panel.extras[0].without_mask.empty_text


def test_that_a_recipe_leaves_nothing_as_it_was_set_before(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    panel.asked.form.set_values({"fill": "blur", "exact": False})
    panel.show_recipe(Recipe(ModelChoice("smallnet"), method="occlusion", settings={"mask": 9}))
    qtbot.waitUntil(lambda: panel.pane.result is not None)
    assert house.engine.asked[-1].recipe.settings == {"mask": 9, "stride": 2, "fill": "grey", "exact": True}


def test_that_the_explained_class_is_marked_also_when_it_is_the_best_one(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    run(panel, qtbot)
    panel.pane.view().map.place_clicked.emit(1, 1)
    qtbot.waitUntil(lambda: bool(panel.extras[0].with_mask.rows))
    assert [row.label for row in panel.extras[0].without_mask.rows if row.explained] == ["thing 9"]


def test_that_a_recipe_brings_the_pinned_place_back(panel: MethodTab, house: House, qtbot: QtBot) -> None:
    run(panel, qtbot)
    panel.pane.view().map.place_clicked.emit(1, 2)
    with qtbot.waitSignal(panel.export_wanted) as exported:
        panel.pane.foot.export.click()
    made = from_json(to_json(exported.args[0].recipe))
    assert made.pinned == (1, 2)
    panel.pane.view().map.place_clicked.emit(1, 2)
    assert panel.extras[0].pinned is None
    panel.show_recipe(made)
    qtbot.waitUntil(lambda: panel.extras[0].pinned == (1, 2))
    assert "pinned" in panel.extras[0].words.text()
    assert house.engine.asked[-1].recipe.pinned is None  # no part of what is computed
    panel.show_recipe(replace(made, pinned=(99, 0)))
    qtbot.waitUntil(lambda: panel.pane.result is not None)
    assert panel.extras[0].pinned is None


def test_that_the_map_stays_where_it_is_from_the_first_step_to_the_last_word(
    panel: MethodTab, house: House, qtbot: QtBot
) -> None:
    def place() -> QRect:
        for _ in range(3):
            QApplication.processEvents()
        return QRect(panel.pane.view().map.mapTo(panel, QPoint()), panel.pane.view().map.size())

    panel.resize(630, 640)
    before = place()
    run(panel, qtbot)
    panel.pane.note.setText("9,409 places, exact: only what a mask changes is computed again and checked. " * 3)
    assert place() == before
    panel.pane.notice.show_notice("The memory is full. " * 4)
    assert place() == before
    assert not any(
        QRect(panel.pane.notice.mapTo(panel, QPoint()), panel.pane.notice.size()).intersects(
            QRect(part.mapTo(panel, QPoint()), part.size())
        )
        for part in (
            panel.run_button,
            panel.pane.foot.export,
            panel.pane.view().clip,
            panel.pane.view().legend,
            panel.extras[0].words,
        )
    )


def test_that_the_value_under_the_cursor_is_whole_in_a_narrow_tab(panel: MethodTab, qtbot: QtBot) -> None:
    panel.resize(560, 640)
    run(panel, qtbot)
    QApplication.processEvents()
    hover = panel.pane.view().hover
    panel.pane.view().map.place_hovered.emit(2, 3)
    assert hover.text().startswith("4")
    hover.say("0.123456   row 1,234, column 5,678" * 3, "0.12")
    assert hover.text() == "0.12"


def test_that_the_title_names_the_explained_unit_whichever_is_looked_at_since(
    panel: MethodTab, house: House, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = UnitView("stem", 9, np.eye(4, dtype=np.float32), 1.0, (0, 0), (), np.zeros(4, np.int64), (0, 1), 0.5, 1)
    monkeypatch.setattr(house.engine, "live", lambda asked: replace(live_answer(asked, None), unit=unit))
    house.state.set_unit(5)
    house.state.set_target("unit:mean")
    qtbot.waitUntil(lambda: house.shown[-1].unit is not None)
    run(panel, qtbot)
    assert panel.runner.answer is not None
    assert panel.runner.answer.unit is unit
    assert panel.pane.title.text().endswith("stem · unit 5, mean")


def test_that_a_single_output_is_told_by_its_value() -> None:
    (row,) = best_rows(networks.loaded(), np.array([1.25], np.float32), 0, 5)
    assert (row.words, row.explained) == ("1.25", True)
