"""The dispatcher and its worker, with an engine that blocks until the test says so: nothing here waits by the clock."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event as Gate
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from analysis.protocol.coming import Coming
from analysis.protocol.events import Event, Failure, JobEnded, JobProgress, Live, Loaded
from analysis.protocol.frame import Frame
from analysis.protocol.layers import LayerNode
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import CodeFile, Problem, TrustNeeded
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import CatalogueRequest, JobRequest, LiveRequest, LoadRequest
from analysis.results.looks import MapsLook
from gui.lane import dispatcher as dispatcher_module
from gui.lane.dispatcher import Dispatcher

ROOT = LayerNode("", "Net", (3,), 3, 0, "vector")

CODE = CodeFile("net.py", "1")


def frame(number: int) -> Frame:
    return Frame(np.zeros((4, 4, 3), np.uint8), number, "noise", 0.0, moving=True)


def answer(request: LiveRequest, means: dict[str, float] | None = None) -> Live:
    return Live(
        request_id=request.id,
        epoch=request.epoch,
        frame=request.frame,
        picture=request.frame.pixels,
        layer=None,
        mosaic=None,
        values=None,
        unit=None,
        logits=None,
        output_picture=None,
        layer_means=means,
        milliseconds=1.0,
        device="cpu",
    )


def loaded(request: LoadRequest) -> Loaded:
    return Loaded(
        request.id, request.epoch, request.choice, "Net", ROOT, Preprocessing(), None, "classes", "cpu", ("cpu",), None
    )


class FakeEngine:
    """Answers live requests when `gate` is open; a job yields five times and notes that it was closed."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.gate.set()
        self.entered = Gate()
        self.served: list[int] = []
        self.measured: list[int] = []  # the frames of which the means of all layers were asked
        self.error: BaseException | None = None
        self.steps_done = 0
        self.closed_early = False
        self.step_gate = Gate()
        self.step_gate.set()
        self.stepped = Gate()

    def live(self, request: LiveRequest) -> Live:
        self.entered.set()
        assert self.gate.wait(30)
        if self.error is not None:
            raise self.error
        self.served.append(request.frame.number)
        if request.layer_means:
            self.measured.append(request.frame.number)
        return answer(request)

    def job(self, request: JobRequest) -> Iterator[Event]:
        if isinstance(request, LoadRequest):
            yield loaded(request)
            return
        if self.error is not None:
            raise self.error
        try:
            for step in range(5):
                self.stepped.set()
                assert self.step_gate.wait(30)
                self.steps_done += 1
                yield JobProgress(request.id, "counting", step + 1, 5, "")
        except GeneratorExit:
            self.closed_early = True
            raise


class OnItsWay(Coming):
    """An answer that comes when the test says so."""

    abreast = 2
    request_id = 0

    def __init__(self, request: LiveRequest, in_time: float) -> None:
        self.request, self.request_id = request, request.id
        self.came, self.in_time = False, in_time
        self.told: list[Callable[[], object]] = []

    def is_there(self) -> bool:
        return self.came

    def nearly_there_in(self) -> float:
        return self.in_time

    def when_there(self, tell: Callable[[], object]) -> None:
        self.told.append(tell)

    def answer(self) -> Live:
        return answer(self.request)

    def come(self) -> None:
        self.came = True
        for tell in self.told:
            tell()


