"""Runs side by side: what is drawn in one plot is the same quantity, and each run has one colour."""

import numpy as np
from pytestqt.qtbot import QtBot

from analysis.results.kinds import Learning, Line, Plot
from gui.views.learning_view import LearningView
from gui.views.line_plot import LinePlot


def learning(*plots: Plot) -> Learning:
    return Learning(plots, (), np.zeros(0, np.float32), (), 9, "so far", {})


def plot(name: str, *lines: str, logarithms: bool = False) -> Plot:
    x = np.arange(3, dtype=np.float32)
    return Plot(name, tuple(Line(line, x + 1) for line in lines), (x,) * len(lines), logarithms)


def drawn(plot: LinePlot) -> list[tuple[str, bool]]:
    return [(line.ink, line.dashed) for line in plot.lines]


def test_that_a_run_beside_is_drawn_where_its_quantity_is(qtbot: QtBot) -> None:
    view = LearningView()
    qtbot.addWidget(view)
    view.show_result(learning(plot("steps", "one", "two", logarithms=True), plot("loss", "learnt", "tests")))
    view.show_beside([("other", learning(plot("loss", "learnt", "tests"), plot("right", "tests")))])
    steps, loss = view.plots[:2]
    assert len(drawn(steps)) == 2
    assert len(drawn(loss)) == 4
    assert len({ink for ink, _ in drawn(steps)}) == 1
    assert len({ink for ink, _ in drawn(loss)[:2]}) == 1
    assert len({ink for ink, _ in drawn(loss)}) == 2
