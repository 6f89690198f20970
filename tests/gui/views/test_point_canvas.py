"""The canvas of points: the same pixels everywhere, the point under the mouse, the wheel, the lasso, space."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.views.point_canvas import PointCanvas
from gui.views.point_raster import FEW, Finder, Sight, inside, on_screen, raster, whole

RANDOM = np.random.default_rng(0)
CROSS = np.array([[0, 0], [10, 0], [-10, 0], [0, 10], [0, -10]], np.float32)
RED, GROUND = 0xFFFF0000, 0xFF000000


@pytest.fixture
def canvas(qtbot: QtBot) -> PointCanvas:
    made = PointCanvas()
    qtbot.addWidget(made)
    made.resize(300, 200)
    made.show_points(CROSS)
    made.show_inks(np.full(5, RED, np.uint32))
    made.show()
    return made


def test_that_a_point_is_where_it_lies_and_nothing_is_written_outside() -> None:
    inks = np.array([1, 2, 3, 4], np.uint32) | 0xFF000000
    columns, rows = np.array([5, 0, 400, -70], np.float32), np.array([7, 0, 3, 2], np.float32)
    pixels = raster(columns, rows, inks, (40, 30), GROUND, 1)
    assert pixels.shape == (30, 40)
    assert pixels[7, 5] == inks[0]
    assert pixels[0, 0] == inks[1]
    assert np.count_nonzero(pixels != GROUND) == 2


@pytest.mark.parametrize("dot", [3, 5, 7])
def test_that_a_dot_is_a_square_without_its_corners(dot: int) -> None:
    pixels = raster(
        np.array([15], np.float32), np.array([15], np.float32), np.array([RED], np.uint32), (40, 30), GROUND, dot
    )
    assert np.count_nonzero(pixels != GROUND) == dot * dot - 4
    edge = raster(
        np.array([0], np.float32), np.array([29], np.float32), np.array([RED], np.uint32), (40, 30), GROUND, dot
    )
    assert edge[29, 0] == RED


def test_that_what_lies_at_the_mouse_stays_there_when_zoomed() -> None:
    sight, size = whole(CROSS, (300, 200)), (300, 200)
    columns, rows = on_screen(CROSS, sight, size)
    nearer = sight.zoomed(3.0, (float(columns[1]), float(rows[1])), size)
    again = on_screen(CROSS, nearer, size)
    assert (again[0][1], again[1][1]) == pytest.approx((columns[1], rows[1]), abs=1e-3)
    assert again[0][1] - again[0][2] == pytest.approx(3 * (columns[1] - columns[2]))


@pytest.mark.parametrize("count", [500, FEW + 5000])
def test_that_the_nearest_point_is_found(count: int) -> None:
    places = RANDOM.normal(size=(count, 2)).astype(np.float32)
    finder = Finder(places)
    for x, y in RANDOM.normal(size=(20, 2)):
        squares = ((places - np.array([x, y], np.float32)) ** 2).sum(1)
        reach = 0.02
        wanted = int(squares.argmin()) if squares.min() <= reach * reach else -1
        assert finder.nearest(float(x), float(y), reach) == wanted


def test_that_a_lasso_holds_what_lies_inside() -> None:
    columns, rows = RANDOM.uniform(0, 100, (2, 1000)).astype(np.float32)
    triangle = [(10.0, 10.0), (90.0, 10.0), (50.0, 90.0)]
    found = inside(columns, rows, triangle)
    height = rows - 10
    wanted = (height > 0) & (columns > 10 + height / 2) & (columns < 90 - height / 2)
    assert np.array_equal(found, wanted)
    assert not inside(columns, rows, triangle[:2]).any()


def test_that_points_are_seen_pointed_at_and_picked(canvas: PointCanvas, qtbot: QtBot) -> None:
    place = canvas.place_of(3)
    assert canvas.grab().toImage().pixelColor(place.toPoint()).rgb() == RED
    with qtbot.waitSignal(canvas.hovered) as hovered:
        qtbot.mouseMove(canvas, place.toPoint() + QPoint(2, 1))
    assert hovered.args == [3]
    with qtbot.waitSignal(canvas.picked) as picked:
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert picked.args == [3]


def test_that_a_drag_with_shift_circles(canvas: PointCanvas, qtbot: QtBot) -> None:
    middle, shift = canvas.place_of(1).toPoint(), Qt.KeyboardModifier.ShiftModifier
    corners = [middle + QPoint(*step) for step in ((-15, -15), (15, -15), (15, 15), (-15, 15))]
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, shift, corners[0])
    for corner in corners[1:]:
        qtbot.mouseMove(canvas, corner)
    with qtbot.waitSignal(canvas.circled) as circled:
        qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, shift, corners[-1])
    assert circled.args[0].tolist() == [False, True, False, False, False]


def test_that_the_wheel_zooms_and_home_shows_all(canvas: PointCanvas, qtbot: QtBot) -> None:
    before = canvas.place_of(1)
    at = QPointF(canvas.rect().center())
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    wheel = QWheelEvent(at, at, QPoint(), QPoint(0, 240), *none, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(canvas, wheel)
    assert canvas.place_of(1).x() > before.x() + 5
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    assert canvas.place_of(1) == before


def test_that_a_map_in_space_turns(canvas: PointCanvas, qtbot: QtBot) -> None:
    canvas.show_points(RANDOM.normal(size=(30, 3)).astype(np.float32))
    first = canvas.grab().toImage()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    qtbot.mouseMove(canvas, QPoint(120, 60))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(120, 60))
    assert canvas.grab().toImage() != first


def test_that_pictures_the_comet_and_what_is_marked_are_painted(canvas: PointCanvas) -> None:
    plain = canvas.grab().toImage()
    canvas.show_sprites(RANDOM.integers(0, 256, (5, 8, 8, 3), dtype=np.uint8))
    canvas.show_pictures(True)
    with_pictures = canvas.grab().toImage()
    assert with_pictures != plain
    canvas.show_live(np.array([3, 3], np.float32), (0, 1))
    with_comet = canvas.grab().toImage()
    assert with_comet != with_pictures
    canvas.mark(2, ((0,), (1,), (3,)))
    assert canvas.grab().toImage() != with_comet


def test_that_the_picture_that_is_seen_is_the_one_that_is_pointed_at(canvas: PointCanvas) -> None:
    crowd = (np.arange(40, dtype=np.float32) / 100)[:, None].repeat(2, 1)
    canvas.show_points(np.concatenate([crowd, CROSS * 3]))
    canvas.show_sprites(RANDOM.integers(0, 256, (45, 8, 8, 3), dtype=np.uint8))
    canvas.show_pictures(True)
    canvas.grab()
    found = {canvas.point_at(QPointF(x, y)) for x in range(5, 300, 10) for y in range(5, 200, 10)}
    assert {41, 42, 43, 44} < found  # those at the ends, also where the mouse is at the edge of their picture
    assert len(found & set(range(41))) < 8  # of those that lie on each other, the one whose picture there is
    canvas.show_pictures(False)
    canvas.grab()
    assert canvas.point_at(QPointF(299, 1)) == -1


def test_that_a_map_in_space_is_turned_like_another_one(canvas: PointCanvas) -> None:
    canvas.show_points(np.concatenate([CROSS, np.zeros((5, 1), np.float32) + np.arange(5)[:, None]], 1))
    before = canvas.place_of(1)
    canvas.turn_to(1.2, -0.4)
    assert canvas.turn == (1.2, -0.4)
    assert canvas.place_of(1) != before


def test_that_a_sight_of_one_point_or_none_is_one(canvas: PointCanvas) -> None:
    assert np.isfinite(whole(np.zeros((1, 2), np.float32), (100, 100)).scale)
    assert whole(np.zeros((0, 2), np.float32), (100, 100)) == Sight(1.0, 0.0, 0.0)
    canvas.show_points(np.zeros((4, 2), np.float32))
    assert not canvas.grab().isNull()
