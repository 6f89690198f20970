"""The Predictions dock: right numbers, honest about what is no number, steady while pictures stream."""

from dataclasses import fields, replace
from itertools import count
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea
from pytestqt.qtbot import QtBot

from analysis.protocol.answer_words import softmax
from analysis.protocol.events import ClassPlaces, FoundBoxes, Live
from analysis.protocol.frame import Frame
from analysis.protocol.number_words import percent
from analysis.results.class_colours import colour_of_class, coloured
from gui import theme
from gui.docks.predictions import TOP, PredictionsPanel
from gui.selection import State
from gui.views.image_view import ImageView
from tests.gui.networks import loaded
from tests.gui.the import the

LABELS = tuple(f"label {i}" for i in range(10))
NUMBERS = count(1)  # of frames


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


@pytest.fixture
def named(panel: PredictionsPanel, state: State) -> PredictionsPanel:
    """It knows the classes by name."""
    state.set_network(replace(loaded(), labels=LABELS), None, None)
    return panel


def shown(panel: PredictionsPanel) -> list[tuple[str, str]]:
    return [(row.label, row.words) for row in panel.bars.rows]


def live(logits: NDArray[np.float32] | None, number: int, origin: str = "camera", moving: bool = True) -> Live:
    frame = Frame(np.zeros((4, 4, 3), np.uint8), number, origin, 0.0, moving)
    parts: dict[str, Any] = {field.name: None for field in fields(Live)}
    return Live(**parts | {"request_id": number, "epoch": 1, "frame": frame, "picture": frame.pixels, "logits": logits})


def show(panel: PredictionsPanel, logits: NDArray[np.float32], moving: bool = False) -> None:
    """The answer to another picture, or to the next frame of a camera."""
    panel.show_live(live(logits, next(NUMBERS), moving=moving))


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


def test_that_the_five_strongest_are_shown_with_names(named: PredictionsPanel) -> None:
    show(named, np.arange(10, dtype=np.float32))
    assert [label for label, _ in shown(named)] == ["label 9", "label 8", "label 7", "label 6", "label 5"]
    expected = softmax(np.arange(10, dtype=np.float32))
    assert [words for _, words in shown(named)] == [percent(expected[i]) for i in (9, 8, 7, 6, 5)]
    assert not named.grab().isNull()


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_that_few_classes_are_no_trouble(panel: PredictionsPanel, classes: int) -> None:
    show(panel, np.linspace(-1, 1, classes).astype(np.float32))
    assert len(shown(panel)) == classes
    assert shown(panel)[0][0] == f"class {classes - 1}"
    assert not panel.grab().isNull()


def test_that_classes_without_a_label_are_shown_by_number(panel: PredictionsPanel, state: State) -> None:
    state.set_network(replace(loaded(), labels=("a", "b")), None, None)
    show(panel, scores(0, 1, 5))
    assert shown(panel)[0][0] == "class 2"


def test_that_logits_can_be_shown_instead_and_bars_begin_at_zero(panel: PredictionsPanel) -> None:
    show(panel, scores(4, -4))
    panel.values.setCurrentIndex(1)
    assert [words for _, words in shown(panel)] == ["4.00", "-4.00"]
    first, second = panel.bars.rows
    assert (first.start, first.end) == (0.5, 1.0)
    assert (second.start, second.end) == (0.5, 0.0)


def test_that_what_is_no_number_is_said_and_left_out(panel: PredictionsPanel) -> None:
    show(panel, scores(1, np.nan, 3, np.inf))
    assert "2 of 4" in panel.notice.sentence
    assert [label for label, _ in shown(panel)] == ["class 2", "class 0"]
    show(panel, scores(np.nan, np.nan))
    assert "every class" in panel.notice.sentence
    assert "no class score" in panel.bars.empty_text
    show(panel, scores(1, 2))
    assert panel.notice.sentence == ""


