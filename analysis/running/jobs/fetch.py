"""Weights are downloaded, to be opened at another time."""

from collections.abc import Iterator

from analysis.opening.fetching import fetched
from analysis.protocol.events import Event, Fetched, JobProgress
from analysis.protocol.requests import FetchRequest
from analysis.running.workbench import Workbench


def fetch(_bench: Workbench, request: FetchRequest) -> Iterator[Event]:
    for step in fetched(request.names):
        yield JobProgress(request.id, "Downloading networks", step.done, step.total, step.note)
    yield Fetched(request.id, request.names)
