"""The Picture dock: nobody waits for the network to see where pictures come from."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from analysis.protocol.events import FoundBoxes, Live
from analysis.protocol.frame import Frame
from gui.docks.picture import PicturePanel
from gui.selection import State
from tests.gui.networks import loaded


@pytest.fixture
def state(qapp: QApplication) -> State:
    return State()


@pytest.fixture
def panel(state: State, qtbot: QtBot) -> PicturePanel:
    dock = PicturePanel(state)
    qtbot.addWidget(dock)
    return dock


def frame(number: int, moving: bool = True) -> Frame:
    return Frame(np.full((8, 12, 3), number, np.uint8), number, "camera", 0.0, moving)


def answer(to: Frame) -> Live:
    parts: dict[str, Any] = {field.name: None for field in fields(Live)}
    return Live(**parts | {"request_id": to.number, "epoch": 1, "frame": to, "picture": to.pixels[:, 2:10].copy()})


def seen(panel: PicturePanel) -> tuple[int, int]:
    """The level of its pixels, and its width, where it is eight pixels high."""
    place = panel.view.picture_rect()
    level = panel.view.grab().toImage().pixelColor(place.center().toPoint()).red()
    return level, round(8 * place.width() / place.height())


def test_that_moving_pictures_are_seen_before_there_is_a_network(panel: PicturePanel) -> None:
    for number in (1, 2):
        panel.show_frame(frame(number))
        assert seen(panel) == (number, 12)


def test_that_of_moving_pictures_those_are_shown_that_the_network_has_answered(panel: PicturePanel) -> None:
    panel.show_frame(frame(1))
    panel.show_live(answer(frame(1)))
    assert seen(panel) == (1, 8)
    panel.show_frame(frame(2))
    assert seen(panel) == (1, 8)
    panel.show_frame(frame(3, moving=False))
    assert seen(panel) == (3, 12)


def test_that_the_place_of_a_film_that_was_sought_is_seen_before_the_network_has_answered(
    panel: PicturePanel, state: State, qtbot: QtBot
) -> None:
    state.set_network(loaded(), None, None)
    panel.show_frame(frame(1))
    panel.show_live(answer(frame(1)))
    panel.leap()
    panel.show_frame(frame(5))
    assert seen(panel) == (5, 8)  # as it will see it, so that nothing moves when it answers
    panel.show_live(answer(frame(2)))  # it was under way
    assert seen(panel) == (5, 8)
    panel.show_frame(frame(6))  # the film goes on
    assert seen(panel) == (5, 8)
    panel.show_live(answer(frame(6)))
    qtbot.waitUntil(lambda: seen(panel) == (6, 8))


def test_that_moving_pictures_go_on_while_another_network_has_not_answered(panel: PicturePanel, state: State) -> None:
    panel.show_live(answer(frame(1)))
    state.set_network(loaded(), None, None)
    panel.show_frame(frame(2))
    assert seen(panel) == (2, 12)


def test_that_a_picture_that_stands_says_so_in_its_corner(panel: PicturePanel) -> None:
    panel.resize(300, 300)
    panel.show_frame(frame(1))
    plain = panel.view.grab().toImage()
    looks = []
    for frozen, holding in ((True, False), (True, True), (False, False)):
        panel.tell_standing(frozen, holding)
        looks.append(panel.view.grab().toImage())
    frozen_look, held_look, thawed_look = looks
    assert frozen_look != plain
    assert held_look not in (plain, frozen_look)
    assert thawed_look == plain


def test_that_a_network_that_sees_no_colours_is_shown_what_it_sees(panel: PicturePanel, state: State) -> None:
    red = Frame(np.full((8, 12, 3), (200, 10, 10), np.uint8), 1, "camera", 0.0, False)
    network = loaded()
    for channels, grey in ((1, True), (3, False)):
        many = {"channels": channels, "mean": (0.5,) * channels, "std": (0.5,) * channels}
        seeing = replace(network, preprocessing=replace(network.preprocessing, **many))
        state.set_network(seeing, None, None)
        panel.show_frame(red)
        panel.show_live(answer(red))
        colour = panel.view.grab().toImage().pixelColor(panel.view.rect().center())
        assert (colour.red() == colour.green() == colour.blue()) == grey


def test_that_what_was_found_lies_over_its_own_picture_only(panel: PicturePanel, state: State) -> None:
    state.set_network(replace(loaded(), labels=("nothing", "cat")), None, None)
    corners, scores = np.array([[1, 2, 5, 6], [0, 0, 3, 3]], np.float32), np.array([0.2, 0.75], np.float32)
    one, other = frame(1, moving=False), frame(2, moving=False)
    panel.show_frame(one)
    panel.show_live(replace(answer(one), boxes=FoundBoxes(corners, scores, np.array([0, 1]))))
    assert panel.view.named_boxes == [(QRectF(0, 0, 3, 3), "cat 75.0 %")]
    panel.show_frame(other)
    assert not panel.view.named_boxes
    panel.show_live(answer(other))
    assert not panel.view.named_boxes
