"""Ways of asking are tried in turn, the best one is remembered, and where they do not agree nothing is."""

from collections.abc import Generator, Iterator
from itertools import count, repeat
from pathlib import Path
from threading import Lock

import pytest
import torch
from torch import Tensor, nn

from analysis.quick import measured
from analysis.quick.runtime import trials
from analysis.quick.runtime.abreast import Manner, narrow, wide
from analysis.quick.runtime.onnx_file import Graph
from analysis.quick.runtime.trials import (
    LONG,
    Parts,
    digest,
    digest_of_sums,
    known_manner,
    known_parts,
    tried_manners,
    tried_parts,
    usual_parts,
    ways,
)
from analysis.quick.runtime.written_down import written_down


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNDERHOOD_CACHE", str(tmp_path))
    return tmp_path


def graph(units: int = 4, scale: float = 1.0, size: int = 8) -> Graph:
    net = nn.Sequential(nn.Conv2d(3, units, 3), nn.ReLU(), nn.Flatten()).eval().requires_grad_(False)
    net[0].weight.mul_(scale)
    written = written_down(net, torch.ones(1, 3, size, size), [])
    assert written is not None
    return written.graph


def test_that_networks_are_told_apart_by_what_they_do_and_not_by_their_weights() -> None:
    assert digest(graph()) == digest(graph(scale=2.0))
    assert len({digest(graph()), digest(graph(units=5)), digest(graph(size=9))}) == 3


def test_that_what_is_folded_away_or_not_is_asked_in_one_way() -> None:
    plain = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU()).eval().requires_grad_(False)
    folded = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()).eval().requires_grad_(False)
    strided = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU()).eval().requires_grad_(False)
    graphs = []
    for net in (plain, folded, strided):
        written = written_down(net, torch.ones(1, 3, 8, 8), [])
        assert written is not None
        graphs.append(written.graph)
    assert digest_of_sums(graphs[0]) == digest_of_sums(graphs[1]) != digest_of_sums(graphs[2])
    assert digest_of_sums(graph(units=5)) != digest_of_sums(graph())


