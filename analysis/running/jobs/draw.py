"""A recipe is drawn beside the network that is loaded, which stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from analysis.gallery.drawing import drawing
from analysis.protocol.events import Drawn, Event, JobProgress
from analysis.protocol.requests import DrawRequest
from analysis.running.kept_networks import opened_beside
from analysis.running.workbench import Workbench


def draw(bench: Workbench, request: DrawRequest) -> Iterator[Event]:
    began = perf_counter()
    patience = request.patience

    def enough() -> bool:
        return patience is not None and perf_counter() - began > patience

    steps = drawing(
        request.recipe,
        lambda choice: opened_beside(bench, choice, request.device, request.agreed),
        enough,
        bench.lane.stream.is_on,
    )
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            drawn = stop.value
            break
        yield JobProgress(request.id, "Drawing", step.done, step.total, step.note)
    content = drawn.saved(request.suffix) if request.suffix else None
    picture = drawn.inside(*request.room) if request.room is not None else None
    yield Drawn(request.id, drawn.recipe, content, picture, drawn.notes)
