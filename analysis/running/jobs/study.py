"""Many questions with their answers in a folder, beside the network that is loaded, which stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from analysis.network import devices
from analysis.network.network import Network
from analysis.opening import catalogue
from analysis.opening.consent import Consent
from analysis.opening.loading import Steps
from analysis.protocol.events import Event, JobProgress, StudyEnded
from analysis.protocol.problems import CodeFile
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import StudyRequest
from analysis.running.shelf import place_of
from analysis.running.workbench import Workbench, placed

if TYPE_CHECKING:
    from analysis.methods.run import Ran


def run_study(bench: Workbench, request: StudyRequest) -> Iterator[Event]:
    """A cell that is over stays, whatever comes after it; the same request goes on where it was stopped."""
    from analysis.studies.study import PAGE, Kept, Study

    study = Study(Path(request.folder), request.grid)
    total, done = len(study.cells), len(study.done())
    try:
        with closing(study.steps(lambda choice: opened(bench, request, choice), _figure)) as steps:
            for step in steps:
                done += isinstance(step, Kept) and not step.record.problem
                cell = step.cell
                note = f"{cell.question.method} on {Path(cell.choice.name).name}"
                yield JobProgress(request.id, f"Cell {cell.number:,} of {total:,}", done, total, note)
        page = str(study.folder / PAGE)
        yield StudyEnded(request.id, study.grid, request.folder, page, total, total - done)
    finally:
        study.close()


class _Asks(Protocol):
    @property
    def device(self) -> str: ...
    @property
    def agreed(self) -> frozenset[CodeFile]: ...


def opened(bench: Workbench, request: _Asks, choice: ModelChoice) -> Steps[Network]:
    """One of those that are opened already, or another, which then is."""
    device = devices.choose(request.device)
    place = place_of(choice, device)
    network = bench.shelf.take(place)
    if network is None:
        loaded = yield from catalogue.load(choice, Consent(request.agreed))
        network, notes = placed(loaded, device)
        if not notes:
            bench.shelf.keep(place, network, bench.lane.most_networks, bench.lane.most_bytes)
    return network


def _figure(ran: Ran) -> bytes:
    from analysis.drawing.run_figure import figure_of

    return figure_of(ran, ".png")
