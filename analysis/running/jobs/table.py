"""The kinds of job. A new one is a file with its steps and a row here; its request is in `protocol/requests.py`."""

from collections.abc import Callable, Iterator
from typing import Any

from analysis.protocol.events import Event
from analysis.protocol.requests import (
    ApartRequest,
    CatalogueRequest,
    DeviceRequest,
    DrawRequest,
    ExamineRequest,
    FetchRequest,
    JobRequest,
    LoadRequest,
    MethodRequest,
    OpinionRequest,
    StudyRequest,
    SweepRequest,
)
from analysis.running.jobs.apart import run_apart
from analysis.running.jobs.catalogue import list_catalogue
from analysis.running.jobs.device import move
from analysis.running.jobs.draw import draw
from analysis.running.jobs.examine import examine_network
from analysis.running.jobs.fetch import fetch
from analysis.running.jobs.load import load
from analysis.running.jobs.method import run_method
from analysis.running.jobs.opinion import ask_another
from analysis.running.jobs.study import run_study
from analysis.running.jobs.sweep import run_sweep
from analysis.running.workbench import Workbench

JOBS: dict[type[JobRequest], Callable[[Workbench, Any], Iterator[Event]]] = {
    LoadRequest: load,
    DeviceRequest: move,
    MethodRequest: run_method,
    ApartRequest: run_apart,
    CatalogueRequest: list_catalogue,
    ExamineRequest: examine_network,
    StudyRequest: run_study,
    SweepRequest: run_sweep,
    OpinionRequest: ask_another,
    FetchRequest: fetch,
    DrawRequest: draw,
}
