"""The Unit dock: all of it is in sight in a dock of the usual width, and its best pictures can be gone back to."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from analysis.drawing.overlay import over_picture, unit_veil
from analysis.files.album import keep
from analysis.files.png import levels_png
from analysis.protocol.events import BestPicture, Live, UnitView
from analysis.protocol.frame import Frame
from analysis.protocol.recipe import ModelChoice, Recipe
from gui.docks.unit import BEST, UnitPanel
from gui.selection import State
from tests.gui.networks import loaded


def frame(number: int) -> Frame:
    return Frame(np.full((48, 48, 3), number, np.uint8), number, "camera", float(number), True)


def answer(state: State, best: int) -> Live:
    assert state.layer is not None
    assert state.unit is not None
    pictures = tuple(BestPicture(9.0 - n, (0, 0), frame(n).pixels, frame(n)) for n in range(best))
    unit = UnitView(
        state.layer,
        state.unit,
        np.eye(6, dtype=np.float32),
        1.0,
        (0, 0),
        pictures,
        np.arange(64),
        (0.0, 1.0),
        0.5,
        best,
    )
    shown = frame(100)
    parts: dict[str, Any] = {field.name: None for field in fields(Live)}
    return Live(**parts | {"request_id": 1, "epoch": 1, "frame": shown, "picture": shown.pixels, "unit": unit})


@pytest.fixture
def state(qapp: QApplication) -> State:
    return State()


@pytest.fixture
def panel(state: State, qtbot: QtBot) -> UnitPanel:
    dock = UnitPanel(state)
    qtbot.addWidget(dock)
    state.set_network(loaded(), None, None)
    state.set_unit(1)
    return dock


def settled(panel: UnitPanel) -> QScrollArea:
    for _ in range(5):
        QApplication.processEvents()
    area = panel.findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    return area


@pytest.mark.parametrize("width", [260, 330, 350, 600])
def test_that_the_best_pictures_never_make_it_wider_than_the_dock(panel: UnitPanel, state: State, width: int) -> None:
    panel.resize(width, 300)
    panel.show()
    panel.show_live(answer(state, BEST))
    area = settled(panel)
    inner = area.widget()
    assert inner is not None
    assert inner.width() <= area.viewport().width()
    shown = [button for button in panel.best.buttons if button.isVisible()]
    assert len(shown) == BEST
    assert panel.best.rect().contains(panel.best.childrenRect())
    assert not any(a.geometry().intersects(b.geometry()) for i, a in enumerate(shown) for b in shown[:i])
    assert min(button.iconSize().width() for button in shown) >= 40


def test_that_its_plots_are_in_sight_in_a_low_dock(panel: UnitPanel, state: State) -> None:
    panel.resize(350, 270)
    panel.show()
    panel.show_live(answer(state, 0))
    area = settled(panel)
    for part in (panel.map, panel.overlay, panel.legend, panel.chart, panel.histogram):
        bottom = part.mapTo(area.viewport(), part.rect().bottomLeft()).y()
        assert bottom < area.viewport().height()


def test_that_a_high_dock_is_used_by_its_pictures(panel: UnitPanel, state: State) -> None:
    panel.resize(350, 700)
    panel.show()
    panel.show_live(answer(state, 0))
    area = settled(panel)
    assert not area.verticalScrollBar().isVisible()
    assert panel.map.picture_rect().width() > 185  # one below the other: beside each other they had 163
    assert panel.map.picture_rect().width() == panel.overlay.picture_rect().width()


def test_that_every_picture_says_what_it_is(panel: UnitPanel, state: State) -> None:
    panel.show_live(answer(state, 2))
    assert panel.map.caption == "the map, 6×6"
    assert panel.overlay.caption == "over the picture"
    panel.walk.next()
    assert panel.map.caption == "its best picture"


def test_that_what_was_made_for_the_unit_is_walked_to(
    panel: UnitPanel, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNDERHOOD_CACHE", str(tmp_path))
    choice = ModelChoice("lenet", weights_hash="a" * 64)
    assert state.network is not None
    state.set_network(replace(state.network, choice=choice), None, None)
    state.set_unit(1)
    panel.show_live(answer(state, 2))
    panel.walk.show("made")
    assert "Dream this unit" in panel.map.accessibleDescription()
    recipe = Recipe(choice, layer=state.layer, unit=1, target="unit:center", method="edge-energy", seed=7)
    keep(recipe, levels_png(np.full((9, 9, 3), 80, np.uint8)), state.layer or "", 1)
    keep(replace(recipe, unit=2), levels_png(np.full((9, 9, 3), 90, np.uint8)), state.layer or "", 2)
    panel.walk.show("made")
    assert panel.map.caption == "made for it: Edge energy, seed 7"
    panel.walk.next()
    assert panel.map.caption == "the map, 6×6"


def test_that_a_histogram_of_a_sample_says_so_where_it_stands(panel: UnitPanel, state: State) -> None:
    live = answer(state, 1)
    panel.show_live(live)
    assert panel.histogram.sample_in_words() == ""
    panel.show_live(replace(live, unit=replace(live.unit, counted=1 / 12)))
    assert panel.histogram.sample_in_words() == "1 in 12 counted"
    assert "a sample of a large layer is counted" in grabbed_tip(panel)
    panel.show_live(replace(live, unit=replace(live.unit, counted=0.7)))
    assert panel.histogram.sample_in_words() == "70% counted"


def grabbed_tip(panel: UnitPanel) -> str:
    panel.histogram.grab()
    return panel.histogram.toolTip()


def test_that_a_best_picture_that_is_clicked_is_asked_for(panel: UnitPanel, state: State, qtbot: QtBot) -> None:
    panel.resize(350, 700)
    panel.show()
    panel.show_live(answer(state, 4))
    settled(panel)
    with qtbot.waitSignal(panel.picture_wanted) as caught:
        qtbot.mouseClick(panel.best.buttons[2], Qt.MouseButton.LeftButton)
    assert caught.args is not None
    assert caught.args[0].number == 2
    assert "7" in panel.best.buttons[2].toolTip()
    assert not panel.best.buttons[4].isVisible()


def test_that_the_wheel_scrolls_the_dock_wherever_it_does_not_zoom(panel: UnitPanel, state: State) -> None:
    panel.resize(260, 200)
    panel.show()
    panel.show_live(answer(state, BEST))
    area = settled(panel)
    bar, window = area.verticalScrollBar(), panel.window().windowHandle()
    assert window is not None

    def wheel(over: QWidget, notches: int) -> int:
        before = bar.value()
        middle = over.visibleRegion().boundingRect().center()
        QTest.wheelEvent(window, over.mapTo(panel.window(), middle), QPoint(0, 120 * notches))
        QApplication.processEvents()
        return bar.value() - before

    assert wheel(panel.map, -1) > 0
    bar.setValue(0)
    assert wheel(panel.map, 1) == 0
    assert wheel(panel.map, -1) == 0  # back from the zoom
    assert wheel(panel.map, -1) > 0
    bar.setValue(bar.maximum())
    settled(panel)
    assert wheel(panel.best.buttons[0], 1) < 0


@pytest.mark.parametrize("sign", [1, -1])
def test_that_the_exported_overlay_is_the_one_on_the_screen(panel: UnitPanel, state: State, sign: int) -> None:
    """The same colours, and as much of the picture shows through."""
    live = answer(state, 0)
    assert live.unit is not None
    values = sign * np.random.default_rng(0).random((6, 6)).astype(np.float32) - (0.3 if sign > 0 else 0)
    picture = np.random.default_rng(1).integers(0, 256, (240, 240, 3), np.uint8)
    live = replace(live, picture=picture, unit=replace(live.unit, map=values))
    state.set_look(opacity=0.8, gamma=0.7)
    panel.show_live(live)
    caption = panel.overlay.caption_height
    assert caption > 0
    panel.overlay.setFixedSize(240, 240 + caption)
    image = panel.overlay.grab(QRect(0, 0, 240, 240)).toImage().convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    seen = lines[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)
    exported = over_picture(picture, unit_veil(values, 0.7, 0.8)).astype(int)
    assert seen.shape == exported.shape
    inside = np.s_[20:-20, 20:-20]  # Qt and PIL differ in how they go on beyond the outermost cells
    assert np.abs(seen[inside] - exported[inside]).mean() < 2
    assert np.abs(exported - picture).mean() > 20
