"""Two units, two layers, two pictures side by side: pointer and zoom in step, kept for the next session, exported."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

import main as program
import underhood
from analysis.files.recipe_inside import read_recipe
from analysis.protocol.recipe import BesideChoice, ModelChoice, PictureChoice, Recipe, from_json, to_json
from analysis.results.looks import MapsLook
from gui.commands.palette_entries import command_entries
from gui.tabs.beside_page import ALIKE, BesidePage
from gui.views.image_view import ImageView
from tests.journeys.test_main_job import House, click_unit, export, house

__all__ = ["house"]


def pointed(view: ImageView, across: float, down: float) -> None:
    """The mouse goes over this share of the picture."""
    rect = view.picture_rect()
    at = QPointF(rect.x() + across * rect.width(), rect.y() + down * rect.height())
    none = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, at, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, none)
    QApplication.sendEvent(view, event)


def map_of(picture: str, layer: str, unit: int) -> np.ndarray:
    return underhood.activations("lenet", picture, layer).values[unit]


def told(page: BesidePage, side: str) -> tuple[float, int, int]:
    words = getattr(page, side).value.text()
    found = re.fullmatch(r"(\S+) at row (\d+), column (\d+)", words)
    assert found is not None, words
    return float(found[1]), int(found[2]), int(found[3])


def check(page: BesidePage, left: np.ndarray, right: np.ndarray) -> None:
    """Both values under the mouse are those of plain passes, each on its own map."""
    for across, down in ((0.31, 0.62), (0.5, 0.41), (0.72, 0.28)):
        pointed(page.right.map, across, down)
        for side, values in (("left", left), ("right", right)):
            value, row, column = told(page, side)
            assert (row, column) == (int(down * values.shape[0]), int(across * values.shape[1]))
            assert value == pytest.approx(float(values[row, column]), rel=2e-3, abs=1e-6)


def ready(house: House, left: str, right: str) -> BesidePage:
    page = house.window.activations.beside
    house.until(lambda: page.isVisible() and (page.left.title.text(), page.right.title.text()) == (left, right))
    house.until(lambda: page.left.map.caption.startswith("the map") and page.right.map.caption.startswith("the map"))
    QApplication.processEvents()
    return page


def test_that_two_units_stand_side_by_side(house: House) -> None:
    click_unit(house, 2)
    menu = QMenu()
    names = [action.text() for action in house.bindings.unit_actions(menu, 2)]
    house.bindings.unit_actions(menu, 2)[names.index("Keep for side by side")].trigger()
    page = ready(house, "unit 2 · conv1", "unit 2 · conv1")
    assert page.right.value.text() == ALIKE
    house.window.actions_["unit-right"].trigger()
    house.until(lambda: page.right.title.text() == "unit 3 · conv1")
    first, second = (map_of("sample:digit-5", "conv1", unit) for unit in (2, 3))
    house.until(lambda: house.session.loop.live.unit.unit == 3)
    check(page, first, second)
    house.session.state.set_layer("conv2", 9)
    house.until(lambda: house.session.loop.live.layer == "conv2")
    check(page, first, map_of("sample:digit-5", "conv2", 9))
    page.keep.click()
    house.until(lambda: page.left.title.text() == "unit 9 · conv2")


def test_that_zoom_and_pointer_are_in_step(house: House) -> None:
    click_unit(house, 2)
    house.qtbot.keyClick(house.window, Qt.Key.Key_V)
    page = ready(house, "unit 2 · conv1", "unit 2 · conv1")
    views = (page.left.map, page.left.over, page.right.map, page.right.over)
    before = [view.grab().toImage() for view in views]
    pointed(page.left.over, 0.25, 0.75)
    after = [view.grab().toImage() for view in views]
    assert [one != other for one, other in zip(before, after, strict=True)] == [True, False, True, True]
    window = house.window.windowHandle()
    middle = page.left.map.mapTo(house.window, page.left.map.rect().center() + QPoint(20, 10))
    QTest.wheelEvent(window, middle, QPoint(0, 240))
    QApplication.processEvents()
    assert page.left.map.seen[0] > 1.5
    assert len({(zoom, point.x(), point.y()) for zoom, point in (view.seen for view in views)}) == 1


def test_that_two_layers_stand_side_by_side(house: House) -> None:
    house.window.actions_["beside"].trigger()
    page = house.window.activations.beside
    house.session.state.set_layer("conv2")
    house.until(lambda: page.right.title.text() == "all units of conv2" and house.session.loop.live.layer == "conv2")
    assert page.left.title.text() == "all units of conv1"
    assert not page.left.shows_unit
    rect = page.right.mosaic.rect()
    none = Qt.KeyboardModifier.NoModifier
    at = QPointF(rect.center())
    move = QMouseEvent(QEvent.Type.MouseMove, at, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, none)
    QApplication.sendEvent(page.right.mosaic, move)
    assert page.left.value.text().startswith("unit ")
    assert page.right.value.text().startswith("unit ")
    house.qtbot.mouseClick(page.left.mosaic, Qt.MouseButton.LeftButton, pos=rect.center())
    house.until(lambda: page.left.shows_unit)
    assert page.left.title.text() in {f"unit {unit} · conv1" for unit in range(32)}
    assert house.session.state.unit is None
    page.left.all_units.click()
    house.until(lambda: not page.left.shows_unit)


def test_that_two_pictures_stand_side_by_side(house: House) -> None:
    click_unit(house, 4)
    house.window.actions_["keep-beside"].trigger()
    page = ready(house, "unit 4 · conv1", "unit 4 · conv1")
    page.stays.setCurrentIndex(1)
    page.stays.activated.emit(1)
    house.session.feed.open_origin("sample:digit-8")
    page = ready(house, "unit 4 · conv1 · the sample digit-5", "unit 4 · conv1 · the sample digit-8")
    check(page, map_of("sample:digit-5", "conv1", 4), map_of("sample:digit-8", "conv1", 4))
    house.session.state.set_layer("conv2", 6)  # the unit is followed, on both pictures
    page = ready(house, "unit 6 · conv2 · the sample digit-5", "unit 6 · conv2 · the sample digit-8")
    house.until(lambda: house.session.loop.live.beside.layer == "conv2")
    check(page, map_of("sample:digit-5", "conv2", 6), map_of("sample:digit-8", "conv2", 6))


@pytest.mark.parametrize("way_back", ["Esc", "V", "button"])
def test_that_one_side_comes_back_as_it_was(house: House, way_back: str) -> None:
    click_unit(house, 2)
    mosaic = house.window.activations.mosaic
    mosaic.leaveEvent(None)
    before = mosaic.geometry()
    house.qtbot.keyClick(house.window, Qt.Key.Key_V)
    page = ready(house, "unit 2 · conv1", "unit 2 · conv1")
    assert house.window.actions_["beside"].isChecked()
    if way_back == "button":
        page.back.click()
    else:
        house.qtbot.keyClick(house.window, Qt.Key.Key_Escape if way_back == "Esc" else Qt.Key.Key_V)
    house.until(mosaic.isVisible)
    assert mosaic.geometry() == before
    assert house.session.state.unit == 2
    assert not house.window.actions_["beside"].isChecked()
    assert house.session.recipe().beside is None


def test_that_it_is_found_in_menu_and_palette(house: House) -> None:
    view = [action.text() for action in house.window.actions_.menu("View").actions()]
    assert {"Side by side", "Keep for side by side"} <= set(view)
    found = {entry.text for entry in command_entries(house.window.actions_)}
    assert {"Side by side", "Keep for side by side"} <= found


def test_that_a_figure_of_both_sides_brings_them_back(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    click_unit(house, 2)
    house.window.actions_["keep-beside"].trigger()
    page = house.window.activations.beside
    page.stays.setCurrentIndex(2)
    page.stays.activated.emit(2)
    house.session.feed.open_origin("sample:digit-8")
    house.session.state.set_layer("conv2", 9)
    kept, chosen = "unit 2 · conv1 · the sample digit-5", "unit 9 · conv2 · the sample digit-8"
    ready(house, kept, chosen)
    figure = tmp_path / "both.png"
    export(house, figure, monkeypatch)
    recipe = read_recipe(figure)
    assert recipe.beside == BesideChoice("conv1", 2, PictureChoice("sample:digit-5"))
    assert (recipe.layer, recipe.unit, recipe.picture.origin) == ("conv2", 9, "sample:digit-8")
    numbers = tmp_path / "both.npz"
    assert program.main(["render", "--recipe", str(figure), "-o", str(numbers)]) == 0
    with np.load(numbers) as arrays:
        assert np.array_equal(arrays["beside"][2], map_of("sample:digit-5", "conv1", 2))
        assert np.array_equal(arrays["result"][9], map_of("sample:digit-8", "conv2", 9))
    house.window.actions_["copy-figure"].trigger()
    house.until(lambda: "Copied the figure" in house.window.statusBar().currentMessage())
    assert house.window.statusBar().currentMessage() == "Copied the figure of unit 9 · conv2 side by side."
    house.window.actions_["copy-python"].trigger()
    names: dict[str, object] = {}
    monkeypatch.chdir(tmp_path)
    exec(QGuiApplication.clipboard().text(), names)
    assert np.array_equal(names["result"]["beside"][2], map_of("sample:digit-5", "conv1", 2))
    house.session.kept.close()
    house.session.state.set_layer("conv1")
    house.drop(figure)
    ready(house, kept, chosen)
    house.session.save()
    remembered: Recipe = from_json(str(house.session.settings.value("session/recipe")))
    assert remembered.beside == recipe.beside
    assert remembered.picture.origin == "sample:digit-8"


def test_that_looks_are_those_of_both_sides(house: House) -> None:
    click_unit(house, 2)
    house.window.actions_["keep-beside"].trigger()
    page = ready(house, "unit 2 · conv1", "unit 2 · conv1")
    house.session.state.set_look(colours="viridis")
    assert house.session.state.look(MapsLook).colours == "viridis"
    QApplication.processEvents()
    page.keep.setFocus()  # who has the focus is framed
    assert page.left.map.grab().toImage() == page.right.map.grab().toImage()


def test_that_another_network_begins_with_one_side(house: House) -> None:
    """Layers of one network are not those of another; a recipe without a second side has none either."""
    click_unit(house, 2)
    house.window.actions_["keep-beside"].trigger()
    ready(house, "unit 2 · conv1", "unit 2 · conv1")
    house.session.open_network(ModelChoice("resnet-cifar", "random"))
    house.until(lambda: house.session.state.network.choice.name == "resnet-cifar")
    house.until(lambda: house.session.loop.live is not None and house.session.loop.live.beside is None)
    assert not house.window.activations.beside.isVisible()
    assert house.session.recipe().beside is None
    house.window.actions_["beside"].trigger()
    house.until(lambda: house.session.loop.live.beside is not None)
    assert house.session.loop.live.beside.layer == house.session.state.layer


def test_that_what_is_kept_stays_while_pictures_stream(house: House) -> None:
    """The kept picture is computed once; the same picture on both sides is computed together with the stream."""
    click_unit(house, 2)
    house.window.actions_["keep-beside"].trigger()
    page = ready(house, "unit 2 · conv1", "unit 2 · conv1")
    house.session.feed.use_named("noise")
    house.session.feed.source.set_running(True)
    house.until(lambda: house.session.loop.live.frame.moving)
    first = house.session.loop.live.frame.number
    house.until(lambda: house.session.loop.live.frame.number > first + 12)  # passes are recorded by then
    live = house.session.loop.live
    assert np.array_equal(live.beside.map, live.unit.map)
    assert page.right.value.text() == ALIKE
    page.stays.setCurrentIndex(2)
    page.stays.activated.emit(2)
    kept = map_of("sample:digit-5", "conv1", 2)
    house.until(lambda: np.array_equal(house.session.loop.live.beside.map, kept))
    seen = house.session.loop.live.frame.number
    house.until(lambda: house.session.loop.live.frame.number > seen + 5)
    assert np.array_equal(house.session.loop.live.beside.map, kept)
    assert not np.array_equal(house.session.loop.live.unit.map, kept)


def test_that_a_picture_that_only_passed_is_told_and_the_rest_comes_back(house: House) -> None:
    recipe = Recipe(
        ModelChoice("lenet"),
        PictureChoice("sample:digit-8"),
        layer="conv2",
        unit=9,
        beside=BesideChoice("conv1", 2, PictureChoice("camera")),
    )
    house.session.open_recipe(recipe)
    house.until(lambda: "the camera and is gone" in house.window.notice.sentence)
    page = house.window.activations.beside
    house.until(lambda: page.left.title.text() == "unit 2 · conv1" and page.right.title.text() == "unit 9 · conv2")


def test_that_a_recipe_of_what_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = Recipe(ModelChoice("lenet"), PictureChoice("sample:digit-8"), layer="conv2", unit=9)
    for beside in (
        BesideChoice("conv9", 2),
        BesideChoice("conv1", 999),
        BesideChoice(picture=PictureChoice("gone.png")),
    ):
        file = tmp_path / "recipe.json"
        file.write_text(to_json(replace(recipe, beside=beside)))
        assert program.main(["render", "--recipe", str(file), "-o", str(tmp_path / "out.png")]) != 0
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "out.png").exists()
