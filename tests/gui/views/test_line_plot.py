"""Lines over an axis: what stands beside it has room."""

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from gui.views.line_plot import INKS, Line, LinePlot
from gui.views.short_numbers import distinct


def free_at_the_left(image: QImage) -> int:
    """How many columns of pixels have no ink: a word that is cut has some in the very first."""
    ground = image.pixel(image.width() - 1, 0)
    columns, rows = range(image.width()), range(image.height())
    return next(column for column in columns if any(image.pixel(column, row) != ground for row in rows))


@pytest.mark.parametrize("ends", [(0.0, 1.0), (-0.0265, 0.0516), (0.00454, 0.353), (-0.000012, 0.1)])
def test_that_no_number_beside_the_axis_is_cut(ends: tuple[float, float], qtbot: QtBot) -> None:
    plot = LinePlot()
    qtbot.addWidget(plot)
    plot.resize(400, 240)
    plot.show_lines((Line("", np.arange(2.0), np.array(ends)),), "step", "")
    assert free_at_the_left(plot.grab().toImage()) > 1


@pytest.mark.parametrize(
    "ends", [(26.51, 26.54), (999.2, 1001.0), (0.99991, 0.99993), (123_456.0, 123_458.0), (-0.1, 0.3)]
)
def test_that_no_two_numbers_beside_the_axis_are_the_same(ends: tuple[float, float], qtbot: QtBot) -> None:
    plot = LinePlot()
    qtbot.addWidget(plot)
    plot.show_lines((Line("", np.arange(2.0), np.array(ends)),), "step", "")
    _, beside = plot.marks
    assert len(set(beside)) == len(beside)
    assert float(beside[0].replace(",", "")) == pytest.approx(ends[0], rel=1e-3)


def test_that_marks_along_an_axis_are_told_from_each_other() -> None:
    assert distinct([1.0, 1.0001, 1.0002]) == ["1", "1.0001", "1.0002"]
    assert distinct([-0.0793, 1.25, 2.58]) == ["-0.0793", "1.25", "2.58"]
    assert distinct([5.0, 5.0]) == ["5", "5"]  # which are the same


@pytest.mark.parametrize("where", [2.0, 0.0, 1e17])
def test_that_a_single_point_stands_in_the_middle_whatever_limits_are_given(where: float, qtbot: QtBot) -> None:
    plot = LinePlot()
    qtbot.addWidget(plot)
    plot.resize(400, 240)
    point = Line("", np.array([where]), np.array([1.0]), ink="#ff0000", dots=True)
    plot.show_lines((point,), "radius", "", (where, where), (0.0, 1.0))
    low, high = plot.x_span
    assert low < where < high
    image = plot.grab().toImage()
    assert any(image.pixelColor(x, y).name() == "#ff0000" for x in range(400) for y in range(240))


@pytest.mark.parametrize(
    ("last", "marks"), [(249, ["0", "62", "124", "187", "249"]), (2, ["0", "1", "2"]), (1, ["0", "1"])]
)
def test_that_an_axis_of_steps_is_marked_and_told_by_whole_numbers(last: int, marks: list[str], qtbot: QtBot) -> None:
    plot = LinePlot()
    qtbot.addWidget(plot)
    steps = np.arange(last + 1.0)
    plot.show_lines((Line("climbed", steps, 10 * steps),), "step", "", (0.0, float(last)), counted=True)
    assert plot.marks[0] == marks
    assert plot.told_at(0.6) == ["step 1", "climbed: 10"]
    plot.show_lines((Line("climbed", steps, 10 * steps),), "share", "", (0.0, float(last)))
    assert plot.told_at(0.6)[0] == "share 0.6"


@pytest.mark.parametrize(
    ("value", "words"),
    [(2_360_000, "2.36 M"), (999_999_900, "1 G"), (-4.2e7, "-42 M"), (999_999, "999,999"), (0.0, "0"), (2e15, "2e+15")],
)
def test_that_large_numbers_are_told_as_people_read_them(value: float, words: str) -> None:
    assert distinct([value]) == [words]


def test_that_large_marks_are_told_from_each_other() -> None:
    assert distinct([0.0, 590_000.0, 1_180_000.0]) == ["0", "590,000", "1.18 M"]
    assert distinct([1e6, 1.0001e6]) == ["1 M", "1.0001 M"]
    assert distinct([57_569.9, 57_570.4]) == ["57,569.9", "57,570.4"]


@pytest.mark.parametrize("lost", [None, 5_000])
def test_that_a_long_line_is_painted_with_its_peaks(lost: int | None, qtbot: QtBot) -> None:
    plot = LinePlot()
    qtbot.addWidget(plot)
    plot.resize(400, 240)
    generator = np.random.default_rng(0)
    y = np.cumsum(generator.normal(0, 1, 20_000))
    y[7_123] += 200
    if lost is not None:
        y[lost] = np.nan
    plot.show_lines((Line("", np.arange(20_000.0), y),), "step", "")
    quick = pixels(plot)
    whole = LinePlot()  # of parts that are short enough to be painted point by point
    qtbot.addWidget(whole)
    whole.resize(400, 240)
    parts = tuple(
        Line("", np.arange(first, last, dtype=float), y[first:last], ink=INKS[0])
        for first in range(0, 20_000, 1_000)
        for last in (min(first + 1_001, 20_000),)
    )
    whole.show_lines(parts, "step", "")
    assert np.mean(quick != pixels(whole)) < 0.01
    assert whole.y_span == plot.y_span


def pixels(plot: LinePlot) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    image = plot.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()] > 127
