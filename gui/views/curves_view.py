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
            )
            for line in result.lines
        ]
        self.show_lines(lines, result.x_words, result.y_words, result.x_range or _range(result.x), self._span(result))

    def _span(self, result: Curves) -> tuple[float, float]:
        low, high = result.y_range or (0.0, 0.0)
        values = [line.values for line in result.lines if len(line.values)]
        return (
            min(low, *(float(one.min()) for one in values)) if values else low,
            max(high, *(float(one.max()) for one in values)) if values else high,
        )


def _range(x: Floats) -> tuple[float, float]:
    return (float(x.min()), float(x.max())) if len(x) else (0.0, 1.0)
