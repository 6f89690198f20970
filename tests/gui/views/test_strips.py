"""The Unit dock's plots: what there is to see fills them, however much or little it is."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from gui.theme import colours
from gui.views.strips import Histogram, StripChart


def reach(plot: StripChart | Histogram) -> float:
    """The share of the width between the first and the last column that is drawn in the plot's colour."""
    plot.resize(200, 60)
    image = plot.grab().toImage()
    accent = colours().accent
    columns = [
        x
        for x in range(image.width())
        for y in range(image.height())
        if abs(image.pixelColor(x, y).red() - accent.red()) + abs(image.pixelColor(x, y).blue() - accent.blue()) < 40
    ]
    return (max(columns) - min(columns)) / image.width()


@pytest.mark.parametrize(("values", "least"), [(6, 0.06), (40, 0.2), (300, 0.9), (1000, 0.9)])
def test_that_a_few_pictures_are_seen_in_the_chart_as_well_as_many_frames(
    qtbot: QtBot, values: int, least: float
) -> None:
    chart = StripChart()
    qtbot.addWidget(chart)
    for number in range(values):
        chart.add(number % 5)
    assert least < reach(chart) <= 1


def test_that_a_histogram_ends_where_the_values_end(qtbot: QtBot) -> None:
    histogram = Histogram()
    qtbot.addWidget(histogram)
    counts = np.zeros(64, np.int64)
    counts[16:24] = 9
    histogram.show_counts(counts, (-32.0, 32.0), 0.5)
    assert reach(histogram) > 0.9
    assert "72 values from -16 to -8" in histogram.toolTip()
    histogram.clear()
    assert not histogram.toolTip()


@pytest.mark.parametrize("size", [(150, 52), (320, 120)])
def test_that_a_histograms_words_lie_under_its_bars(qtbot: QtBot, size: tuple[int, int]) -> None:
    """No bar comes below the first row of words: with bars all over, the words are the same as with a single one."""
    pictures = []
    for counts in (
        np.full(64, 9, np.int64),
        np.eye(1, 64, 0, dtype=np.int64)[0] + np.eye(1, 64, 63, dtype=np.int64)[0],
    ):
        histogram = Histogram()
        qtbot.addWidget(histogram)
        histogram.resize(*size)
        histogram.show_counts(counts, (-32.0, 32.0), 0.5)
        image = histogram.grab().toImage()
        pictures.append([[image.pixelColor(x, y).rgb() for x in range(size[0])] for y in range(size[1])])
    full, two = np.array(pictures[0]), np.array(pictures[1])
    accent = colours().accent.rgb()
    lowest_bar = max(np.flatnonzero((full == accent).any(axis=1)))
    assert np.array_equal(full[lowest_bar + 1 :], two[lowest_bar + 1 :])
    words = (two != two[0, 0]) & (two != accent)
    highest_word = min(np.flatnonzero(words.any(axis=1)))
    assert highest_word > lowest_bar
    assert lowest_bar > size[1] / 3