class Clock:
    """Every look at it is as much later as the session that was asked last takes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.lock = 0.0, Lock()
        monkeypatch.setattr(trials, "perf_counter", lambda: self.now)


class Taking:
    def __init__(self, clock: Clock, seconds: Iterator[float]) -> None:
        self._clock, self._seconds = clock, seconds
        self.closed, self.runs = False, 0

    def run(self, given: Tensor) -> dict[str, Tensor]:
        self.runs += 1
        with self._clock.lock:
            self._clock.now += next(self._seconds)
        return {"answer": given}

    def close(self) -> None:
        self.closed = True


def always(seconds: float) -> Iterator[float]:
    return repeat(seconds)


def tried(clock: Clock, usual: Iterator[float], other: Iterator[float]) -> Manner:
    manners = {narrow(2): Taking(clock, usual), wide(2): Taking(clock, other)}
    *_, best = tried_manners(graph(), manners, torch.ones(1), narrow(2))  # type: ignore[arg-type]
    return best


def test_that_the_quicker_manner_is_taken_and_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tried(Clock(monkeypatch), always(0.03), always(0.02)) == wide(2)
    monkeypatch.setattr(measured, "_here", {})
    assert known_manner(graph()) == wide(2)
    assert known_manner(graph(units=5)) is None


def test_that_the_usual_one_is_remembered_where_it_is_best(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tried(Clock(monkeypatch), always(0.02), always(0.03)) == narrow(2)
    assert known_manner(graph()) == narrow(2)


def test_that_who_is_hardly_quicker_or_only_now_and_then_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tried(Clock(monkeypatch), always(0.02), always(0.0197)) == narrow(2)
    assert known_manner(graph()) is None
    unsteady = (0.001 if number < 20 else 0.08 for number in count())
    assert tried(Clock(monkeypatch), always(0.02), unsteady) == narrow(2)
    assert known_manner(graph()) is None


@pytest.mark.parametrize("said", ["", "2", "2×x", "0×1", "99×1", "2×1×1"])
def test_that_an_odd_answer_is_none(said: str) -> None:
    measured.remember(f"live {digest(graph())}", said)
    assert known_manner(graph()) is None


def sized(clock: Clock, seconds: dict[Parts, float], usual: Parts) -> Parts:
    """What is found where a part takes so long; those that are asked at once come one after the other here."""
    sessions = {way: Taking(clock, always(took)) for way, took in seconds.items()}
    best, _ = ended(tried_parts(graph(), sessions.__getitem__, torch.ones(4, 3, 8, 8), usual, [*sessions]))  # type: ignore[arg-type]
    assert all(session.closed for session in sessions.values())
    return best


def ended(steps: Generator[int, None, Parts]) -> tuple[Parts, int]:
    """What was found, and how many passes it said to take."""
    passes = 0
    while True:
        try:
            passes += next(steps)
        except StopIteration as last:
            return last.value, passes


def test_that_the_parts_that_are_quickest_a_picture_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    one, four, eight, wide_four = Parts(1, 1, 1), Parts(4, 1, 1), Parts(8, 1, 1), Parts(4, 1, 2)
    times = {one: 0.01, four: 0.02, eight: 0.0398, wide_four: 0.03}
    assert sized(Clock(monkeypatch), times, one) == four  # eight are as quick, and a longer step
    monkeypatch.setattr(measured, "_here", {})
    assert known_parts(graph()) == four


def test_that_those_that_are_nearly_as_quick_are_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, short, long, slow = Clock(monkeypatch), Parts(2, 1, 1), Parts(4, 1, 1), Parts(8, 1, 1)
    unlucky = (0.0394 if number < 5 else 0.0376 for number in count())  # a hundredth quicker at first, then six
    sessions = {
        short: Taking(clock, always(0.02)),
        long: Taking(clock, unlucky),
        slow: Taking(clock, always(0.09)),
    }
    best, _ = ended(tried_parts(graph(), sessions.__getitem__, torch.ones(8, 3, 8, 8), short, [*sessions]))  # type: ignore[arg-type]
    assert best == long
    assert sessions[slow].runs == 3, "it was not near"


def test_that_no_step_becomes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = Parts(1, 1, 1), Parts(16, 1, 1)
    assert sized(Clock(monkeypatch), {short: 0.6 * LONG, long: 1.1 * LONG}, long) == short
    monkeypatch.setattr(measured, "_here", {})
    assert sized(Clock(monkeypatch), {long: 1.1 * LONG}, short) == short


def test_that_who_is_clearly_slower_is_asked_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, quick, slow = Clock(monkeypatch), Parts(2, 1, 1), Parts(4, 1, 1)
    sessions = {quick: Taking(clock, always(0.01)), slow: Taking(clock, always(0.03))}
    best, passes = ended(tried_parts(graph(), sessions.__getitem__, torch.ones(3, 3, 8, 8), quick, [*sessions]))  # type: ignore[arg-type]
    assert best == quick
    assert [session.runs for session in sessions.values()] == [1 + 2 * 4, 1 + 2]  # eight pictures a turn
    assert passes == 2 + 2 + 2 * 8 + 4 + 4 + 8


def test_that_where_nothing_can_be_made_the_usual_way_serves() -> None:
    best, _ = ended(tried_parts(graph(), lambda _way: None, torch.ones(4, 3, 8, 8), usual_parts(4), ways(4)))
    assert best == usual_parts(4)
    assert known_parts(graph()) is None


@pytest.mark.parametrize("said", ["", "2×1", "2×1×x", "0×1×1", "2×999×1"])
def test_that_odd_parts_are_none(said: str) -> None:
    measured.remember(f"batch {digest_of_sums(graph())}", said)
    assert known_parts(graph()) is None


@pytest.mark.parametrize("size", [1, 3, 16])
def test_that_every_way_fits_into_a_batch(size: int) -> None:
    assert all(1 <= way.pictures <= size and way.abreast * way.threads >= 1 for way in ways(size))
    assert len(set(ways(size))) > 1 or torch.get_num_threads() == 1
