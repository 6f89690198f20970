"""A job beside a busy stream rests between its steps, is cancelled while it rests, and rests for nobody else."""

from collections.abc import Iterator

import pytest

from analysis.protocol.events import Event, JobProgress
from analysis.protocol.lane import LONGEST_REST, LONGEST_WAIT, STREAMING, Stream
from analysis.running import giving_way as module
from analysis.running.giving_way import giving_way


def step(number: int) -> JobProgress:
    return JobProgress(1, "it", number, 3, "", None)


def steps(closed: list[bool]) -> Iterator[Event]:
    try:
        for number in (1, 2, 3):
            yield step(number)
    finally:
        closed.append(True)


def busy() -> Stream:
    stream = Stream()
    stream.moved()
    stream.worked(STREAMING)
    return stream


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(module, "sleep", found.append)
    monkeypatch.setattr(module, "AT_ONCE", 0.0)
    return found


def test_that_nobody_rests_where_nothing_streams(slept: list[float]) -> None:
    closed: list[bool] = []
    assert [event.done for event in giving_way(steps(closed), Stream())] == [1, 2, 3]
    assert not slept
    assert closed == [True]


def test_that_nobody_rests_for_a_stream_that_leaves_time(slept: list[float]) -> None:
    stream = Stream()
    stream.moved()
    stream.worked(0.1 * STREAMING)
    assert [event.done for event in giving_way(steps([]), stream)] == [1, 2, 3]
    assert not slept


def test_that_it_rests_for_a_busy_one_and_can_be_cancelled_meanwhile(
    slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, closed = busy(), []  # type: ignore[var-annotated]
    monkeypatch.setattr(stream, "rest", lambda took, rests: LONGEST_REST)
    job = giving_way(steps(closed), stream)
    assert [next(job).done for _ in range(3)] == [1, 1, 1]
    assert len(slept) == 2
    assert max(slept) <= module.LOOKS_UP
    job.close()
    assert closed == [True]


def test_that_a_short_question_is_answered_at_once(slept: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = busy()
    monkeypatch.setattr(module, "AT_ONCE", 60.0)
    monkeypatch.setattr(stream, "rest", lambda took, rests: LONGEST_REST)
    assert [event.done for event in giving_way(steps([]), stream)] == [1, 2, 3]
    assert not slept


def test_that_a_rest_goes_by_the_step_and_has_an_end() -> None:
    stream = busy()
    assert 0 < stream.rest(0.001) < stream.rest(0.01) < stream.rest(10) == LONGEST_REST


def test_that_what_fits_between_two_pictures_costs_no_rest() -> None:
    stream = Stream()
    assert stream.rest_between(5.0) == 0.0, "nothing streams"
    stream.moved()
    for _ in range(10):
        stream.worked(0.02)  # ten pictures a second, each with 80 ms to spare
    assert stream.rest_between(0.05) == 0.0
    assert 0 < stream.rest_between(0.1) < stream.rest_between(0.2), "by what is more than that"


def test_that_more_fits_between_pictures_that_pass_on_other_threads() -> None:
    stream = Stream()
    stream.moved()
    for _ in range(30):
        stream.worked(0.03)
    assert stream.rest_between(0.02) > 0.0
    stream.abreast = 2
    assert stream.rest_between(0.02) == 0.0
    assert stream.rest_between(0.1) > 0.0


def test_that_nothing_fits_between_pictures_of_which_some_are_missed() -> None:
    """Whoever else computes is seen by that alone."""

    def rest(numbers: range) -> float:
        stream = Stream()
        for number in numbers:
            stream.moved(number)
            stream.worked(0.01)
        return stream.rest_between(0.03)

    assert rest(range(20)) == 0.0
    assert 0 == rest(range(20)) < rest(range(0, 40, 2)) == pytest.approx(0.3, rel=0.05)


def test_that_nine_tenths_of_the_time_are_the_streams_where_its_pictures_wait() -> None:
    stream = Stream()
    stream.moved()
    for _ in range(30):
        stream.worked(0.03)
    for took in (0.05, 0.3):
        assert took / (took + stream.rest_between(took)) <= 0.1
    assert stream.rest_between(60.0) == LONGEST_WAIT
