"""The bars of a layer that is a vector are drawn, upwards and downwards."""

import numpy as np
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from gui.theme import colours
from gui.views.strips import VectorBars


def test_that_a_vector_is_drawn_from_its_zero_line(qtbot: QtBot) -> None:
    bars = VectorBars()
    qtbot.addWidget(bars)
    bars.resize(208, 108)  # 200 × 100 between the margins
    bars.show_values(np.array([1.0, -1.0], np.float32))
    bars.select(None)
    seen = bars.grab().toImage()
    bar = QColor(colours().bar)
    assert seen.pixelColor(54, 40) == bar
    assert seen.pixelColor(54, 80) != bar
    assert seen.pixelColor(154, 40) != bar
    assert seen.pixelColor(154, 80) == bar