def test_that_one_bad_frame_does_not_spoil_the_smoothed_ones_after_it(panel: PredictionsPanel) -> None:
    panel.smoothing.setCurrentIndex(2)
    show(panel, scores(1, 2))
    show(panel, scores(np.nan, np.nan))
    show(panel, scores(1, 2))
    show(panel, scores(1, 2))
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
    show(panel, scores(0, 1, 2))
    panel.toggle_pin(0)
    state.set_network(loaded(), None, None)
    assert shown(panel) == []
    assert panel.bars.empty_text
    show(panel, scores(*range(10)))
    assert len(shown(panel)) == TOP


def test_that_a_pinned_class_stays_shown_with_its_history(named: PredictionsPanel) -> None:
    show(named, np.arange(10, dtype=np.float32))
    named.toggle_pin(1)
    show(named, scores(*range(10)))
    assert shown(named)[-1][0] == "label 1"
    assert len(shown(named)) == TOP + 1
    assert len(named.bars.rows[-1].history) == 2
    assert not named.grab().isNull()
    named.toggle_pin(1)
    assert len(shown(named)) == TOP


def test_that_a_click_explains_a_class_and_another_click_takes_it_back(
    named: PredictionsPanel, state: State, qtbot: QtBot
) -> None:
    show(named, np.arange(10, dtype=np.float32))
    named.show()
    place = named.bars.rect_of(2).center().toPoint()
    qtbot.mouseClick(named.bars, Qt.MouseButton.LeftButton, pos=place)
    assert state.target == "class:7"
    assert [row.explained for row in named.bars.rows] == [False, False, True, False, False]
    qtbot.mouseClick(named.bars, Qt.MouseButton.LeftButton, pos=place)
    assert state.target == "class"
    assert named.bars.rows[0].explained


def test_that_the_kind_of_target_is_kept(named: PredictionsPanel, state: State) -> None:
    show(named, np.arange(10, dtype=np.float32))
    state.set_target("probability:2")
    named.bars.class_chosen.emit(4)
    assert state.target == "probability:4"
    state.set_target("unit:max")
    assert not any(row.explained for row in named.bars.rows)
    named.bars.class_chosen.emit(4)
    assert state.target == "class:4"


def test_that_a_click_on_the_star_pins(named: PredictionsPanel, state: State, qtbot: QtBot) -> None:
    show(named, np.arange(10, dtype=np.float32))
    named.show()
    qtbot.mouseClick(named.bars, Qt.MouseButton.LeftButton, pos=named.bars.pin_rect(1).center().toPoint())
    assert named.bars.rows[-1].pinned
    assert named.bars.rows[-1].index == 8
    assert state.target == "class"


def test_that_it_works_with_the_keyboard(named: PredictionsPanel, state: State, qtbot: QtBot) -> None:
    show(named, np.arange(10, dtype=np.float32))
    named.show()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(named.bars, key)
    qtbot.keyClick(named.bars, Qt.Key.Key_Return)
    assert state.target == "class:7"
    qtbot.keyClick(named.bars, Qt.Key.Key_Asterisk)
    assert named.bars.rows[-1].index == 7


def test_that_the_menu_of_a_class_explains_pins_and_copies(named: PredictionsPanel, state: State) -> None:
    show(named, np.arange(10, dtype=np.float32))
    named.bars.menu_wanted.emit(3, QPoint(0, 0))
    menu = named.findChild(QMenu)
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions()] == ["Explain “label 3”", "Pin", "Copy “label 3”"]
    explained: list[int] = []
    named.explain_wanted.connect(explained.append)
    for action in menu.actions()[:3]:
        action.trigger()
    assert explained == [3]
    assert named.bars.rows[-1].index == 3
    assert QGuiApplication.clipboard().text() == "label 3"
    menu.close()


def test_that_a_picture_is_shown_instead_of_bars(named: PredictionsPanel) -> None:
    show(named, np.arange(10, dtype=np.float32))
    named.show()
    named.show_picture(np.zeros((8, 8, 3), np.uint8))
    assert not named.bars.isVisible()
    show(named, np.arange(10, dtype=np.float32))
    assert named.bars.isVisible()


