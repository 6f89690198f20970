"""`render` of a recipe that compares: every method on every network, one network at a time; a page, or its numbers."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.commands.numbers import described, npz, with_results
from analysis.commands.opening import opened
from analysis.commands.running import pixels_of, run_on
from analysis.methods.registry import method
from analysis.methods.settings import configured
from analysis.protocol.events import MethodResult
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import Recipe
from analysis.protocol.target import ClassTarget, parse
from analysis.results.numbers import numbers_of
from analysis.studies.grid import Compared, Labels, Outcome, Place, as_compared, asked_of, questions


def compared(recipe: Recipe, suffix: str, arguments: argparse.Namespace) -> tuple[bytes, Sequence[str]]:
    """The output file's content, and what is to be said beside it."""
    assert recipe.comparison is not None
    asked = questions(recipe)
    techniques = [configured(method(question.method), question.settings) for question in asked]
    pixels = pixels_of(recipe)
    labels = _labels(recipe, arguments)
    outcomes: dict[Place, Outcome] = {}
    inputs: dict[str, NDArray[Any]] = {}
    notes: dict[str, None] = {}  # in order, each once
    for column, choice in enumerate(recipe.comparison.networks):
        try:
            network = opened(choice, arguments)
        except Problem as problem:
            outcomes |= {(row, column): str(problem) for row in range(len(asked))}
            notes[str(problem)] = None
            continue
        for row, (question, technique) in enumerate(zip(asked, techniques, strict=True)):
            try:
                own = asked_of(question, labels, choice, network.labels)
            except Problem as problem:
                outcomes[row, column] = str(problem)
                notes[str(problem)] = None
                continue
            try:
                rendering = run_on(network, own, pixels)
            except Problem as problem:
                outcomes[row, column] = str(problem)
                notes[f"{technique.title} on {network.title}: {problem}"] = None
                continue
            outcomes[row, column] = MethodResult(0, rendering.recipe, rendering.picture, rendering.result)
            inputs[f"input_{column}"] = rendering.input
            notes |= dict.fromkeys(rendering.notes)
    if not inputs:
        raise Problem(f"No map of this comparison could be computed. {next(iter(notes), '')}")
    return _content(as_compared(recipe, outcomes, labels), inputs, suffix), tuple(notes)


def _labels(recipe: Recipe, arguments: argparse.Namespace) -> Labels:
    """Names of the classes that the target counts; only a class by its number needs them."""
    target = parse(recipe.target)
    if not isinstance(target, ClassTarget) or target.index is None:
        return None
    return opened(recipe.model, arguments).labels


def _content(compared: Compared, inputs: Mapping[str, NDArray[Any]], suffix: str) -> bytes:
    if suffix == ".npz":
        return npz(compared.recipe, _arrays(compared) | dict(inputs))
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
