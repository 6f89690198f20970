"""A window's worth of objects on a fake engine that answers live requests and runs methods as a test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event as Gate
from typing import Any

import numpy as np
from pytestqt.qtbot import QtBot

from analysis.protocol.events import (
    Answer,
    Catalogue,
    Event,
    Examined,
    Floats,
    JobProgress,
    Live,
    Loaded,
    MethodResult,
    Opinion,
)
from analysis.protocol.frame import Frame
from analysis.protocol.problems import CodeFile, Problem
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import (
    AnswerRequest,
    CatalogueRequest,
    ExamineRequest,
    JobRequest,
    LiveRequest,
    LoadRequest,
    MethodRequest,
    OpinionRequest,
)
from analysis.results.kinds import Derivative, Enlarged, Heat, Result, Windows
from gui.lane.dispatcher import Dispatcher
from gui.lane.jobs import Jobs
from gui.lane.lanes import Lanes
from gui.lane.live_loop import LiveLoop
from gui.lane.method_runner import MethodRunner
from gui.lane.networks import Networks
from gui.selection import State
from gui.views.mosaic_view import MosaicView
from tests.gui import networks

SIDE = 28
LABELS = tuple(f"thing {index}" for index in range(10))


def frame(number: int = 1, moving: bool = False) -> Frame:
    pixels = np.random.default_rng(number).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    return Frame(pixels, number, "camera" if moving else "sample:cat", 0.0, moving)


def live_answer(request: LiveRequest, logits: Floats | None) -> Live:
    return Live(
        request_id=request.id,
        epoch=request.epoch,
        frame=request.frame,
        picture=request.frame.pixels,
        layer=request.layer,
        mosaic=None,
        values=None,
        unit=None,
        logits=logits,
        output_picture=None,
        layer_means=None,
        milliseconds=1.0,
        device="cpu",
    )


def heat(times: float = 1) -> Heat:
    rows, columns = np.mgrid[0:7, 0:7]
    cells = times * np.exp(-((rows - 2) ** 2 + (columns - 4) ** 2) / 4).astype(np.float32)
    return Heat(cells, Enlarged(np.kron(cells, np.ones((4, 4), np.float32))))


def derivative(times: float = 1) -> Derivative:
    return Derivative(times * np.random.default_rng(0).standard_normal((3, SIDE, SIDE)).astype(np.float32))


def drops(mask: int = 8, stride: int = 4, times: float = 1) -> Heat:
    starts = np.arange(0, SIDE - mask + 1, stride)
    result = np.add.outer(np.arange(len(starts)), np.arange(len(starts))).astype(np.float32) - 1
    positions = np.stack(np.meshgrid(starts, starts, indexing="ij"), axis=-1)
    beside = {"baseline": np.array(9.0), "error": np.array([0.0, 1.0])}
    return Heat(times * result, Windows(positions, mask), beside=beside)


class FakeEngine:
    """Each method gives what `result` says at each of `steps` steps; closed gates hold it where a test wants it."""

    def __init__(self) -> None:
        self.result: Callable[[MethodRequest], Result | None] = lambda request: derivative()
        self.logits: Floats | None = np.linspace(-1, 8, 10).astype(np.float32)
        self.steps = 3
        self.gate = Gate()
        self.gate.set()
        self.entered = Gate()
        self.asked: list[MethodRequest] = []
        self.maps_asked = False  # by the newest live request: to be found a place in maps
        self.questions: list[AnswerRequest] = []
        self.opinions: list[OpinionRequest] = []
        self.opinion: tuple[tuple[str, float], ...] = (("six", 0.9), ("eight", 0.7))
        self.loaded: list[ModelChoice] = []
        self.closed: list[int] = []
        self.findings: tuple[tuple[str, str], ...] = ()
        self.problem: str | None = None
        self.problem_at_the_end: str | None = None

    def live(self, request: LiveRequest) -> Live:
        self.maps_asked = request.maps is not None
        return live_answer(request, self.logits)

    def answer(self, request: AnswerRequest) -> Answer:
        self.questions.append(request)
        return Answer(request.id, np.arange(10, 0, -1).astype(np.float32))

    def job(self, request: JobRequest) -> Iterator[Event]:
        if isinstance(request, LoadRequest):
            self.loaded.append(request.choice)
            yield networks.loaded(name=request.choice.name, epoch=request.epoch, labels=LABELS)
            return
        if isinstance(request, CatalogueRequest):
            yield Catalogue(request.id, ())
            return
        if isinstance(request, ExamineRequest):
            yield Examined(request.id, request.epoch, self.findings)
            return
        if isinstance(request, OpinionRequest):
            self.opinions.append(request)
            yield Opinion(request.id, "The other network", self.opinion)
            return
        assert isinstance(request, MethodRequest)
        self.asked.append(request)
        if self.problem is not None:
            raise Problem(self.problem)
        result: Result | None = None
        try:
            for step in range(self.steps):
                self.entered.set()
                assert self.gate.wait(30)
                result = self.result(request)
                yield JobProgress(request.id, request.recipe.method, step + 1, self.steps, "", result)
        except GeneratorExit:
            self.closed.append(request.id)
            raise
        if self.problem_at_the_end is not None:
            raise Problem(self.problem_at_the_end)
        assert result is not None
        logits = np.arange(10, 0, -1).astype(np.float32) if request.with_answer else None
        seen = request.frame.pixels if request.frame is not None else np.full((SIDE, SIDE, 3), 128, np.uint8)
        yield MethodResult(request.id, request.recipe, seen, result, logits)


class House:
    """State, dispatcher, jobs, live loop and one runner, with a network and a picture."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.engine = FakeEngine()
        self.state = State()
        self.jobs = Jobs()
        self.dispatcher = Dispatcher(make_engine=lambda: self.engine)
        self.jobs.watch(self.dispatcher)
        self.mosaic = MosaicView()
        qtbot.addWidget(self.mosaic)
        self.loop = LiveLoop(self.state, self.dispatcher, self.mosaic)
        self._lanes: Lanes | None = None
        self.networks = Networks(self.state, self.dispatcher, self.jobs)
        self.failures: list[Any] = []
        self.shown: list[Live] = []
        self.jobs.failed.connect(self.failures.append)
        self.loop.shown.connect(self.shown.append)

    def begin(self, loaded: Loaded | None = None) -> None:
        """A network is there and its answer to the first picture is shown."""
        network = loaded or networks.loaded(labels=LABELS)
        self.dispatcher.loaded.emit(network)
        self.dispatcher._epoch = network.epoch
        self.state.set_network(network, None, None)
        self.show(1)

    def show(self, number: int, moving: bool = False) -> None:
        self.loop.take(frame(number, moving))
        self.qtbot.waitUntil(lambda: bool(self.shown) and self.shown[-1].frame.number == number)

    # what panels need of the session

    catalogue: Catalogue | None = None
    mirrored = False
    agreed: frozenset[CodeFile] = frozenset()
    device = "auto"

    @property
    def lanes(self) -> Lanes:
        """A comparison's own."""
        if self._lanes is None:
            self._lanes = Lanes(self.jobs, make_engine=lambda: self.engine)
        return self._lanes

    def runner(self) -> MethodRunner:
        return MethodRunner(self.state, self.dispatcher, self.jobs, self.loop)

    def close(self) -> None:
        self.engine.gate.set()
        self.loop.stop()
        if self._lanes is not None:
            self._lanes.close()
        assert self.dispatcher.close()
