"""A study: many questions with their answers in a folder, so that it can be stopped at any moment and goes on.

Each cell has a file of numbers, a figure and a record of what is to be said of it; the record is written last, so that
a cell without one is computed again. What is written is all or nothing, and equal to the byte however often the study
was stopped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import monotonic
from typing import BinaryIO

from analysis.files.claimed_file import claimed
from analysis.files.npz import npz_bytes
from analysis.files.png import levels_png
from analysis.files.whole_file import write_whole
from analysis.methods.run import Ran
from analysis.protocol.problems import Problem, in_one_line
from analysis.protocol.recipe import Recipe, from_json, to_json
from analysis.results.kinds import Grown
from analysis.results.over_picture import as_levels
from analysis.studies.cells import Answered, Cell, Open, Working, answered, cells
from analysis.studies.grid import GRID, completed_row
from analysis.studies.record import Record, record_of
from analysis.studies.sheet import sheet_of
from analysis.studies.tables import csv_of, page_of_cells

TABLE = "study.csv"
PAGE = "index.html"
CELLS = "cells"
SHEET = "sheet.png"
PICTURE = ".picture.png"  # what was made, and nothing round it
SO_FAR = ".so-far"  # what a cell that takes long came to, by which it goes on
BESIDE = ".kept"  # a folder of what else is to stay of it, such as the networks of a training
TOLD_EVERY = 10.0  # seconds
_LARGEST = 64 << 20  # bytes of a grid with as many cells as there may be

Draw = Callable[[Ran], bytes]  # a cell's figure as a PNG


@dataclass(frozen=True)
class Kept:
    """A cell is over; its record is in the folder."""

    cell: Cell
    record: Record


Steps = Generator[Working | Kept, None, None]


@dataclass(frozen=True)
class Place:
    """A file of a cell that takes long."""

    path: Path

    def read(self) -> bytes | None:
        try:
            return self.path.read_bytes() if self.path.exists() else None
        except OSError as error:
            raise Problem(f"{self.path} could not be read: {error.strerror or 'it is damaged'}.") from error

    def write(self, content: bytes) -> None:
        write_whole(self.path, content)

    @property
    def beside(self) -> Path:
        return self.path.with_name(self.path.name.removesuffix(SO_FAR) + BESIDE)


class Study:
    """The folder is made, or gone on with; it is this program's alone until it is closed."""

    def __init__(self, folder: Path, grid: Recipe | None = None) -> None:
        """Without a grid the study that is in the folder goes on."""
        self.folder = folder
        there = _grid_in(folder)
        if grid is not None:
            grid = complete(grid)
        if grid is not None and there is not None and grid != there:
            raise Problem(f"The study in {folder} asks something else: choose another folder, or leave the recipe out.")
        self.grid = _either(grid, there)
        self.cells = cells(self.grid)
        self._names = _names(self.cells)
        if there is None:
            self._begin()
        self._claim: BinaryIO | None = _claimed(folder)
        self._sweep()
        self.records = {cell.number: record for cell in self.cells if (record := self._record(cell)) is not None}

    def close(self) -> None:
        if self._claim is not None:
            self._claim.close()
            self._claim = None

    def take_away_if_empty(self) -> None:
        """What was begun and came to nothing, such as for a data set that there is not, leaves no folder behind."""
        with suppress(OSError):
            (self.folder / CELLS).rmdir()  # which fails where anything is in it
            (self.folder / GRID).unlink()
            self.folder.rmdir()

    def done(self) -> frozenset[int]:
        """The cells that need not be asked again; one that failed is tried once more."""
        return frozenset(number for number, record in self.records.items() if not record.problem)

    def steps(
        self, open_network: Open, draw: Draw, done: frozenset[int] | None = None
    ) -> Generator[Working | Kept, None, None]:
        """Everything but what is `done` is asked; the tables are written now and then, and at the end, whichever."""
        done = self.done() if done is None else done
        todo = [cell for cell in self.cells if cell.number not in done]
        told = monotonic()
        try:
            for step in answered(self.grid, todo, open_network, keep_of=self.place):
                if not isinstance(step, Answered):
                    yield step
                    continue
                yield self.keep(step, draw)
                if monotonic() - told > TOLD_EVERY:
                    self.write_tables()
                    told = monotonic()
        except BaseException:
            with suppress(Problem):  # such as a full disk, which has been told already
                self.write_tables()
                self.write_sheet()
            raise
        self.write_tables()
        self.write_sheet()

    def write_tables(self) -> None:
        """What is there of the study, as a table and as a page."""
        rows = [(cell, self.records[cell.number]) for cell in self.cells if cell.number in self.records]
        files = {cell.number: f"{CELLS}/{self._names[cell.number]}" for cell in self.cells}
        write_whole(self.folder / TABLE, csv_of(rows, files))
        write_whole(self.folder / PAGE, page_of_cells(self.grid, self.cells, self.records, files, self._made(files)))

    def write_sheet(self) -> None:
        """Of what was made for many units, all of it as one picture."""
        files = {cell.number: f"{CELLS}/{self._names[cell.number]}" for cell in self.cells}
        made = self._made(files)
        if len(made) > 1:
            named = [(self.folder / made[cell.number], _whose(cell)) for cell in self.cells if cell.number in made]
            write_whole(self.folder / SHEET, sheet_of(named))

    def _made(self, files: Mapping[int, str]) -> dict[int, str]:
        """The bare pictures that there are."""
        names = {number: f"{file}{PICTURE}" for number, file in files.items() if number in self.records}
        return {number: name for number, name in names.items() if (self.folder / name).is_file()}

    def _begin(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            others = [path.name for path in self.folder.iterdir() if not _is_part(path.name)]
            if others and others != [CELLS]:
                raise Problem(f"{self.folder} holds other files, such as {sorted(others)[0]}: choose an empty folder.")
            (self.folder / CELLS).mkdir(exist_ok=True)
        except OSError as error:
            raise Problem(f"The folder {self.folder} cannot be used: {error.strerror or error}.") from error
        told = json.loads(to_json(self.grid)) | {"study": {"cells": len(self.cells)}}
        write_whole(self.folder / GRID, (json.dumps(told, indent=2) + "\n").encode("ascii"))

    def _sweep(self) -> None:
        """Takes away what a killed program had half written."""
        for folder in (self.folder, self.folder / CELLS):
            for path in folder.glob(".*.part"):
                with suppress(OSError):
                    path.unlink()
        with suppress(OSError):
            (self.folder / CELLS).mkdir(exist_ok=True)

    def place(self, cell: Cell) -> Place:
        """Where a cell that takes long keeps what it came to."""
        stem = self.folder / CELLS / self._names[cell.number]
        return Place(stem.with_name(stem.name + SO_FAR))

    def keep(self, step: Answered, draw: Draw) -> Kept:
        """The record is written last: with it the cell is there."""
        cell, outcome = step.cell, step.outcome
        content: dict[str, bytes] = {}
        if isinstance(outcome, Ran):
            try:
                content = {".npz": npz_bytes(outcome.recipe, outcome.numbers), ".png": draw(outcome)}
                if isinstance(outcome.result, Grown) and len(outcome.result.pictures) == 1:
                    content[PICTURE] = levels_png(as_levels(outcome.result.pictures[0]))
                record = record_of(outcome)
            except Problem as problem:
                record = Record(problem=str(problem))
            except Exception as error:  # whatever a figure of an odd network's answer comes to
                record = Record(problem=f"The figure could not be drawn: {in_one_line(error)}.")
        else:
            record = Record(problem=outcome)
        stem = self.folder / CELLS / self._names[cell.number]
        if not record.problem:
            for suffix, whole in content.items():
                write_whole(stem.with_name(stem.name + suffix), whole)
        told = {"cell": cell.number, **asdict(record)}
        text = json.dumps(told, indent=2, allow_nan=False) + "\n"
        write_whole(stem.with_name(stem.name + ".json"), text.encode("ascii"))
        self.records[cell.number] = record
        return Kept(cell, record)

    def _record(self, cell: Cell) -> Record | None:
        """None where something of the cell is missing, or is no record."""
        stem = self.folder / CELLS / self._names[cell.number]
        try:
            told = json.loads(stem.with_name(stem.name + ".json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return None
        record = Record.read(told)
        if record is None or record.problem:
            return record
        whole = all(stem.with_name(stem.name + suffix).is_file() for suffix in (".npz", ".png"))
        return record if whole else None


def _whose(cell: Cell) -> str:
    asked = cell.question
    return asked.target if asked.unit is None else f"unit {asked.unit}"


def complete(grid: Recipe) -> Recipe:
    """With every setting in words, so that the same comes out where a method's own settings have changed."""
    if grid.comparison is None:
        raise Problem("This recipe is no grid: it has no comparison with methods and networks.")
    methods = tuple(completed_row(choice) for choice in grid.comparison.methods)
    return replace(grid, comparison=replace(grid.comparison, methods=methods))


def _either(grid: Recipe | None, there: Recipe | None) -> Recipe:
    found = grid or there
    if found is None:
        raise Problem("There is no study in this folder to go on with: say what to ask with --recipe or --methods.")
    return found


def _grid_in(folder: Path) -> Recipe | None:
    path = folder / GRID
    try:
        if not path.exists():
            return None
        if path.stat().st_size > _LARGEST:
            raise Problem("It is larger than any study's.")
        return from_json(path.read_text(encoding="utf-8"))
    except Problem as problem:
        raise Problem(f"The study in {folder} cannot go on, as {GRID} is not what it was: {problem}") from problem
    except (OSError, ValueError) as error:
        raise Problem(f"{path} could not be read: {getattr(error, 'strerror', None) or 'it is damaged'}.") from error


def _claimed(folder: Path) -> BinaryIO:
    try:
        claim = claimed(folder / GRID)
    except OSError as error:
        raise Problem(f"You may not write into {folder}: choose another one ({error.strerror or error}).") from error
    if claim is None:
        raise Problem(f"Another program is working on the study in {folder}: wait for it, or stop it first.")
    return claim


def _names(every: tuple[Cell, ...]) -> dict[int, str]:
    """Whatever pictures and networks are called, names that every disk takes.

    Where one method is asked of one network, they say of which picture and unit, for who looks into the folder.
    """
    digits = max(4, len(str(len(every))))
    one_method = len({(cell.row, cell.column, cell.variant) for cell in every}) == 1
    several_pictures = one_method and len({cell.picture for cell in every}) > 1
    several_units = one_method and len({cell.unit for cell in every}) > 1
    names = {}
    for cell in every:
        parts = [f"{cell.number:0{digits}d}", cell.question.method, _sound(Path(cell.choice.name).name) or "network"]
        if several_pictures and cell.question.picture is not None:
            parts.append(_sound(Path(cell.question.picture.origin).stem))
        if several_units and cell.question.unit is not None:
            parts.append(f"unit-{cell.question.unit}")
        names[cell.number] = "-".join(part for part in parts if part)
    return names


def _sound(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:40].strip("-.")


def _is_part(name: str) -> bool:
    return name.startswith(".") and name.endswith(".part")
