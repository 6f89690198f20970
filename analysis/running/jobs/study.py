"""Many questions with their answers in a folder, beside the network that is loaded, which stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.protocol.events import Event, JobProgress, StudyEnded
from analysis.protocol.requests import StudyRequest
from analysis.running.jobs.opened import opened
from analysis.running.workbench import Workbench

if TYPE_CHECKING:
    from analysis.methods.run import Ran


def run_study(bench: Workbench, request: StudyRequest) -> Iterator[Event]:
    """A cell that is over stays, whatever comes after it; the same request goes on where it was stopped."""
    from analysis.studies.study import PAGE, Kept, Study

    study = Study(Path(request.folder), request.grid)
    total, done = len(study.cells), len(study.done())
    try:
        with closing(
            study.steps(lambda choice: opened(bench, choice, request.device, request.agreed), _figure)
        ) as steps:
            for step in steps:
                done += isinstance(step, Kept) and not step.record.problem
                cell = step.cell
                note = f"{cell.question.method} on {Path(cell.choice.name).name}"
                yield JobProgress(request.id, f"Cell {cell.number:,} of {total:,}", done, total, note)
        page = str(study.folder / PAGE)
        yield StudyEnded(request.id, study.grid, request.folder, page, total, total - done)
    finally:
        study.close()


def _figure(ran: Ran) -> bytes:
    from analysis.drawing.run_figure import figure_of

    return figure_of(ran, ".png")
