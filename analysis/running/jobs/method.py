"""A method runs on the network that is loaded."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from time import perf_counter, sleep

from analysis.drawing.album import keep_what_was_made
from analysis.methods.method import Progress, can_be_steered
from analysis.methods.run import Asked, Ran, resolved, run
from analysis.protocol.events import Event, JobProgress, MethodResult
from analysis.protocol.lane import Stream
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import PictureChoice
from analysis.protocol.reins import Reins
from analysis.protocol.requests import MethodRequest
from analysis.running.jobs.folder import folder_of
from analysis.running.workbench import Workbench

SHORT = 0.002  # seconds that a picture waits for who rests
LOOKS_UP = 0.01  # seconds after which a run that is halted is asked whether it may go on


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
        # What is steered takes as long as a person likes, and can wait for what streams.
        stream = bench.lane.stream if can_be_steered(asked.technique) else None
        ran = yield from stepped(asked, request.id, request.reins, request.with_answer, stream)
        if folder is not None:
            folder.keep(ran)
    keep_what_was_made(ran)
    yield MethodResult(request.id, ran.recipe, asked.picture, ran.result, ran.logits)


def stepped(
    asked: Asked, number: int, reins: Reins | None, answer: bool = False, stream: Stream | None = None
) -> Generator[JobProgress, None, Ran]:
    """The method's steps as events of the request of this number, each when the person, and what streams, lets it."""
    with closing(run(asked, answer=answer, warn=False)) as steps:
        return (yield from _held(steps, asked.technique.title, number, reins, stream))


def _held(
    steps: Generator[Progress, None, Ran], title: str, number: int, reins: Reins | None, stream: Stream | None
) -> Generator[JobProgress, None, Ran]:
    said: JobProgress | None = None
    last: Progress | None = None
    took, at = 0.0, float(reins.trail.wanted) if reins is not None else 0.0
    while True:
        if stream is not None and said is not None and said.done > 0:  # the first is waited for
            yield from _aside(said, stream, took)
        answered = -1
        while said is not None and reins is not None and not reins.may_step():
            if stream is None or stream.answered == answered:
                sleep(LOOKS_UP)
            answered = stream.answered if stream is not None else -1
            yield replace(said, rests=True)  # which is no news, and can be interrupted
        began = perf_counter()
        try:
            step = next(steps)
        except StopIteration as stop:
            ran: Ran = stop.value
            return ran
        took = perf_counter() - began
        if said is None or step is not last:  # a piece of a step has no news
            said = JobProgress(number, title, step.done, step.total, step.note, step.result, step.course)
        last = step
        if reins is not None and said.done > at:
            at = said.done
            reins.stepped()
        yield said


def _aside(said: JobProgress, stream: Stream, took: float) -> Iterator[JobProgress]:
    """Rests while moving pictures would wait for its next step, and says again what it said."""
    until, answered = perf_counter() + stream.rest_between(took), -1
    while perf_counter() < until and stream.is_on():
        if stream.answered == answered:  # none waited: where they come without a pause, none waits for a sleep
            sleep(SHORT)
        answered = stream.answered
        yield said
