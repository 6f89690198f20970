"""Trainings in folders: a file of numbers with the recipe inside, beside the networks of the way."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from analysis.files.npz import npz_bytes
from analysis.files.whole_file import write_whole
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe
from analysis.results.kinds import Array, Finding, Learning
from analysis.training.seen import learning_of

FILE = "run.npz"
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


def write_run(folder: Path, recipe: Recipe, numbers: Mapping[str, Array]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"The run cannot be kept in {folder}: {error.strerror or error}.") from error
    write_whole(folder / FILE, npz_bytes(recipe, dict(numbers)))


def runs_in(folder: Path) -> tuple[str, ...]:
    """The names of the runs in it, the newest first."""
    try:
        found = [path.parent.name for path in folder.glob(f"*/{FILE}")]
    except OSError:
        return ()
    return tuple(sorted(found, reverse=True))


def read_run(folder: Path) -> Learning:
    damaged = Problem(f"{folder / FILE} is no training that was kept here, or is damaged: choose another one.")
    try:
        with open(folder / FILE, "rb") as stream, np.load(stream, allow_pickle=False) as archive:
            numbers = {name: archive[name] for name in archive.files if name != "recipe"}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise damaged from error
    if any(name not in numbers or numbers[name].ndim != axes for name, axes in _NEEDED.items()):
        raise damaged
    told = zip(numbers["told_at"].tolist(), numbers["told"].tolist(), strict=False)
    findings = tuple(Finding(int(at), "", "", str(sentence)) for at, sentence in told)
    try:
        return learning_of(numbers, len(numbers["result"]), findings, f"The run {folder.name}.")
    except (ValueError, IndexError) as error:
        raise damaged from error
