"""`render` of a recipe that compares: every method on every network, one network at a time; a page, or its numbers."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.commands.numbers import described, with_results
from analysis.commands.opening import opening
from analysis.commands.progress import progress_line
from analysis.files.npz import npz_bytes
from analysis.methods.registry import method
from analysis.network.network import Network, as_array
from analysis.opening.loading import Steps
from analysis.pictures.chosen import picture_of
from analysis.protocol.events import MethodResult
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, Recipe, same_network
from analysis.results.numbers import numbers_of
from analysis.studies.cells import Working, answered, cells
from analysis.studies.grid import Compared, Labels, Outcome, Place, as_compared, questions


@dataclass(frozen=True, eq=False)
class Cells:
    """What came of a comparison, what its networks saw by the names of files, and what is to be said beside it."""

    compared: Compared
    inputs: Mapping[str, NDArray[Any]]
    notes: tuple[str, ...]

    def content(self, suffix: str) -> bytes:
        return _content(self.compared, self.inputs, suffix)


def compared(recipe: Recipe, suffix: str, arguments: argparse.Namespace) -> tuple[bytes, Sequence[str]]:
    """The output file's content, and what is to be said beside it."""
    cells = cells_of(recipe, arguments)
    return cells.content(suffix), cells.notes


def cells_of(recipe: Recipe, arguments: argparse.Namespace) -> Cells:
    assert recipe.comparison is not None
    asked = questions(recipe)
    picture_of(recipe.picture)  # without the picture nothing else need be tried
    page = replace(recipe, comparison=replace(recipe.comparison, settings=(), units=(), pictures=()))
    outcomes: dict[Place, Outcome] = {}
    inputs: dict[str, NDArray[Any]] = {}
    notes: dict[str, None] = {}  # in order, each once
    labels: Labels = None

    def opened(choice: ModelChoice) -> Steps[Network]:
        nonlocal labels
        network = yield from opening(choice, arguments)
        if same_network(choice, page.model):
            labels = network.labels
        return network

    with progress_line() as show:
        for step in answered(page, cells(page), opened):
            if isinstance(step, Working):
                show(step.done, step.total, step.note)
                continue
            cell, outcome = step.cell, step.outcome
            if isinstance(outcome, str):
                title = method(asked[cell.row].method).title
                outcomes[cell.row, cell.column] = outcome
                notes[f"{title} on {step.network}: {outcome}" if step.network else outcome] = None
            else:
                picture = outcome.asked.picture
                outcomes[cell.row, cell.column] = MethodResult(0, outcome.recipe, picture, outcome.result)
                inputs[f"input_{cell.column}"] = as_array(outcome.asked.question.input)
                notes |= dict.fromkeys(outcome.notes)
    if not inputs:
        raise Problem(f"No map of this comparison could be computed. {next(iter(notes), '')}")
    return Cells(as_compared(page, outcomes, labels), inputs, tuple(notes))


def _content(compared: Compared, inputs: Mapping[str, NDArray[Any]], suffix: str) -> bytes:
    if suffix == ".npz":
        return npz_bytes(compared.recipe, _arrays(compared) | dict(inputs))
    if suffix == ".json":
        return with_results(compared.recipe, _described(compared))
    from analysis.drawing.comparison import comparison_figure

    return comparison_figure(compared).saved(suffix, compared.recipe)


def _arrays(compared: Compared) -> dict[str, NDArray[Any]]:
    """Named by row and column: `result_0_1` is the first method's on the second network."""
    return {
        f"{name}_{row}_{column}": np.asarray(array)
        for (row, column), result in compared.results.items()
        for name, array in numbers_of(result.result).items()
    }


def _described(compared: Compared) -> dict[str, Any]:
    """The same names; a cell without a result says why."""
    results: dict[str, Any] = {}
    for (row, column), outcome in compared.outcomes.items():
        if isinstance(outcome, str):
            results[f"{row}_{column}"] = outcome
            continue
        holds = method(outcome.recipe.method).declares
        for name, array in numbers_of(outcome.result).items():
            results[f"{name}_{row}_{column}"] = described(array, holds.get(name, ""))
    return results
