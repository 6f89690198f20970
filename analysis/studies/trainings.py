"""Trainings that are kept as studies: which there are in a folder, and what is to be seen of each, over or not."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.methods.registry import method
from analysis.methods.settings import configured, written
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import MethodChoice, from_json
from analysis.results.kinds import Array, Finding, Learning
from analysis.studies.grid import GRID
from analysis.studies.study import CELLS, SO_FAR
from analysis.training.checkpoint_film import seen_of_numbers
from analysis.training.presets import PRESETS
from analysis.training.seen import learning_of
from analysis.training.so_far import numbers_so_far

OVER = ".npz"
PRESET_METHOD = "monitor"  # that presets are settings of
_NEEDED = {
    "result": 1,
    "tests": 2,
    "layers": 1,
    "measured": 1,
    "activations": 3,
    "activation_ranges": 3,
    "gradients": 3,
    "ratios": 2,
    "told": 1,
    "told_at": 1,
}
_OF_FILM = {
    "result": 2,
    "layers": 1,
    "iterations": 1,
    "weights": 3,
    "weight_ranges": 3,
    "tags": 1,
    "tag_of": 1,
    "steps": 1,
    "scalars": 1,
}


@dataclass(frozen=True)
class KeptTraining:
    """A cell of the study in `folder`; `words` are of what learns."""

    folder: Path
    cell: str
    over: bool
    words: str

    @property
    def name(self) -> str:
        return f"{self.words} · {self.folder.name}"


def trainings_in(folder: Path) -> tuple[KeptTraining, ...]:
    """Those of all studies in it, the newest first. A study that is damaged is passed over."""
    found = []
    try:
        studies = sorted((path.parent for path in folder.glob(f"*/{GRID}")), reverse=True)
    except OSError:
        return ()
    for study in studies:
        try:
            rows = _rows(study)
        except (Problem, OSError, ValueError):
            continue
        kept = (path.name for path in (study / CELLS).glob("*") if path.name.endswith((OVER, SO_FAR)))
        for cell in sorted({name.removesuffix(OVER).removesuffix(SO_FAR) for name in kept}):
            row = next((row for row in rows if f"-{row.name}-" in cell), None)
            if row is not None:
                over = (study / CELLS / (cell + OVER)).exists()
                found.append(KeptTraining(study, cell, over, _words(row, cell)))
    return tuple(found)


def _rows(study: Path) -> list[MethodChoice]:
    """The methods that are trainings; a longer name is looked for first."""
    grid = from_json((study / GRID).read_text(encoding="utf-8"))
    rows = grid.comparison.methods if grid.comparison is not None else ()
    known = [row for row in rows if method(row.name).family == "training" and method(row.name).gives is Learning]
    return sorted(known, key=lambda row: -len(row.name))


def _words(row: MethodChoice, cell: str) -> str:
    """A preset by its name, a film by its folder, and of anything else which network it is."""
    fitting = [one for one in PRESETS if one.settings and row.settings.items() >= one.settings.items()]
    if dict(row.settings) == written(configured(method(row.name), {})) and row.name == PRESET_METHOD:
        return PRESETS[0].name  # which is that of the settings as they are
    if fitting:
        return max(fitting, key=lambda one: len(one.settings)).name
    if row.settings.get("folder"):
        return f"film of {Path(str(row.settings['folder'])).name}"
    return str(row.settings.get("network") or cell.split(f"-{row.name}-", 1)[-1])


def seen_of(kept: KeptTraining) -> Learning:
    """As far as it is."""
    stem = kept.folder / CELLS / kept.cell
    damaged = Problem(f"The training in {kept.folder} is damaged: choose another one.")
    try:
        if kept.over:
            total, numbers = 0, _numbers(stem.with_name(stem.name + OVER))
        else:
            numbers, total = numbers_so_far(stem.with_name(stem.name + SO_FAR).read_bytes())
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError, Problem) as error:
        raise damaged from error
    film = "weights" in numbers
    if any(name not in numbers or numbers[name].ndim != axes for name, axes in (_OF_FILM if film else _NEEDED).items()):
        raise damaged
    if film:
        try:
            return seen_of_numbers(numbers, f"The {kept.name}.")
        except (ValueError, IndexError) as error:
            raise damaged from error
    told = zip(numbers["told_at"].tolist(), numbers["told"].tolist(), strict=False)
    findings = tuple(Finding(int(at), "", "", str(sentence)) for at, sentence in told)
    try:
        return learning_of(numbers, total or len(numbers["result"]), findings, f"The training {kept.name}.")
    except (ValueError, IndexError) as error:
        raise damaged from error


def _numbers(file: Path) -> dict[str, Array]:
    with open(file, "rb") as stream, np.load(stream, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files if name != "recipe"}
