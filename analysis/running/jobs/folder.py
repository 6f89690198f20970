"""A run that is watched in the window and kept in a folder, as a study of a single cell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.methods.dependence import what_mattered
from analysis.studies.cells import Answered, Cell
from analysis.studies.grid import of_one
from analysis.studies.study import Place, Study

if TYPE_CHECKING:
    from analysis.methods.run import Ran
    from analysis.protocol.recipe import Recipe


@dataclass(frozen=True)
class RunFolder:
    study: Study

    @property
    def place(self) -> Place:
        return self.study.place(self._cell)

    def keep(self, ran: Ran) -> None:
        """It is over: its numbers, its figure and its record, as those of every study."""
        from analysis.drawing.run_figure import figure_of

        self.study.keep(Answered(self._cell, ran), lambda one: figure_of(one, ".png"))
        self.study.write_tables()

    @property
    def _cell(self) -> Cell:
        return self.study.cells[0]


@contextmanager
def folder_of(folder: str, recipe: Recipe) -> Iterator[RunFolder | None]:
    """None where it is kept nowhere."""
    if not folder:
        yield None
        return
    study = Study(Path(folder), of_one(what_mattered(recipe)))
    try:
        yield RunFolder(study)
    finally:
        study.close()
        study.take_away_if_empty()
