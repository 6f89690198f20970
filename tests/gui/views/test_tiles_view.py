"""Tiles use the room that is there."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from analysis.results.kinds import Tile, Tiles
from gui.selection import State
from gui.views.tiles_view import TilesView


@pytest.mark.parametrize("count", [40, 96, 256, 1000])
def test_that_more_tiles_than_fit_stand_side_by_side_and_not_one_under_the_other(qtbot: QtBot, count: int) -> None:
    view = TilesView(State())
    qtbot.addWidget(view)
    view.resize(400, 450)
    view.show()
    tile = np.zeros((7, 7), np.float32)
    view.show_result(Tiles(tuple(Tile(tile, str(one)) for one in range(count)), 0, "", {}))
    assert 0.8 * 400 < view.sheet.width() <= view.area.viewport().width()


def test_that_a_row_of_small_tiles_takes_no_more_room_than_they_do(qtbot: QtBot) -> None:
    view = TilesView(State())
    qtbot.addWidget(view)
    view.resize(400, 450)
    view.show()
    sizes = (9, 9, 3, 3, 3, 3)
    view.show_result(Tiles(tuple(Tile(np.zeros((size, size), np.float32)) for size in sizes), 2, "", {}))
    tops = [rect.top() for rect in view.sheet.rects]
    assert tops[2] - tops[0] > 2 * (tops[4] - tops[2])
