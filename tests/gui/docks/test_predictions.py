"""The Predictions dock: right numbers, honest about what is no number, steady while pictures stream."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea
from pytestqt.qtbot import QtBot

from analysis.protocol.answer_words import softmax
from analysis.protocol.events import Live
from analysis.protocol.frame import Frame
from analysis.protocol.number_words import percent
from gui import theme
from gui.docks.predictions import TOP, PredictionsPanel
from gui.selection import State
from tests.gui.networks import loaded

LABELS = tuple(f"label {i}" for i in range(10))


def scores(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32)


@pytest.fixture
def state(qapp: QApplication) -> State:
    return State()


@pytest.fixture
def panel(state: State, qtbot: QtBot) -> PredictionsPanel:
    dock = PredictionsPanel(state)
    dock.resize(340, 300)
    qtbot.addWidget(dock)
    return dock


def shown(panel: PredictionsPanel) -> list[tuple[str, str]]:
    return [(row.label, row.words) for row in panel.bars.rows]


def live(logits: NDArray[np.float32] | None, number: int, origin: str = "camera", moving: bool = True) -> Live:
    frame = Frame(np.zeros((4, 4, 3), np.uint8), number, origin, 0.0, moving)
    parts: dict[str, Any] = {field.name: None for field in fields(Live)}
    return Live(**parts | {"request_id": number, "epoch": 1, "frame": frame, "picture": frame.pixels, "logits": logits})


def test_that_softmax_is_softmax_also_for_huge_logits() -> None:
    logits = scores(1000, 999, -2000)
    assert softmax(logits) == pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1)), 0])
    assert softmax(scores(np.nan, 0, 0)) == pytest.approx([0, 0.5, 0.5])
    assert softmax(scores(np.nan, np.inf)) == pytest.approx([0, 0])


def test_that_percents_never_claim_zero_for_something() -> None:
    assert percent(0.6123) == "61.2 %"
    assert percent(1e-9) == "<0.1 %"
    assert percent(0) == "0.0 %"
    assert percent(0.0006) == "0.1 %"


def test_that_it_says_what_it_will_show(panel: PredictionsPanel) -> None:
    assert "five classes" in panel.bars.empty_text
    assert not panel.grab().isNull()


def test_that_the_five_strongest_are_shown_with_names(panel: PredictionsPanel) -> None:
    panel.show_logits(np.arange(10, dtype=np.float32), LABELS)
    assert [label for label, _ in shown(panel)] == ["label 9", "label 8", "label 7", "label 6", "label 5"]
    expected = softmax(np.arange(10, dtype=np.float32))
    assert [words for _, words in shown(panel)] == [percent(expected[i]) for i in (9, 8, 7, 6, 5)]
    assert not panel.grab().isNull()


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_that_few_classes_are_no_trouble(panel: PredictionsPanel, classes: int) -> None:
    panel.show_logits(np.linspace(-1, 1, classes).astype(np.float32), None)
    assert len(shown(panel)) == classes
    assert shown(panel)[0][0] == f"class {classes - 1}"
    assert not panel.grab().isNull()


def test_that_classes_without_a_label_are_shown_by_number(panel: PredictionsPanel) -> None:
    panel.show_logits(scores(0, 1, 5), ("a", "b"))
    assert shown(panel)[0][0] == "class 2"


def test_that_logits_can_be_shown_instead_and_bars_begin_at_zero(panel: PredictionsPanel) -> None:
    panel.show_logits(scores(4, -4), None)
    panel.values.setCurrentIndex(1)
    assert [words for _, words in shown(panel)] == ["4.00", "-4.00"]
    first, second = panel.bars.rows
    assert (first.start, first.end) == (0.5, 1.0)
    assert (second.start, second.end) == (0.5, 0.0)


def test_that_what_is_no_number_is_said_and_left_out(panel: PredictionsPanel) -> None:
    panel.show_logits(scores(1, np.nan, 3, np.inf), None)
    assert "2 of 4" in panel.notice.sentence
    assert [label for label, _ in shown(panel)] == ["class 2", "class 0"]
    panel.show_logits(scores(np.nan, np.nan), None, streams=False)
    assert "every class" in panel.notice.sentence
    assert "no class score" in panel.bars.empty_text
    panel.show_logits(scores(1, 2), None, streams=False)
    assert panel.notice.sentence == ""


def test_that_one_bad_frame_does_not_spoil_the_smoothed_ones_after_it(panel: PredictionsPanel) -> None:
    panel.smoothing.setCurrentIndex(2)
    panel.show_logits(scores(1, 2), None)
    panel.show_logits(scores(np.nan, np.nan), None)
    panel.show_logits(scores(1, 2), None)
    panel.show_logits(scores(1, 2), None)
    panel.values.setCurrentIndex(1)
    assert shown(panel) == [("class 1", "2.00"), ("class 0", "1.00")]


def test_that_smoothing_is_an_exponential_mean_over_frames(panel: PredictionsPanel, qtbot: QtBot) -> None:
    panel.smoothing.setCurrentIndex(1)
    panel.values.setCurrentIndex(1)
    for number, value in enumerate((10.0, 0.0, 0.0)):
        panel.show_live(live(scores(value, -100), number))
    qtbot.waitUntil(lambda: shown(panel)[0][1] == f"{10 * 0.7 * 0.7:.2f}")


def test_that_smoothing_begins_with_the_newest_frame_also_where_no_one_was_painted(
    panel: PredictionsPanel, qtbot: QtBot
) -> None:
    panel.values.setCurrentIndex(1)
    for number, value in enumerate((10.0, 20.0, 4.0)):
        panel.show_live(live(scores(value, -100), number))
    panel.smoothing.setCurrentIndex(1)
    panel.show_live(live(scores(0, -100), 3))
    qtbot.waitUntil(lambda: shown(panel)[0][1] == f"{4 * 0.7:.2f}")


def test_that_a_pinned_class_begins_with_the_newest_frame_and_keeps_all_that_follow(panel: PredictionsPanel) -> None:
    for number, value in enumerate((0.0, 0.0, 2.0)):
        panel.show_live(live(scores(value, 0), number))
    panel.toggle_pin(0)
    panel.show_live(live(scores(1, 0), 3))
    panel.show_live(live(scores(0, 0), 4))
    panel.toggle_pin(1)  # paints
    kept = next(row for row in panel.bars.rows if row.index == 0 and row.history).history
    most = float(softmax(scores(2, 0))[0])
    assert kept == pytest.approx([1, float(softmax(scores(1, 0))[0]) / most, 0.5 / most])


def test_that_the_frames_of_a_video_are_one_stream(panel: PredictionsPanel, qtbot: QtBot) -> None:
    panel.smoothing.setCurrentIndex(1)
    panel.values.setCurrentIndex(1)
    for number, value in enumerate((10.0, 0.0, 0.0)):
        panel.show_live(live(scores(value, -100), number, origin=f"/films/cat.mp4#t={number / 10:.3f}"))
    qtbot.waitUntil(lambda: shown(panel)[0][1] == f"{10 * 0.7 * 0.7:.2f}")


def test_that_asking_again_for_the_same_frame_does_not_count_twice(panel: PredictionsPanel, qtbot: QtBot) -> None:
    panel.smoothing.setCurrentIndex(1)
    panel.values.setCurrentIndex(1)
    for number, value in ((0, 10.0), (1, 0.0), (1, 0.0), (1, 0.0)):
        panel.show_live(live(scores(value, -100), number))
    qtbot.waitUntil(lambda: shown(panel)[0][1] == "7.00")


@pytest.mark.parametrize("jump", [{"moving": False}, {"origin": "/other.png"}])
def test_that_a_picture_that_jumps_begins_smoothing_anew(panel: PredictionsPanel, jump: dict[str, Any]) -> None:
    panel.smoothing.setCurrentIndex(2)
    panel.values.setCurrentIndex(1)
    panel.show_live(live(scores(10, -100), 0))
    panel.show_live(live(scores(3, -100), 1, **jump))
    assert shown(panel)[0][1] == "3.00"


def test_that_another_network_forgets_everything(panel: PredictionsPanel, state: State) -> None:
    panel.show_logits(scores(0, 1, 2), None)
    panel.toggle_pin(0)
    state.set_network(loaded(), None, None)
    assert shown(panel) == []
    assert panel.bars.empty_text
    panel.show_logits(scores(*range(10)), None)
    assert len(shown(panel)) == TOP


def test_that_a_pinned_class_stays_shown_with_its_history(panel: PredictionsPanel) -> None:
    panel.show_logits(np.arange(10, dtype=np.float32), LABELS)
    panel.toggle_pin(1)
    panel.show_logits(scores(*range(10)), LABELS)
    assert shown(panel)[-1][0] == "label 1"
    assert len(shown(panel)) == TOP + 1
    assert len(panel.bars.rows[-1].history) == 2
    assert not panel.grab().isNull()
    panel.toggle_pin(1)
    assert len(shown(panel)) == TOP


def test_that_a_click_explains_a_class_and_another_click_takes_it_back(
    panel: PredictionsPanel, state: State, qtbot: QtBot
) -> None:
    panel.show_logits(np.arange(10, dtype=np.float32), LABELS)
    panel.show()
    place = panel.bars.rect_of(2).center().toPoint()
    qtbot.mouseClick(panel.bars, Qt.MouseButton.LeftButton, pos=place)
    assert state.target == "class:7"
    assert [row.explained for row in panel.bars.rows] == [False, False, True, False, False]
    qtbot.mouseClick(panel.bars, Qt.MouseButton.LeftButton, pos=place)
    assert state.target == "class"
    assert panel.bars.rows[0].explained


def test_that_the_kind_of_target_is_kept(panel: PredictionsPanel, state: State) -> None:
    panel.show_logits(np.arange(10, dtype=np.float32), LABELS)
    state.set_target("probability:2")
    panel.bars.class_chosen.emit(4)
    assert state.target == "probability:4"
    state.set_target("unit:max")
    assert not any(row.explained for row in panel.bars.rows)
    panel.bars.class_chosen.emit(4)
    assert state.target == "class:4"


def test_that_a_click_on_the_star_pins(panel: PredictionsPanel, state: State, qtbot: QtBot) -> None:
    panel.show_logits(np.arange(10, dtype=np.float32), LABELS)
    panel.show()
    qtbot.mouseClick(panel.bars, Qt.MouseButton.LeftButton, pos=panel.bars.pin_rect(1).center().toPoint())
    assert panel.bars.rows[-1].pinned
    assert panel.bars.rows[-1].index == 8
    assert state.target == "class"


def test_that_it_works_with_the_keyboard(panel: PredictionsPanel, state: State, qtbot: QtBot) -> None:
    panel.show_logits(np.arange(10, dtype=np.float32), LABELS)
    panel.show()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(panel.bars, key)
    qtbot.keyClick(panel.bars, Qt.Key.Key_Return)
    assert state.target == "class:7"
    qtbot.keyClick(panel.bars, Qt.Key.Key_Asterisk)
    assert panel.bars.rows[-1].index == 7


def test_that_the_menu_of_a_class_explains_pins_and_copies(panel: PredictionsPanel, state: State) -> None:
    panel.show_logits(np.arange(10, dtype=np.float32), LABELS)
    panel.bars.menu_wanted.emit(3, QPoint(0, 0))
    menu = panel.findChild(QMenu)
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions()] == ["Explain this class", "Pin", "Copy “label 3”"]
    explained: list[int] = []
    panel.explain_wanted.connect(explained.append)
    for action in menu.actions()[:3]:
        action.trigger()
    assert explained == [3]
    assert panel.bars.rows[-1].index == 3
    assert QGuiApplication.clipboard().text() == "label 3"
    menu.close()


def test_that_a_picture_is_shown_instead_of_bars(panel: PredictionsPanel) -> None:
    panel.show_logits(np.arange(10, dtype=np.float32), LABELS)
    panel.show()
    panel.show_picture(np.zeros((8, 8, 3), np.uint8))
    assert not panel.bars.isVisible()
    panel.show_logits(np.arange(10, dtype=np.float32), LABELS)
    assert panel.bars.isVisible()


def test_that_five_classes_have_room_and_more_pinned_ones_can_be_scrolled_to(panel: PredictionsPanel) -> None:
    panel.show_logits(np.arange(20, dtype=np.float32), None)
    panel.show()
    panel.resize(panel.minimumSizeHint())
    assert panel.bars.visibleRegion().boundingRect().height() >= panel.bars.rect_of(TOP - 1).bottom()
    for index in range(10):
        panel.toggle_pin(index)
    assert panel.bars.minimumSizeHint().height() >= panel.bars.rect_of(TOP + 9).bottom()


def test_that_a_network_without_classes_says_so(panel: PredictionsPanel) -> None:
    panel.show_live(live(None, 1))
    assert "neither classes nor a picture" in panel.bars.empty_text


def test_that_every_place_of_the_widget_can_be_clicked(panel: PredictionsPanel, qtbot: QtBot) -> None:
    panel.show_logits(scores(1, 2), None)
    panel.show()
    for y in range(0, panel.bars.height(), 3):
        qtbot.mouseClick(panel.bars, Qt.MouseButton.LeftButton, pos=QPointF(2, y).toPoint())


def test_that_larger_type_gets_more_room(panel: PredictionsPanel) -> None:
    before = panel.minimumSizeHint().height()
    font = panel.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    panel.setFont(font)
    assert panel.minimumSizeHint().height() > before + 40


def test_that_what_it_says_of_no_numbers_moves_nothing_and_is_said_until_it_is_closed(
    panel: PredictionsPanel, state: State
) -> None:
    panel.show()
    panel.show_logits(np.arange(10, dtype=np.float32), LABELS)
    QApplication.processEvents()
    places = [part.geometry() for part in (panel._scroll, panel._choices, panel.bars)]
    panel.show_logits(scores(*range(9), np.nan), LABELS)
    QApplication.processEvents()
    assert panel.notice.isVisible()
    assert [part.geometry() for part in (panel._scroll, panel._choices, panel.bars)] == places
    assert panel.rect().contains(panel.notice.geometry())
    assert panel.notice.geometry().bottom() == panel.rect().bottom()
    panel.notice.close_by_hand()
    panel.show_logits(scores(*range(8), np.nan, np.inf), LABELS)
    assert not panel.notice.isVisible()
    state.set_network(loaded(), None, None)
    panel.show_logits(scores(*range(9), np.nan), LABELS)
    assert panel.notice.isVisible()


def test_that_the_strongest_classes_are_in_sight_in_larger_type(panel: PredictionsPanel, qapp: QApplication) -> None:
    panel.resize(300, 100)
    panel.show()
    panel.show_logits(np.arange(10, dtype=np.float32), LABELS)
    for projector in (True, False, True):
        theme.apply(qapp, "dark", projector)
        for _ in range(5):
            QApplication.processEvents()
        panel.resize(panel.width(), panel.minimumSizeHint().height())
        QApplication.processEvents()
        area = panel.findChild(QScrollArea)
        assert isinstance(area, QScrollArea)
        assert area.viewport().height() >= panel.bars.height_of(TOP)
        assert panel.bars.height_of(TOP) >= TOP * panel.bars.fontMetrics().height()