class AbreastEngine(FakeEngine):
    """All of its answers come later, but those for still pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.coming: dict[int, OnItsWay] = {}
        self.nearly = math.inf

    def live(self, request: LiveRequest) -> Live | OnItsWay:  # type: ignore[override]
        self.served.append(request.frame.number)
        if not request.frame.moving:
            return answer(request)
        self.coming[request.frame.number] = one = OnItsWay(request, self.nearly)
        return one


class House:
    """A dispatcher on a fake engine, and everything that came out of it."""

    def __init__(self, engine: FakeEngine | None = None) -> None:
        self.engine = engine or FakeEngine()
        self.dispatcher = Dispatcher(make_engine=lambda: self.engine)
        self.lives: list[Live] = []
        self.progress: list[JobProgress] = []
        self.ends: list[JobEnded] = []
        self.failures: list[Failure] = []
        self.loads: list[Loaded] = []
        self.dispatcher.live.connect(self.lives.append)
        self.dispatcher.told.connect(self.hear)
        self.dispatcher.failed.connect(self.failures.append)
        self.dispatcher.loaded.connect(self.loads.append)

    def hear(self, event: Event) -> None:
        if isinstance(event, JobProgress):
            self.progress.append(event)
        elif isinstance(event, JobEnded):
            self.ends.append(event)

    def load(self, epoch: int = 1) -> None:
        self.dispatcher.start(LoadRequest(self.dispatcher.next_id(), epoch, ModelChoice("net")))

    def ask(self, number: int, epoch: int = 1, means: bool = False, moving: bool = True) -> None:
        of = replace(frame(number), moving=moving)
        request = LiveRequest(self.dispatcher.next_id(), epoch, of, None, None, MapsLook(), layer_means=means)
        self.dispatcher.ask(request)

    def count(self) -> int:
        request = CatalogueRequest(self.dispatcher.next_id())
        self.dispatcher.start(request)
        return request.id


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[House]:
    made = House()
    yield made
    made.engine.gate.set()
    made.engine.step_gate.set()
    assert made.dispatcher.close()


@pytest.fixture
def abreast(qtbot: QtBot) -> Iterator[tuple[House, AbreastEngine]]:
    engine = AbreastEngine()
    made = House(engine)
    made.load()
    qtbot.waitUntil(lambda: len(made.loads) == 1)
    yield made, engine
    assert made.dispatcher.close()


def fill(house: House, engine: AbreastEngine, qtbot: QtBot) -> None:
    """Two are on their way."""
    for number in (1, 2):
        house.ask(number)
        qtbot.waitUntil(lambda number=number: number in engine.coming)


def test_that_two_frames_are_on_their_way_at_once_and_the_newest_waits(
    abreast: tuple[House, AbreastEngine], qtbot: QtBot
) -> None:
    house, engine = abreast
    fill(house, engine, qtbot)
    for number in range(3, 30):
        house.ask(number)
    engine.coming[1].come()
    qtbot.waitUntil(lambda: 29 in engine.coming and bool(house.lives))
    assert engine.served == [1, 2, 29]
    assert [live.frame.number for live in house.lives] == [1]


def test_that_one_more_is_made_ready_when_the_first_is_nearly_there(
    abreast: tuple[House, AbreastEngine], qtbot: QtBot
) -> None:
    house, engine = abreast
    engine.nearly = 0.0
    fill(house, engine, qtbot)
    house.ask(3)
    qtbot.waitUntil(lambda: 3 in engine.coming)
    house.ask(4)
    engine.coming[1].come()
    qtbot.waitUntil(lambda: 4 in engine.coming)
    assert engine.served == [1, 2, 3, 4]


def test_that_frames_come_in_their_order(abreast: tuple[House, AbreastEngine], qtbot: QtBot) -> None:
    house, engine = abreast
    fill(house, engine, qtbot)
    engine.coming[2].come()
    house.ask(3)  # there is room for it
    qtbot.waitUntil(lambda: 3 in engine.coming)
    assert not house.lives
    engine.coming[1].come()
    qtbot.waitUntil(lambda: bool(house.lives) and house.lives[-1].frame.number == 2)
    assert [live.frame.number for live in house.lives] in ([1, 2], [2])  # of two at once the newest is shown


def test_that_what_is_answered_at_once_is_not_followed_by_what_is_older(
    abreast: tuple[House, AbreastEngine], qtbot: QtBot
) -> None:
    house, engine = abreast
    engine.nearly = 0.0
    fill(house, engine, qtbot)
    house.ask(3, moving=False)
    qtbot.waitUntil(lambda: bool(house.lives) and house.lives[-1].frame.number == 3)
    engine.coming[1].come()
    engine.coming[2].come()
    house.ask(4)
    qtbot.waitUntil(lambda: 4 in engine.coming)
    engine.coming[4].come()
    qtbot.waitUntil(lambda: house.lives[-1].frame.number == 4)
    assert [live.frame.number for live in house.lives] == [3, 4]


def test_that_the_window_closes_while_frames_are_on_their_way(
    abreast: tuple[House, AbreastEngine], qtbot: QtBot
) -> None:
    fill(*abreast, qtbot)


def test_that_the_newest_frame_wins_and_nothing_queues(house: House, qtbot: QtBot) -> None:
    house.load()
    qtbot.waitUntil(lambda: len(house.loads) == 1)
    house.engine.gate.clear()
    house.ask(1)
    assert house.engine.entered.wait(30)
    for number in range(2, 50):
        house.ask(number)
    house.engine.gate.set()
    qtbot.waitUntil(lambda: bool(house.lives) and house.lives[-1].frame.number == 49)
    assert house.engine.served == [1, 49]


@pytest.mark.parametrize(("epoch", "measured"), [(1, [3]), (2, [])])
def test_that_what_is_to_be_measured_is_not_lost_with_an_overtaken_request(
    house: House, qtbot: QtBot, epoch: int, measured: list[int]
) -> None:
    """A recipe's network, layer and unit come one after the other; nobody asks for a still picture's means again."""
    house.load()
    qtbot.waitUntil(lambda: len(house.loads) == 1)
    house.engine.gate.clear()
    house.ask(1)
    assert house.engine.entered.wait(30)
    house.ask(2, means=True)
    house.ask(3, epoch=epoch)
    house.engine.gate.set()
    qtbot.waitUntil(lambda: house.engine.served == [1, 3])
    assert house.engine.measured == measured


def test_that_an_answer_of_the_network_before_is_dropped(house: House, qtbot: QtBot) -> None:
    house.load(epoch=1)
    qtbot.waitUntil(lambda: len(house.loads) == 1)
    house.load(epoch=2)
    qtbot.waitUntil(lambda: len(house.loads) == 2)
    house.ask(1, epoch=1)
    qtbot.waitUntil(lambda: house.engine.served == [1])
    house.ask(2, epoch=2)
    qtbot.waitUntil(lambda: len(house.lives) == 1)
    assert house.lives[0].frame.number == 2


def test_that_live_frames_are_served_between_the_steps_of_a_job(house: House, qtbot: QtBot) -> None:
    house.load()
    qtbot.waitUntil(lambda: len(house.loads) == 1)
    house.engine.step_gate.clear()
    house.count()
    assert house.engine.stepped.wait(30)
    house.ask(7)
    house.engine.step_gate.set()
    qtbot.waitUntil(lambda: len(house.ends) == 2 and bool(house.lives))
    assert house.engine.served == [7]
    assert house.engine.steps_done == 5


def test_that_a_running_job_is_closed_when_it_is_cancelled(house: House, qtbot: QtBot) -> None:
    house.engine.step_gate.clear()
    job = house.count()
    assert house.engine.stepped.wait(30)
    house.dispatcher.cancel(job)
    house.engine.step_gate.set()
    qtbot.waitUntil(lambda: bool(house.ends))
    assert house.ends == [JobEnded(job, cancelled=True)]
    assert house.engine.closed_early
    assert house.engine.steps_done == 1


def test_that_a_waiting_job_can_be_cancelled_and_never_starts(house: House, qtbot: QtBot) -> None:
    house.engine.step_gate.clear()
    first, second = house.count(), house.count()
    assert house.engine.stepped.wait(30)
    house.dispatcher.cancel(second)
    house.engine.step_gate.set()
    qtbot.waitUntil(lambda: len(house.ends) == 2)
    assert house.ends == [JobEnded(second, cancelled=True), JobEnded(first, cancelled=False)]  # told at once
    assert house.engine.steps_done == 5


def test_that_a_network_does_not_wait_for_a_job_which_goes_on_afterwards(house: House, qtbot: QtBot) -> None:
    house.engine.step_gate.clear()
    job, waiting = house.count(), house.count()
    assert house.engine.stepped.wait(30)
    order: list[str] = []
    house.dispatcher.loaded.connect(lambda network: order.append("loaded"))
    house.dispatcher.told.connect(
        lambda event: (
            order.append(f"{event.request_id == job} {event.done}") if isinstance(event, JobProgress) else None
        )
    )
    house.load()
    house.engine.step_gate.set()
    qtbot.waitUntil(lambda: len(house.ends) == 3)
    assert order.index("loaded") < order.index("True 5")
    assert [end.request_id for end in house.ends][1:] == [job, waiting]
    assert house.engine.steps_done == 10
    assert not house.engine.closed_early


def test_that_an_interrupted_job_can_be_cancelled(house: House, qtbot: QtBot) -> None:
    house.engine.step_gate.clear()
    job = house.count()
    assert house.engine.stepped.wait(30)
    house.load()
    house.dispatcher.cancel(job)
    house.engine.step_gate.set()
    qtbot.waitUntil(lambda: len(house.ends) == 2)
    assert house.ends[0] == JobEnded(job, cancelled=True), "it waits for nobody"
    assert house.loads
    assert house.engine.closed_early
    assert house.engine.steps_done == 1


def test_that_waiting_jobs_change_places(house: House, qtbot: QtBot) -> None:
    house.engine.step_gate.clear()
    first, second, third = house.count(), house.count(), house.count()
    assert house.engine.stepped.wait(30)
    house.dispatcher.move(third, up=True)
    assert house.dispatcher.waiting() == [third, second]
    house.engine.step_gate.set()
    qtbot.waitUntil(lambda: len(house.ends) == 3)
    assert [end.request_id for end in house.ends] == [first, third, second]


def test_that_a_live_error_is_told_once_and_not_per_frame(house: House, qtbot: QtBot) -> None:
    house.load()
    qtbot.waitUntil(lambda: len(house.loads) == 1)
    house.engine.error = RuntimeError("shapes do not fit")
    for number in range(1, 6):
        house.engine.entered.clear()
        house.ask(number)
        assert house.engine.entered.wait(30)
    qtbot.waitUntil(lambda: bool(house.failures))
    house.engine.error = None
    house.ask(9)
    qtbot.waitUntil(lambda: bool(house.lives))
    assert len(house.failures) == 1
    assert "shapes do not fit" in house.failures[0].summary
    assert "Traceback" in house.failures[0].traceback


def test_that_the_same_live_error_of_another_network_is_told_again(house: House, qtbot: QtBot) -> None:
    house.engine.error = RuntimeError("shapes do not fit")
    for turn in (1, 2):
        house.load()
        qtbot.waitUntil(lambda turn=turn: len(house.loads) == turn)
        house.ask(turn)
        qtbot.waitUntil(lambda turn=turn: len(house.failures) == turn)


def test_that_a_network_that_ends_the_program_does_not(house: House, qtbot: QtBot) -> None:
    """`exit()` after a print in somebody's forward."""
    house.engine.error = SystemExit(0)
    house.load()
    house.ask(1)
    qtbot.waitUntil(lambda: len(house.failures) == 1)
    house.count()
    qtbot.waitUntil(lambda: len(house.failures) == 2)
    assert all("wants to end the program" in failure.summary for failure in house.failures)
    house.engine.error = None
    house.ask(2)
    qtbot.waitUntil(lambda: bool(house.lives))


