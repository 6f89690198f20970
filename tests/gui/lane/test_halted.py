"""A run that a person has halted keeps nobody waiting: what comes after it goes on, and then it goes on itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from analysis.protocol.events import Event, Failure, JobEnded, JobProgress
from analysis.protocol.reins import Reins
from gui.lane.mailbox import Mailbox, Outbox
from gui.lane.worker import Worker


@dataclass(frozen=True, eq=False)
class Run:
    at_once: ClassVar[bool] = False
    id: int
    lets_go: tuple[Reins, ...] = ()
    reins: Reins = field(default_factory=Reins)


class Engine:
    """Each run has two steps, and before the second one it rests while it is halted."""

    def __init__(self) -> None:
        self.looked: dict[int, int] = {}

    def job(self, request: Any) -> Iterator[Event]:
        said = JobProgress(request.id, "Run", 1, 2, "")
        yield said
        while not request.reins.may_step():
            self.looked[request.id] = self.looked.get(request.id, 0) + 1
            assert self.looked[request.id] < 100, "what waits never came"
            yield said
        yield JobProgress(request.id, "Run", 2, 2, "")
        for one in request.lets_go:
            one.let_go()


def ends_of(*runs: Run, engine: type[Engine] = Engine, made: list[Mailbox] | None = None) -> list[int]:
    """In which order they end."""
    mailbox, outbox = Mailbox(), Outbox()
    if made is not None:
        made.append(mailbox)
    make_engine: Any = engine
    for run in runs:
        mailbox.put_job(run)
    Worker(mailbox, outbox, make_engine).work()
    told = outbox.take_all()
    assert not [event for event in told if isinstance(event, Failure)]
    return [event.request_id for event in told if isinstance(event, JobEnded)]


def halted(number: int, *lets_go: Reins) -> Run:
    run = Run(number, lets_go)
    run.reins.halt()
    return run


def test_that_what_waits_goes_on_while_a_run_rests() -> None:
    first = halted(1)
    assert ends_of(first, Run(2), Run(3, (first.reins,))) == [2, 3, 1]


def test_that_of_two_runs_that_rest_the_one_goes_on_that_is_let_go() -> None:
    first_reins = Reins()
    first_reins.halt()

    class LetsGo(Reins):
        """Whoever looks at it often enough lets the other one go."""

        asked = 0

        def may_step(self) -> bool:
            self.asked += 1
            if self.asked == 5:
                first_reins.let_go()
            return super().may_step()

    resting = LetsGo()
    resting.halt()
    first, second = Run(1, (resting,), first_reins), Run(2, (), resting)
    assert ends_of(first, second, Run(3)) == [1, 2, 3]


def test_that_what_is_not_halted_is_not_interrupted() -> None:
    assert ends_of(Run(1), Run(2)) == [1, 2]


def test_that_what_waits_is_not_kept_waiting_by_what_gives_way_to_moving_pictures() -> None:
    class GivesWay(Engine):
        def job(self, request: Any) -> Iterator[Event]:
            said = JobProgress(request.id, "Run", 1, 2, "", gives_way=request.id != 3)
            yield said
            for _ in range(5):
                yield said
            yield JobProgress(request.id, "Run", 2, 2, "")

    assert ends_of(Run(1), Run(2), Run(3), engine=GivesWay) == [2, 3, 1]


def test_that_a_run_that_is_cancelled_while_another_has_taken_its_place_ends() -> None:
    class GivesWay(Engine):
        def job(self, request: Any) -> Iterator[Event]:
            said = JobProgress(request.id, "Run", 1, 2, "", gives_way=request.id == 1)
            for step in range(5):
                yield said
                assert request.id == 2 or not cancelled, "it goes on"
                if request.id == 2 and step == 2:
                    mailboxes[0].cancel(1)
                    cancelled.append(1)

    mailboxes: list[Mailbox] = []
    cancelled: list[int] = []
    assert ends_of(Run(1), Run(2), engine=GivesWay, made=mailboxes) == [1, 2], "at once"
