"""A method runs on the network that is loaded."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from time import perf_counter, sleep

from analysis.drawing.album import keep_what_was_made
from analysis.methods.method import Progress, can_be_steered
from analysis.methods.run import Asked, Ran, resolved, run
from analysis.protocol.events import Event, JobProgress, MethodResult
from analysis.protocol.lane import AWAITED, STEERED, Stream
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import PictureChoice
from analysis.protocol.reins import Reins
from analysis.protocol.requests import MethodRequest
from analysis.running.jobs.folder import folder_of
from analysis.running.workbench import Workbench

SHORT = 0.002  # seconds that a picture waits for who rests
LOOKS_UP = 0.01  # seconds after which a run that is halted is asked whether it may go on
AT_ONCE = 0.5  # seconds of computing that somebody who waits for the end has at once; then what streams goes first
SLOWED = 1.0  # seconds of rest after which a person wants to know why it takes so long


def run_method(bench: Workbench, request: MethodRequest) -> Iterator[Event]:
    network = bench.needed()
    if request.epoch != bench.epoch:
        raise Problem("Another network has come since this was asked: ask it of that one.")
    frame, asked_of, picture = request.frame, request.recipe.picture, None
    if frame is not None:
        picture = PictureChoice(frame.origin, mirrored=asked_of is not None and asked_of.mirrored)
    recipe = replace(request.recipe, picture=picture)
    beside = request.beside.exact if request.beside is not None else None
    given = frame.exact if frame is not None else None
    trail = request.reins.trail if request.reins is not None else None
    with folder_of(request.folder, recipe) as folder:
        keep = folder.place if folder is not None else None
        hurried = bench.lane.stream.is_on
        asked = resolved(network, recipe, given, hurried, beside, request.reins, trail=trail, keep=keep)
        ran = yield from stepped(asked, request.id, request.reins, request.with_answer, bench.lane.stream)
        if folder is not None:
            folder.keep(ran)
    keep_what_was_made(ran)
    yield MethodResult(request.id, ran.recipe, asked.picture, ran.result, ran.logits)


def stepped(
    asked: Asked, number: int, reins: Reins | None, answer: bool = False, stream: Stream | None = None
) -> Generator[JobProgress, None, Ran]:
    """The method's steps as events of the request of this number, each when the person, and what streams, lets it."""
    aside = _Aside(stream, number, can_be_steered(asked.technique)) if stream is not None else None
    with closing(run(asked, answer=answer, warn=False)) as steps:
        return (yield from _held(steps, asked.technique.title, number, reins, aside))


def _held(
    steps: Generator[Progress, None, Ran], title: str, number: int, reins: Reins | None, aside: _Aside | None
) -> Generator[JobProgress, None, Ran]:
    said: JobProgress | None = None
    last: Progress | None = None
    at = float(reins.trail.wanted) if reins is not None else 0.0
    while True:
        if aside is not None and said is not None and said.done > 0 and not said.done >= said.total > 0:
            said = yield from aside.rest(said)  # behind the first, which is waited for, and before the end
        answered = -1
        while said is not None and reins is not None and not reins.may_step():
            if aside is None or aside.stream.answered == answered:
                sleep(LOOKS_UP)
            answered = aside.stream.answered if aside is not None else -1
            yield replace(said, rests=True)  # which is no news, and can be interrupted
        began = perf_counter()
        try:
            step = next(steps)
        except StopIteration as stop:
            ran: Ran = stop.value
            return ran
        if aside is not None:
            aside.took(perf_counter() - began)
        if said is None or step is not last:  # a piece of a step has no news
            way = aside is not None and aside.is_slow
            said = JobProgress(number, title, step.done, step.total, step.note, step.result, step.course, gives_way=way)
        last = step
        if reins is not None and said.done > at:
            at = said.done
            reins.stepped()
        yield said


class _Aside:
    """Rests while moving pictures would wait for its next step, unless the person says that it goes first."""

    def __init__(self, stream: Stream, number: int, steered: bool) -> None:
        self.stream = stream
        self._number = number
        self._manners = STEERED if steered else AWAITED
        self._left = 0.0 if steered else AT_ONCE
        self._took = self._rested = 0.0

    def took(self, seconds: float) -> None:
        """The step that is over."""
        self._took = max(seconds - self._left, 0.0)  # what it took beyond that
        self._left = max(self._left - seconds, 0.0)

    @property
    def is_slow(self) -> bool:
        return self._rested > SLOWED and self.stream.is_on() and not self._goes_first

    @property
    def _goes_first(self) -> bool:
        return self._number in self.stream.first

    def rest(self, said: JobProgress) -> Generator[JobProgress, None, JobProgress]:
        """Says again what it said, and at some time that it gives way."""
        began, answered = perf_counter(), -1
        until = began + self.stream.rest_between(self._took, self._manners)
        while perf_counter() < until and self.stream.is_on() and not self._goes_first:
            if self.stream.answered == answered:  # none waited: where they come without a pause, none waits for a sleep
                sleep(SHORT)
            answered = self.stream.answered
            if not said.gives_way and self._rested + perf_counter() - began > SLOWED:
                said = replace(said, gives_way=True)
            yield said
        self._rested += perf_counter() - began
        return said