class _Mute(BaseException):
    """Also its words fail."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "summary", "untrusted"),
    [
        (Problem("There is no such layer."), "There is no such layer.", None),
        (TrustNeeded(CODE, "net.py runs code."), "net.py runs code.", CODE),
        (MemoryError(), "There is not enough memory", None),
        (ValueError("odd\nsecond line"), "ValueError: odd.", None),
        (GeneratorExit("odd"), "GeneratorExit: odd.", None),
        (KeyboardInterrupt(), "KeyboardInterrupt.", None),
        (_Mute(), "could not be run: _Mute.", None),
    ],
)
def test_that_a_failed_job_ends_with_a_sentence(
    house: House, qtbot: QtBot, error: BaseException, summary: str, untrusted: CodeFile | None
) -> None:
    house.engine.error = error
    job = house.count()
    qtbot.waitUntil(lambda: bool(house.ends))
    assert [failure.request_id for failure in house.failures] == [job]
    assert summary in house.failures[0].summary
    assert house.failures[0].untrusted == untrusted
    assert bool(house.failures[0].traceback) != isinstance(error, Problem)


def test_that_layer_means_survive_being_overtaken(house: House, qtbot: QtBot) -> None:
    request: Any = LiveRequest(1, 0, frame(1), None, None, MapsLook())
    house.dispatcher._give(answer(request, {"conv": 1.0}))
    house.lives.clear()
    house.dispatcher._lives._due = perf_counter() + 1000  # too early to show anything
    house.dispatcher._give(answer(request, {"conv": 2.0}))
    house.dispatcher._give(answer(request))
    house.dispatcher._lives.give()
    assert [live.layer_means for live in house.lives] == [{"conv": 2.0}]


def test_that_answers_are_shown_sixty_times_a_second_on_average(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("gui.lane.newest.perf_counter", lambda: now)
    request: Any = LiveRequest(1, 0, frame(1), None, None, MapsLook())

    def shown_after(milliseconds: float) -> int:
        nonlocal now
        now += milliseconds / 1000
        house.lives.clear()
        house.dispatcher._give(answer(request))
        house.dispatcher._lives._timer.stop()
        return len(house.lives)

    assert shown_after(0) == 1
    shown_after(20)
    assert shown_after(15) == 1  # early after the one that was late, but in time after the first
    shown = sum(shown_after(5) for _ in range(200))
    assert 59 <= shown <= 62


def test_that_closing_ends_a_job_that_runs(qtbot: QtBot) -> None:
    house = House()
    house.engine.step_gate.clear()
    house.count()
    assert house.engine.stepped.wait(30)
    house.engine.step_gate.set()
    assert house.dispatcher.close()


def test_that_a_step_that_outlasts_closing_does_not_take_the_program_down(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher_module, "PATIENCE", 1)
    house = House()
    house.engine.step_gate.clear()
    house.count()
    assert house.engine.stepped.wait(30)
    assert not house.dispatcher.close()
    engine = house.engine
    assert dispatcher_module.overdue()
    del house  # as at the end of the program; Qt would abort if the thread went with it
    gc.collect()
    engine.step_gate.set()
    thread, _ = dispatcher_module._OVERDUE[-1]
    assert thread.wait(30_000)
    assert not dispatcher_module.overdue()


class QuickEngine(FakeEngine):
    def job(self, request: JobRequest) -> Iterator[Event]:
        if isinstance(request, LoadRequest):
            yield loaded(request)
            return
        for step in range(200):
            over = perf_counter() + 0.001
            while perf_counter() < over:
                pass
            yield JobProgress(request.id, "counting", step + 1, 1000, "")


def test_that_of_a_quick_job_some_steps_are_told_and_the_last_one_always(qtbot: QtBot) -> None:
    house = House(QuickEngine())
    began = perf_counter()
    job = house.count()
    qtbot.waitUntil(lambda: bool(house.ends))
    took = perf_counter() - began
    assert house.dispatcher.close()
    assert house.ends == [JobEnded(job, cancelled=False)]
    assert house.progress[-1].done == 200, "before its end is told"
    assert 1 < len(house.progress) <= took / dispatcher_module.PROGRESS_INTERVAL + 3
