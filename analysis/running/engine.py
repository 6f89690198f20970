"""The only owner of the network and its device: serves live frames and steps jobs, on one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import torch

from analysis.methods.adversaries.picture_space import changed
from analysis.network.full_precision import full_precision
from analysis.network.network import as_array
from analysis.occlusion.masks import masked
from analysis.protocol.coming import Coming
from analysis.protocol.events import Answer, Event, Live, Loaded
from analysis.protocol.lane import Lane
from analysis.protocol.planes import Planes
from analysis.protocol.requests import AnswerRequest, JobRequest, LiveRequest
from analysis.question.scalar import class_vector
from analysis.running.giving_way import giving_way
from analysis.running.jobs.table import JOBS
from analysis.running.live import Begun, LiveView
from analysis.running.passed_over import PassedOver
from analysis.running.workbench import Workbench


class Engine:
    """Every method is called on the thread that made it. A job is a generator of short steps; closing it cancels it."""

    def __init__(self) -> None:
        self._bench = Workbench()

    @property
    def lane(self) -> Lane:
        """What it is told of the lane that it works in."""
        return self._bench.lane

    @lane.setter
    def lane(self, lane: Lane) -> None:
        self._bench.lane = lane

    def live(self, request: LiveRequest) -> Live | Loaded | Coming | None:
        """The answer to a live request, or one that is on its way; None if its network is not here (any more).

        When the graphics memory is full the network moves to the processor, and the answer is the news of that.
        """
        bench = self._bench
        network = bench.network
        if bench.live is None or network is None or request.epoch != bench.epoch:
            return None
        if request.frame.moving:
            bench.lane.stream.moved(request.frame.number)
        began = perf_counter()
        try:
            begun = bench.live.begin(request, bench.lane.stream)
        except PassedOver:
            return None
        bench.lane.stream.abreast = 1 if begun is None else bench.live.abreast
        if begun is not None:
            return _OnItsWay(bench, bench.live, begun, began)
        live = bench.live
        return _told(bench, request, began, lambda: live.answer(request, bench.epoch, bench.lane.stream))

    def answer(self, request: AnswerRequest) -> Answer | None:
        """One forward pass; None if it is asked of a network that is not here (any more)."""
        network = self._bench.network
        if network is None or request.epoch != self._bench.epoch:
            return None
        seen = network.picture(request.picture) if isinstance(request.picture, Planes) else request.picture
        network = network.about(seen)
        picture = network.input_of_fitted(seen)
        if request.mask is not None:
            picture = masked(network, picture, request.mask)
        if request.change is not None:
            picture = changed(network, picture, request.change)
        with torch.no_grad(), full_precision(network.device):
            logits = class_vector(network, picture)
        return Answer(request.id, as_array(logits[0]))

    def job(self, request: JobRequest) -> Iterator[Event]:
        """The steps of a job, each an event; Problem and other exceptions come out of it as they are."""
        steps = JOBS[type(request)](self._bench, request)
        return giving_way(steps, self.lane.stream, self.lane.rests) if self.lane.behind else steps


@dataclass(frozen=True)
class _OnItsWay(Coming):
    """See `Coming`."""

    bench: Workbench
    view: LiveView
    begun: Begun
    began: float

    @property
    def request_id(self) -> int:
        return self.begun.request.id

    @property
    def abreast(self) -> int:
        return self.view.abreast

    def is_there(self) -> bool:
        return self.begun.passing.running.is_done()

    def nearly_there_in(self) -> float:
        return max(self.begun.passing.running.done_in() - self.view.lead, 0.0)

    def when_there(self, tell: Callable[[], object]) -> None:
        self.begun.passing.running.when_done(tell)

    def answer(self) -> Live | Loaded | None:
        bench = self.bench
        if bench.live is not self.view:
            return None
        finish = partial(self.view.finish, self.begun, bench.epoch, bench.lane.stream)
        return _told(bench, self.begun.request, self.began, finish)


def _told(bench: Workbench, request: LiveRequest, began: float, answer: Callable[[], Live]) -> Live | Loaded | None:
    network = bench.needed()
    try:
        with full_precision(network.device, network.module if request.backward is not None else None):
            return answer()
    except PassedOver:
        return None
    except torch.OutOfMemoryError:
        return bench.fall_back(request.id)
    finally:
        now = perf_counter()
        bench.lane.stream.worked(now - max(began, bench.busy_until))
        bench.busy_until = now