def test_that_five_classes_have_room_and_more_pinned_ones_can_be_scrolled_to(panel: PredictionsPanel) -> None:
    show(panel, np.arange(20, dtype=np.float32))
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
    show(panel, scores(1, 2))
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
    named: PredictionsPanel, state: State
) -> None:
    named.show()
    show(named, np.arange(10, dtype=np.float32))
    QApplication.processEvents()
    parts = (the(named, QScrollArea), named.values, named.smoothing, named.bars)
    places = [part.mapTo(named, QPoint()) for part in parts], named.bars.size()
    show(named, scores(*range(9), np.nan))
    QApplication.processEvents()
    assert named.notice.isVisible()
    assert ([part.mapTo(named, QPoint()) for part in parts], named.bars.size()) == places
    assert named.rect().contains(named.notice.geometry())
    assert named.notice.geometry().bottom() == named.rect().bottom()
    named.notice.close_by_hand()
    show(named, scores(*range(8), np.nan, np.inf))
    assert not named.notice.isVisible()
    state.set_network(loaded(), None, None)
    show(named, scores(*range(9), np.nan))
    assert named.notice.isVisible()


def test_that_the_strongest_classes_are_in_sight_in_larger_type(named: PredictionsPanel, qapp: QApplication) -> None:
    named.resize(300, 100)
    named.show()
    show(named, np.arange(10, dtype=np.float32))
    for projector in (True, False, True):
        theme.apply(qapp, "dark", projector)
        for _ in range(5):
            QApplication.processEvents()
        named.resize(named.width(), named.minimumSizeHint().height())
        QApplication.processEvents()
        area = named.findChild(QScrollArea)
        assert isinstance(area, QScrollArea)
        assert area.viewport().height() >= named.bars.height_of(TOP)
        assert named.bars.height_of(TOP) >= TOP * named.bars.fontMetrics().height()


def test_that_a_map_of_classes_is_drawn_in_their_colours_with_their_shares(
    panel: PredictionsPanel, state: State, qtbot: QtBot
) -> None:
    state.set_network(loaded(labels=LABELS), None, None)
    classes = np.zeros((4, 6), np.int32)
    classes[1:3, 2:6] = 7
    panel.show_places(ClassPlaces(classes, ((0, 16 / 24), (7, 8 / 24))))
    assert [(row.label, row.words) for row in panel.bars.rows] == [("label 0", "66.7 %"), ("label 7", "33.3 %")]
    assert panel.bars.rows[1].colour == colour_of_class(7)
    picture = the(panel, ImageView)
    assert not picture.isHidden()
    picture.place_clicked.emit(2, 5)
    assert state.target == "class:7@2,5"
    assert [row.explained for row in panel.bars.rows] == [False, True]
    panel.bars.class_chosen.emit(7)
    assert state.target == "class:7"
    show(panel, scores(0, 3, 1))
    assert picture.isHidden()
    assert panel.bars.rows[0].label == "label 1"


def test_that_no_two_classes_have_one_colour() -> None:
    colours = {colour_of_class(index) for index in range(150)}
    assert len(colours) == 150
    made = coloured(np.array([[0, 3], [149, 3]], np.int32))
    assert [tuple(one) for one in made.reshape(-1, 3)] == [colour_of_class(i) for i in (0, 3, 149, 3)]


def test_that_a_box_that_was_found_is_a_row_and_its_score_is_explained(named: PredictionsPanel, state: State) -> None:
    corners = np.array([[1, 2, 5, 6], [0, 0, 3, 3], [0, 1, 9, 3]], np.float32)
    boxes = FoundBoxes(corners, np.array([0.6, 0.9, 0.1], np.float32), np.array([4, 7, 1]))
    named.show_live(replace(live(None, 1, moving=False), boxes=boxes))
    assert shown(named) == [("label 7", "90.0 %"), ("label 4", "60.0 %")]
    named.bars.class_chosen.emit(named.bars.rows[1].index)
    assert state.target == "class:0@0"
    named.show_live(live(scores(1, 2), 2, moving=False))
    named.bars.class_chosen.emit(1)
    assert state.target == "class:1"
