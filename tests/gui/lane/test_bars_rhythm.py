"""The bars of all layers take a small share of a stream's time, however slow a network is."""

import pytest

from gui.lane.bars_rhythm import EVERY, SELDOM, SHARE, BarsRhythm


def told(usual: float, measured: float) -> BarsRhythm:
    rhythm = BarsRhythm()
    for _ in range(5):
        rhythm.took(usual, measured=False)
        rhythm.took(measured, measured=True)
    return rhythm


def test_that_as_long_as_nothing_is_known_they_come_as_often_as_ever() -> None:
    rhythm = BarsRhythm()
    assert rhythm.every == EVERY
    rhythm.took(0.2, measured=True)
    assert rhythm.every == EVERY


@pytest.mark.parametrize(("usual", "measured"), [(0.02, 0.03), (0.15, 0.2), (0.3, 0.3)])
def test_that_they_take_no_more_than_their_share(usual: float, measured: float) -> None:
    every = told(usual, measured).every
    assert EVERY <= every <= SELDOM
    assert (measured - usual) / every <= SHARE * 1.001


def test_that_they_are_never_given_up_and_come_often_again_when_they_are_quick() -> None:
    rhythm = told(0.2, 2.0)
    assert rhythm.every == SELDOM
    for _ in range(20):
        rhythm.took(0.2, measured=True)
    assert rhythm.every == EVERY
