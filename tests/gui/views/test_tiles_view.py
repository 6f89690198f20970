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
