"""A method runs on the network that is loaded."""

from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter, sleep

from analysis.drawing.album import keep_what_was_made
from analysis.methods.method import can_be_steered
from analysis.methods.run import resolved, run
from analysis.protocol.events import Event, JobProgress, MethodResult
from analysis.protocol.lane import Stream
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import PictureChoice
from analysis.protocol.requests import MethodRequest
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
    trail = request.reins.trail if request.reins is not None else None
    given = frame.exact if frame is not None else None
    asked = resolved(network, recipe, given, bench.lane.stream.is_on, beside, trail)
    steps = run(asked, answer=request.with_answer, warn=False)
    title = asked.technique.title
    said: JobProgress | None = None
    steers = can_be_steered(asked.technique)  # it takes as long as a person likes, and can wait
    took = 0.0
    while True:
        if steers and said is not None:
            yield from _aside(said, bench.lane.stream, took)
        answered = -1
        while said is not None and request.reins is not None and not request.reins.may_step():
            if bench.lane.stream.answered == answered:
                sleep(LOOKS_UP)
            answered = bench.lane.stream.answered
            yield said  # which is no news, and can be interrupted
        began = perf_counter()
        try:
            step = next(steps)
        except StopIteration as stop:
            ran = stop.value
            break
        took = perf_counter() - began
        said = JobProgress(request.id, title, step.done, step.total, step.note, step.result)
        yield said
    keep_what_was_made(ran)
    yield MethodResult(request.id, ran.recipe, asked.picture, ran.result, ran.logits)


def _aside(said: JobProgress, stream: Stream, took: float) -> Iterator[Event]:
    """Rests while moving pictures would wait for its next step, and says again what it said."""
    until, answered = perf_counter() + stream.rest_between(took), -1
    while perf_counter() < until and stream.is_on():
        if stream.answered == answered:  # none waited: where they come without a pause, none waits for a sleep
            sleep(SHORT)
        answered = stream.answered
        yield said
