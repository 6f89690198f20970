"""A whole comparison, cell after cell, for whoever shows how far it is: what came of it, and what is said beside it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.methods.registry import method
from analysis.network.network import Network, as_array
from analysis.opening.loading import Steps
from analysis.pictures.chosen import picture_of
from analysis.protocol.events import MethodResult
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, Recipe, same_network
from analysis.studies.cells import Open, Working, answered, cells
from analysis.studies.grid import Compared, Labels, Outcome, Place, as_compared, questions

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Cells:
    """What came of a comparison, what its networks saw by the names of files, and what is to be said beside it."""

    compared: Compared
    inputs: Mapping[str, NDArray[Any]]
    notes: tuple[str, ...]


def comparing(recipe: Recipe, open_network: Open, enough: Callable[[], bool] = bool) -> Generator[Working, None, Cells]:
    """A problem where no cell of it could be computed; what only some of them lack is said in their places."""
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
        network = yield from open_network(choice)
        if same_network(choice, page.model):
            labels = network.labels
        return network

    for step in answered(page, cells(page), opened, enough):
        if isinstance(step, Working):
            yield step
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
