import pytest

from analysis.running import lead
from analysis.running.lead import LEAST, MOST, Lead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(lead, "perf_counter", lambda: now[0])
    return now


def after(clock: list[float], making: float, telling: float, pictures: int = 60) -> float:
    measured = Lead()
    for _ in range(pictures):
        with measured.making():
            clock[0] += making
        with measured.telling():
            clock[0] += telling
    return measured.seconds


def test_that_the_next_picture_is_begun_as_much_earlier_as_making_and_telling_take(clock: list[float]) -> None:
    assert after(clock, 0.005, 0.007) == pytest.approx(0.012, rel=0.01)


def test_that_it_is_begun_neither_too_late_nor_much_too_early(clock: list[float]) -> None:
    assert after(clock, 1e-5, 1e-5) == LEAST
    assert after(clock, 0.3, 0.1) == MOST


def test_that_one_slow_picture_does_not_decide(clock: list[float]) -> None:
    measured = Lead()
    with measured.making():
        clock[0] += 0.03
    assert measured.seconds < 2 * LEAST
