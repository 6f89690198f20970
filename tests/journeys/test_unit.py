"""A unit is understood: its page and back, what is remembered of every unit, and the way back through what was seen."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from gui.forms.bookmark_form import BookmarkForm
from gui.window.bookmarks import Bookmark
from tests.gui.the import row_of
from tests.journeys.test_main_job import House, click_unit, house

__all__ = ["house"]


def show_picture(house: House, path: Path, seed: int) -> None:
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (28, 28), np.uint8)).save(path)
    house.drop(path)
    house.until(lambda: house.session.loop.live is not None and house.session.loop.live.frame.origin == str(path))


def bookmarks_menu(house: House) -> QMenu:
    """As it is in the menu View."""
    menu = house.window.findChild(QMenu, "bookmarks")
    assert isinstance(menu, QMenu)
    return menu


def chosen(house: House, unit: int) -> None:
    click_unit(house, unit)
    house.until(lambda: house.window.unit.sight.unit is not None and house.window.unit.sight.unit.unit == unit)


@pytest.mark.parametrize("way_in", ["double click", "key", "menu"])
@pytest.mark.parametrize("way_back", ["Esc", "Z", "button"])
def test_that_a_unit_is_enlarged_to_a_page_and_the_mosaic_comes_back_as_it_was(
    house: House, way_in: str, way_back: str
) -> None:
    window, mosaic = house.window, house.window.activations.mosaic
    chosen(house, 5)
    mosaic.setFocus()
    mosaic.zoom_by(3.0, QPointF(mosaic.width() * 0.4, mosaic.height() * 0.3))
    QApplication.processEvents()
    before, state = mosaic.grab().toImage(), house.session.state
    if way_in == "double click":
        tile = mosaic.place_of(5)
        assert tile is not None
        centre = tile.center().toPoint()
        house.qtbot.mouseDClick(mosaic, Qt.MouseButton.LeftButton, pos=centre)
    elif way_in == "key":
        house.qtbot.keyClick(window, Qt.Key.Key_Z)
    else:
        menu = QMenu()
        house.bindings.unit_actions(menu, 5)[0].trigger()
    page = window.activations.page
    house.until(page.isVisible)
    assert not mosaic.isVisible()
    house.until(lambda: page.sight.unit is not None and not page.deconvolution.picture_rect().isEmpty())
    house.qtbot.mouseClick(page.sight.map, Qt.MouseButton.LeftButton, pos=page.sight.map.rect().center())
    assert state.place is not None
    house.qtbot.mouseClick(page.sight.map, Qt.MouseButton.LeftButton, pos=page.sight.map.rect().center())
    if way_back == "button":
        house.qtbot.mouseClick(page.back, Qt.MouseButton.LeftButton)
    else:
        house.qtbot.keyClick(window, Qt.Key.Key_Escape if way_back == "Esc" else Qt.Key.Key_Z)
    house.until(mosaic.isVisible)
    assert state.unit == 5
    assert not page.isVisible()
    assert mosaic.hasFocus()
    mosaic.leaveEvent(None)
    QApplication.processEvents()
    assert mosaic.grab().toImage() == before


def test_that_esc_on_a_page_stops_nothing_else(house: House) -> None:
    chosen(house, 3)
    house.session.state.set_place((1, 1))
    house.window.actions_["zoom-unit"].trigger()
    house.qtbot.keyClick(house.window, Qt.Key.Key_Escape)
    assert house.session.state.place == (1, 1)
    house.qtbot.keyClick(house.window, Qt.Key.Key_Escape)
    assert house.session.state.place is None
    assert house.session.state.unit == 3


def test_that_the_page_follows_the_unit_and_goes_with_it(house: House) -> None:
    chosen(house, 3)
    window = house.window
    window.actions_["zoom-unit"].trigger()
    page = window.activations.page
    window.actions_["unit-right"].trigger()
    house.until(lambda: page.sight.unit is not None and page.sight.unit.unit == 4)
    assert "unit 4" in page.title.text()
    assert page.isVisible()
    window.actions_["layer-next"].trigger()
    assert not page.isVisible()
    assert window.activations.mosaic.isVisible()


def test_that_every_unit_has_its_best_pictures_though_another_one_was_chosen(house: House, tmp_path: Path) -> None:
    state, window = house.session.state, house.window
    state.set_layer("conv2")
    house.until(lambda: house.shown_layer() == "conv2")
    chosen(house, 9)
    paths = [tmp_path / f"{seed}.png" for seed in range(5)]
    for seed, path in enumerate(paths):
        show_picture(house, path, seed)
    chosen(house, 20)
    unit = window.unit.sight.unit
    assert unit is not None
    assert unit.seen == 6  # with the digit that it began with
    assert len(unit.best) == 6
    assert {one.frame.origin for one in unit.best} == {"sample:digit-5", *map(str, paths)}
    assert unit.best[0].value == max(one.value for one in unit.best)
    kept = [one.value for one in unit.best]
    state.set_layer("conv1")
    house.until(lambda: house.shown_layer() == "conv1")
    state.set_layer("conv2", 20)
    house.until(lambda: window.unit.sight.unit is not None and window.unit.sight.unit.layer == "conv2")
    assert [one.value for one in window.unit.sight.unit.best] == kept
    house.session.loop.forget_history()
    house.until(lambda: window.unit.sight.unit.seen == 1)


def test_that_silent_units_are_told_with_the_pictures_that_were_seen(house: House, tmp_path: Path) -> None:
    state, window = house.session.state, house.window
    relu = next(node.path for node in state.drawable_layers() if node.type == "ReLU" and node.kind == "vector")
    state.set_layer(relu)
    house.until(lambda: house.shown_layer() == relu)
    for seed in range(11):
        show_picture(house, tmp_path / f"{seed}.png", seed)
    live = house.session.loop.live
    assert live.so_far.pictures == 12
    silent = live.so_far.silent.nonzero()[0]
    assert 0 < len(silent) < live.so_far.silent.size  # half of such units answer to no noise at all
    assert f"{len(silent)} silent on 12 pictures" in window.activations.title.toolTip()
    state.set_unit(int(silent[0]))
    house.until(lambda: window.unit.sight.unit is not None)
    assert window.unit.best_title.text() == "Zero on all of 12 pictures: at most 25 %"
    assert "at most 25 % of such pictures" in window.unit.best_title.toolTip()
    assert window.unit.sight.unit.best == ()


def test_that_one_goes_back_and_forward_through_layers_units_and_tabs(house: House) -> None:
    state, window = house.session.state, house.window
    alt = Qt.KeyboardModifier.AltModifier
    back, forward = window.actions_["back"], window.actions_["forward"]
    assert not back.isEnabled()
    chosen(house, 2)
    state.set_layer("conv2")
    state.set_unit(7)
    window.tabs.setCurrentIndex(3)
    places = [("conv2", 7, 0), ("conv2", None, 0), ("conv1", 2, 0), ("conv1", None, 0)]

    def here() -> tuple[str | None, int | None, int]:
        return state.layer, state.unit, window.tabs.currentIndex()

    for place in places:
        house.qtbot.keyClick(window, Qt.Key.Key_Left, alt)
        assert here() == place
    assert not back.isEnabled()
    for place in [*reversed(places[:-1]), ("conv2", 7, 3)]:
        house.qtbot.keyClick(window, Qt.Key.Key_Right, alt)
        assert here() == place
    assert not forward.isEnabled()
    house.qtbot.keyClick(window, Qt.Key.Key_Left, alt)
    state.set_unit(1)  # another way from here: what lay ahead is gone
    assert not forward.isEnabled()
    house.qtbot.keyClick(window, Qt.Key.Key_Left, alt)
    assert here() == ("conv2", 7, 0)


def test_that_a_bookmark_with_a_note_comes_back_in_the_next_session(house: House, qtbot: QtBot) -> None:
    state, window, bookmarks = house.session.state, house.window, house.bindings.bookmarks
    state.set_layer("conv2", 7)
    qtbot.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    form = window.findChild(BookmarkForm)
    assert isinstance(form, BookmarkForm)
    assert form.remove is None
    form.note.setText("likes “upright” strokes & more")
    qtbot.mouseClick(form.keep, Qt.MouseButton.LeftButton)
    house.until(lambda: window.findChild(BookmarkForm) is None)
    assert window.statusBar().currentMessage() == "Bookmarked unit 7 · conv2."
    menu = bookmarks_menu(house)
    menu.aboutToShow.emit()
    (action,) = menu.actions()
    assert action.text() == "likes “upright” strokes && more – unit 7 · conv2"
    state.set_layer("conv1")
    action.trigger()
    assert (state.layer, state.unit) == ("conv2", 7)
    (kept,) = json.loads(str(house.session.settings.value("session/bookmarks")))
    assert kept["note"] == "likes “upright” strokes & more"
    window.actions_["bookmark"].trigger()
    form = window.findChild(BookmarkForm)
    assert isinstance(form, BookmarkForm)
    assert form.note.text() == "likes “upright” strokes & more"
    assert form.remove is not None
    qtbot.mouseClick(form.remove, Qt.MouseButton.LeftButton)
    assert bookmarks.all() == []


def test_that_a_bookmark_of_another_network_loads_it(house: House) -> None:
    state, bookmarks = house.session.state, house.bindings.bookmarks
    state.set_layer("conv2", 7)
    house.window.actions_["bookmark"].trigger()
    form = house.window.findChild(BookmarkForm)
    assert isinstance(form, BookmarkForm)
    form.keep.click()
    assert isinstance(bookmarks.all()[0], Bookmark)
    origin = house.session.loop.frame.origin
    house.session.open_network(state.network.choice.__class__("resnet-cifar", "random"))
    house.until(lambda: state.network.choice.name == "resnet-cifar")
    assert not house.window.actions_["back"].isEnabled()  # layers of one network are not those of another
    menu = bookmarks_menu(house)
    menu.aboutToShow.emit()
    menu.actions()[0].trigger()
    house.until(lambda: state.network.choice.name == "lenet")
    assert (state.layer, state.unit) == ("conv2", 7)
    house.until(lambda: house.session.loop.frame.origin == origin)


def test_that_values_rows_and_maps_are_copied_and_told(house: House) -> None:
    chosen(house, 5)
    unit, said = house.window.unit, house.window.statusBar()
    values = unit.sight.unit.map
    menu = unit.sight.copy_menu((3, 4), unit.map)
    assert menu is not None
    value, row, whole, picture = menu.actions()
    value.trigger()
    assert np.float32(QGuiApplication.clipboard().text()) == values[3, 4]
    assert (
        said.currentMessage()
        == f"Copied {value.text().removeprefix('Copy value ')}, row 3, column 4 of unit 5 · conv1."
    )
    row.trigger()
    copied = [np.float32(text) for text in QGuiApplication.clipboard().text().split("\t")]
    assert np.array_equal(copied, values[3])
    assert said.currentMessage() == f"Copied row 3 of unit 5 · conv1, {values.shape[1]} values."
    whole.trigger()
    array = eval(QGuiApplication.clipboard().text(), {"np": np})
    assert array.dtype == np.float32
    assert np.array_equal(array, values)
    assert said.currentMessage() == f"Copied the map of unit 5 · conv1 as a {values.shape[0]}×{values.shape[1]} array."
    picture.trigger()
    assert not QGuiApplication.clipboard().image().isNull()
    assert said.currentMessage() == "Copied the picture of unit 5 · conv1."


def test_that_the_menu_of_a_map_is_of_the_place_under_the_mouse(house: House) -> None:
    chosen(house, 5)
    unit = house.window.unit
    rect = unit.map.picture_rect()
    rows, columns = unit.sight.unit.map.shape
    point = QPoint(int(rect.x() + rect.width() * 2.5 / columns), int(rect.y() + rect.height() * 6.5 / rows))
    unit.map.customContextMenuRequested.emit(point)
    menu = unit.sight.findChild(QMenu)
    assert isinstance(menu, QMenu)
    assert "Copy row 6" in [action.text() for action in menu.actions()]
    for view in (unit.map, unit.overlay):
        assert not menu.geometry().intersects(QRect(view.mapToGlobal(QPoint(0, 0)), view.size()))
    menu.close()


def test_that_the_menu_of_the_unit_dock_does_not_cover_it(house: House) -> None:
    chosen(house, 5)
    seen: list[QRect] = []

    def look() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        seen.append(menu.geometry())
        menu.close()

    QTimer.singleShot(0, look)
    house.qtbot.mouseClick(house.window.unit.menu_button, Qt.MouseButton.LeftButton)
    dock = house.window.unit
    assert not seen[0].intersects(QRect(dock.mapToGlobal(QPoint(0, 0)), dock.size()))


def test_that_a_row_of_the_tree_is_copied_and_told(house: House) -> None:
    tree = house.window.network.tree
    tree.menu_wanted.emit("conv2", QPoint(0, 0))
    menu = house.window.network.findChild(QMenu)
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.text() == "Copy row").trigger()
    words = QGuiApplication.clipboard().text().split("\t")
    assert words[0] == "conv2"
    assert "Conv2d" in words
    assert house.window.statusBar().currentMessage() == "Copied the row of “conv2”."
    menu.close()


def test_that_times_of_layers_are_measured_on_demand(house: House) -> None:
    network = house.window.network
    assert house.session.loop.live.layer_times is None
    house.window.resize(1920, 1080)
    menu = network.tree.columns_menu()
    time = next(action for action in menu.actions() if action.text() == "Time")
    assert not time.isChecked()
    time.trigger()

    def told() -> str:
        return row_of(network.tree, house.session.state.network.root, "conv2")[7]

    house.until(lambda: told().endswith(" ms"))
    assert float(told().removesuffix(" ms")) > 0
    assert "Time" in str(house.session.settings.value("layers/columns")).split()
    menu.close()
