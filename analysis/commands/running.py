"""One run of a method for a command, its progress shown as a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands.progress import progress_line

if TYPE_CHECKING:
    from analysis.methods.run import Ran
    from analysis.network.network import Network
    from analysis.protocol.frame import Picture
    from analysis.protocol.recipe import Recipe


def run_on(network: Network, recipe: Recipe, picture: Picture | None) -> Ran:
    from analysis.methods.run import resolved, run
    from analysis.network.own_code import failures_told
    from analysis.opening.loading import finished

    with failures_told(f"{network.title} could not be run"), progress_line() as show:
        asked = resolved(network, recipe, picture)
        return finished(run(asked), lambda step: show(step.done, step.total, step.note or asked.technique.title))
