"""Pictures that grow: which line of the curves below is whose."""

import numpy as np
from pytestqt.qtbot import QtBot

from analysis.results.kinds import Grown
from gui.views.grown_view import GrownView
from gui.views.line_plot import INKS, key_pen


def grown(count: int) -> Grown:
    pictures = (np.full((8, 8, 3), 0.5, np.float32),) * count
    values = np.arange(count * 4, dtype=np.float32).reshape(count, 4)
    return Grown(pictures, tuple(f"seed {number}" for number in range(count)), values, values, 4, "")


def test_that_each_of_many_pictures_bears_the_colour_of_its_line(qtbot: QtBot) -> None:
    view = GrownView()
    qtbot.addWidget(view)
    view.resize(700, 500)
    view.show_result(grown(8))
    image = view.sheet.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert {key_pen(number).color().name() for number in range(8)} <= seen
    assert len({(pen.color().name(), pen.style()) for pen in map(key_pen, range(12))}) == 12
    view.show_result(grown(1))
    image = view.sheet.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert not seen & {key_pen(number).color().name() for number in range(len(INKS))}


def test_that_the_cursor_on_the_curves_of_many_pictures_tells_whose_each_is(qtbot: QtBot) -> None:
    view = GrownView()
    qtbot.addWidget(view)
    view.show()
    with qtbot.waitExposed(view):
        view.show_result(grown(8))
    qtbot.waitUntil(lambda: len(view.objective.lines) == 8)
    assert view.objective.told_at(1.0)[1:3] == ["seed 0: 1", "seed 1: 5"]
    view.show_result(grown(1))
    qtbot.waitUntil(lambda: len(view.objective.lines) == 1)
    assert view.objective.told_at(1.0) == ["step 1", "objective: 1"]
