"""The question of a study that is a single run, for the tab that goes on with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.protocol.problems import Problem
from analysis.protocol.recipe import from_json, same_network

if TYPE_CHECKING:
    from analysis.protocol.recipe import Recipe
    from gui.tabs.extra import Host

LARGEST = 1 << 20  # bytes of a study of a single question
NOT_ONE = "The study in {folder} is none of a single run: go on with it in the Compare tab."
NO_STUDY = "There is no study in {folder}: choose the folder that one was kept in."
ANOTHER = "The study in {folder} is of {network}: open that network first, and go on then."


def recipe_in(folder: str, tab: Host) -> Recipe:
    """What is asked in the folder, if the tab has such methods and its network is the one that is loaded."""
    from analysis.methods.method import asks_no_network
    from analysis.methods.registry import method
    from analysis.studies.grid import GRID, question_of

    path, name = Path(folder, GRID), Path(folder).name
    try:
        small = path.stat().st_size <= LARGEST
        grid = from_json(path.read_text(encoding="utf-8")) if small else None
    except (OSError, ValueError) as error:
        raise Problem(NO_STUDY.format(folder=name)) from error
    axes = grid.comparison if grid is not None else None
    if grid is None or axes is None or len(axes.methods) != 1 or len(axes.networks) != 1 or axes.settings:
        raise Problem(NOT_ONE.format(folder=name))
    recipe = question_of(grid, axes.methods[0])
    asked = method(recipe.method)
    if tab.technique is None or tab.technique.family != asked.family:
        raise Problem(NOT_ONE.format(folder=name))
    network = tab.around.state.network
    if not asks_no_network(asked) and (network is None or not same_network(axes.networks[0], network.choice)):
        raise Problem(ANOTHER.format(folder=name, network=axes.networks[0].name))
    return recipe
