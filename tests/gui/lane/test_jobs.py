"""Jobs: what comes of one finds whoever started it, whatever kind it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from pytestqt.qtbot import QtBot

from analysis.protocol.events import Event, JobProgress
from analysis.running.jobs.table import JOBS
from analysis.running.workbench import Workbench
from gui.lane.jobs import Job, Jobs
from gui.lane.lanes import Lanes


@dataclass(frozen=True)
class CountRequest:
    """A kind of job that nobody else knows of."""

    at_once: ClassVar[bool] = False
    id: int
    to: int


@dataclass(frozen=True)
class Counted:
    request_id: int
    number: int


def count(bench: Workbench, request: CountRequest) -> Iterator[Event]:
    for number in range(request.to):
        yield JobProgress(request.id, "Counting", number + 1, request.to, "")
    yield Counted(request.id, request.to)


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@pytest.fixture
def lanes(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lanes]:
    monkeypatch.setitem(JOBS, CountRequest, count)
    made = Lanes(jobs)
    yield made
    made.close()


def test_that_a_new_kind_of_job_is_one_row(jobs: Jobs, lanes: Lanes, qtbot: QtBot) -> None:
    done: list[Any] = []
    ended: list[bool] = []
    lane = lanes["view"]
    first, second = lane.next_id(), lane.next_id()
    for number, to in ((first, 3), (second, 5)):
        job = Job(number, "Counting", lane, on_done=done.append, on_end=ended.append)
        jobs.start(job, CountRequest(number, to))
    qtbot.waitUntil(lambda: len(ended) == 2, timeout=60_000)
    assert done == [Counted(first, 3), Counted(second, 5)]
    assert ended == [False, False]
    assert jobs.running == 0


def test_that_the_outcome_of_a_dropped_job_is_for_nobody(jobs: Jobs, lanes: Lanes, qtbot: QtBot) -> None:
    done: list[Any] = []
    lane = lanes["view"]
    number = lane.next_id()
    jobs.start(Job(number, "Counting", lane, on_done=done.append), CountRequest(number, 3))
    jobs.drop(number)
    qtbot.waitUntil(lambda: not jobs.knows(number), timeout=60_000)
    assert done == []
