"""A recipe that compares, asked from a script: its cells, its page, and files as the command line writes them."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.protocol.problems import Problem
from analysis.protocol.recipe import IN_MEMORY, ModelChoice

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result
    from analysis.script.networks import GivenModel, Way
    from analysis.studies.comparing import Cells


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
        write_whole(target, self._drawn(target.suffix.lower()))
        return target

    def _drawn(self, suffix: str) -> bytes:
        from analysis.commands.compare import content_of

        return content_of(self.cells, suffix)

    def __repr__(self) -> str:
        rows, columns = (len({place[axis] for place in self.cells.compared.outcomes}) for axis in (0, 1))
        return f"<comparison of {rows} × {columns} maps>"

    def _repr_png_(self) -> tuple[bytes, dict[str, Any]]:
        return self._drawn(".png"), {"width": 700}

    def _repr_html_(self) -> str:
        picture = base64.b64encode(self._drawn(".png")).decode("ascii")
        notes = "".join(f"<br><small>{html.escape(note)}</small>" for note in self.notes)
        return f'<div><img style="width:700px;max-width:100%" src="data:image/png;base64,{picture}">{notes}</div>'


def grid_of(recipe: Recipe, way: Way, model: GivenModel | None = None) -> Grid:
    """`model` stands for the one of its networks that was in memory only."""
    from analysis.commands.compare import cells_of
    from analysis.script.networks import typed

    with _offered(recipe, model) as known:
        return Grid(cells_of(known, typed(way)))


@contextmanager
def _offered(recipe: Recipe, model: GivenModel | None) -> Iterator[Recipe]:
    """The recipe with the name under which the module can be opened in this block."""
    from torch import nn

    from analysis.network.network import Network
    from analysis.opening import in_memory

    assert recipe.comparison is not None
    names = {choice.name for choice in (recipe.model, *recipe.comparison.networks) if choice.in_memory}
    if not names and model is None:
        yield recipe
        return
    if model is None or len(names) != 1:
        raise Problem(
            "A comparison takes one module of a script, for the network that it has in memory: "
            + ("it has none, so leave model out." if not names else "give it as model=…, and compare no second one.")
        )
    module, labels = (model.module, model.labels) if isinstance(model, Network) else (model, None)
    if not isinstance(module, nn.Module):
        raise Problem(f"The network {names.pop().removeprefix(IN_MEMORY)} is in memory: give the module as model=….")
    with in_memory.offered(module, labels) as name:
        yield _renamed(recipe, name)


def _renamed(recipe: Recipe, name: str) -> Recipe:
    """Whatever was in memory has this name."""

    def known(choice: ModelChoice) -> ModelChoice:
        return replace(choice, name=name, weights_hash=None) if choice.in_memory else choice

    assert recipe.comparison is not None
    networks = tuple(known(choice) for choice in recipe.comparison.networks)
    return replace(recipe, model=known(recipe.model), comparison=replace(recipe.comparison, networks=networks))
