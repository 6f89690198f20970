"""A recipe that compares, asked from a script: its cells, its page, and files as the command line writes them."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.commands.compare import Cells
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result
    from analysis.script.networks import Way


@dataclass(frozen=True, eq=False)
class Grid:
    """`results` are by row (method) and column (network); `problems` say why a cell has none."""

    cells: Cells

    @property
    def recipe(self) -> Recipe:
        return self.cells.compared.recipe

    @property
    def results(self) -> Mapping[tuple[int, int], Result]:
        return {place: result.result for place, result in self.cells.compared.results.items()}

    @property
    def problems(self) -> Mapping[tuple[int, int], str]:
        return {place: outcome for place, outcome in self.cells.compared.outcomes.items() if isinstance(outcome, str)}

    @property
    def notes(self) -> tuple[str, ...]:
        return self.cells.notes

    def figure(self) -> Figure:
        from analysis.drawing.comparison import comparison_figure

        return comparison_figure(self.cells.compared).figure

    def save(self, path: str | os.PathLike[str]) -> Path:
        from analysis.files.whole_file import check_output, write_whole
        from analysis.script.explained import SUFFIXES

        target = Path(path).expanduser()
        check_output(target, SUFFIXES)
        write_whole(target, self.cells.content(target.suffix.lower()))
        return target

    def __repr__(self) -> str:
        rows, columns = (len({place[axis] for place in self.cells.compared.outcomes}) for axis in (0, 1))
        return f"<comparison of {rows} × {columns} maps>"

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        return self.cells.content(".png"), {"width": 700}

    def _repr_html_(self) -> str:
        picture = base64.b64encode(self.cells.content(".png")).decode("ascii")
        notes = "".join(f"<br><small>{html.escape(note)}</small>" for note in self.notes)
        return f'<div><img style="width:700px;max-width:100%" src="data:image/png;base64,{picture}">{notes}</div>'


def grid_of(recipe: Recipe, way: Way) -> Grid:
    from analysis.commands.compare import cells_of
    from analysis.script.networks import typed

    return Grid(cells_of(recipe, typed(way)))
