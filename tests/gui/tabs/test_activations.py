"""The Activations tab says what it waits for; maps of one layer never stand under the name of another for long."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from analysis.drawing.mosaic import mosaic
from analysis.protocol.events import Live, SoFar
from analysis.results.looks import MapsLook
from gui.selection import State
from gui.tabs.activations import EMPTY, NO_ANSWER, ON_ITS_WAY, ActivationsPanel
from gui.views.short_numbers import short
from tests.gui.explaining import frame
from tests.gui.networks import loaded

DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


@pytest.fixture
def state(qapp: QApplication) -> State:
    return State()


@pytest.fixture
def panel(state: State, qtbot: QtBot) -> ActivationsPanel:
    made = ActivationsPanel(state)
    qtbot.addWidget(made)
    made.show()
    return made


def live_of(layer: str) -> Live:
    import torch

    drawn = mosaic(torch.rand(8, 14, 14), MapsLook(), 1.0, 64)
    picture = np.zeros((28, 28, 3), np.uint8)
    return Live(1, 1, frame(), picture, layer, drawn, None, None, None, None, None, 1.0, "cpu")


def words(panel: ActivationsPanel) -> str:
    """What stands where maps should be; nothing where they are."""
    return panel.mosaic.accessibleDescription()


def waits(panel: ActivationsPanel) -> bool:
    """Whether words will come unless an answer does."""
    return any(timer.isActive() for timer in panel.findChildren(QTimer, options=DIRECT))


def test_that_what_is_late_makes_room_for_words(panel: ActivationsPanel, state: State, qtbot: QtBot) -> None:
    assert words(panel) == EMPTY
    state.set_network(loaded(), None, None)
    panel.show_live(live_of("stem"))
    assert words(panel) == ""
    state.set_layer("layer1")
    assert waits(panel)
    assert words(panel) == ""  # for a moment, so that nothing flickers where the answer comes at once
    qtbot.waitUntil(lambda: words(panel) == ON_ITS_WAY)
    panel.show_live(live_of("layer1"))
    assert words(panel) == ""
    assert not waits(panel)


def test_that_a_failure_ends_the_waiting(panel: ActivationsPanel, state: State) -> None:
    state.set_network(loaded(), None, None)
    panel.show_failure()
    assert words(panel) == NO_ANSWER
    assert not waits(panel)
    panel.show_live(live_of("stem"))
    panel.show_failure()
    assert words(panel) == ""  # the last good answer stays


def test_that_the_whole_network_has_a_name(panel: ActivationsPanel, state: State) -> None:
    state.set_network(loaded(), None, None)
    state.set_layer("")
    assert "whole network" in panel.title.text()


@pytest.mark.parametrize("different", [9, 10])
def test_that_silent_units_are_marked_once_enough_pictures_were_seen(
    panel: ActivationsPanel, state: State, different: int
) -> None:
    state.set_network(loaded(), None, None)
    live = live_of("stem")
    panel.show_live(live)
    plain = panel.mosaic.grab().toImage()
    silent = np.zeros(8, np.bool_)
    silent[3] = True
    panel.show_live(replace(live, so_far=SoFar(40, different, silent)))
    QApplication.processEvents()
    marked = panel.mosaic.grab().toImage()
    changed = [
        unit
        for unit in range(8)
        if marked.copy(panel.mosaic._tile_rect(unit).toRect()) != plain.copy(panel.mosaic._tile_rect(unit).toRect())
    ]
    assert changed == ([3] if different == 10 else [])
    assert ("1 silent on 10 pictures" in panel.title.toolTip()) == (different == 10)


def test_that_nothing_is_less_than_nothing() -> None:
    assert short(-0.0) == "0"
    assert short(-0.5) == "-0.5"
