"""A result of lines, as a plot in the colours of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.views.line_plot import Line, LinePlot

if TYPE_CHECKING:
    from analysis.protocol.frame import Pixels
    from analysis.results.kinds import Curves, Floats

INKS = {"red": "#ff6b6b", "green": "#5fce8b", "blue": "#4fb0ff", "grey": "#a2a9b5"}  # others get what is left


class CurvesView(LinePlot):
    def show_result(self, result: Curves, _picture: Pixels | None = None) -> None:
        """Complete or not: the axes are those of the whole run, where the result says them."""
        lines = [
            Line(
                line.name,
                result.x,
                line.values,
                ink=INKS.get(line.name, ""),
                dashed=line.beside,
                dots=len(line.values) <= 30,
                low=line.low,
                high=line.high,
            )
            for line in result.lines
        ]
        span = result.x_range or _range(result.x)
        y_span, names, counted = self._span(result), result.x_names, result.counted
        self.show_lines(lines, result.x_words, result.y_words, span, y_span, names, counted)

    def _span(self, result: Curves) -> tuple[float, float]:
        low, high = result.y_range or (0.0, 0.0)
        values = [
            float(end)
            for line in result.lines
            for one in (line.values, line.low, line.high)
            if one is not None and len(one)
            for end in (one.min(), one.max())
        ]
        known = [value for value in values if abs(value) < float("inf")]  # nor what is no number
        return min(low, *known, low), max(high, *known, high)


def _range(x: Floats) -> tuple[float, float]:
    return (float(x.min()), float(x.max())) if len(x) else (0.0, 1.0)
