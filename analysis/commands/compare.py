"""`render` of a recipe that compares: every method on every network, one network at a time; a page, or its numbers."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.commands.numbers import described, with_results
from analysis.commands.opening import opening
from analysis.commands.progress import progress_line
from analysis.files.npz import npz_bytes
from analysis.methods.registry import method
from analysis.opening.loading import finished
from analysis.protocol.recipe import Recipe
from analysis.results.numbers import numbers_of
from analysis.studies.comparing import Cells, comparing
from analysis.studies.grid import Compared


def compared(recipe: Recipe, suffix: str, arguments: argparse.Namespace) -> tuple[bytes, Sequence[str]]:
    """The output file's content, and what is to be said beside it."""
    cells = cells_of(recipe, arguments)
    return content_of(cells, suffix), cells.notes


def cells_of(recipe: Recipe, arguments: argparse.Namespace) -> Cells:
    with progress_line() as show:
        steps = comparing(recipe, lambda choice: opening(choice, arguments))
        return finished(steps, lambda step: show(step.done, step.total, step.note))


def content_of(cells: Cells, suffix: str) -> bytes:
    return _content(cells.compared, cells.inputs, suffix)


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
