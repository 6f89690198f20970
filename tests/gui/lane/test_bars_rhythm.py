"""The bars of all layers take a small share of a stream's time, however slow a network is."""

import pytest

from gui.lane.bars_rhythm import EVERY, SELDOM, SHARE, BarsRhythm


def told(*seconds: float) -> BarsRhythm:
    rhythm = BarsRhythm()
    for one in seconds:
        rhythm.took(one)
    return rhythm


def test_that_as_long_as_nothing_is_known_they_come_as_often_as_ever() -> None:
    assert told().every == EVERY


@pytest.mark.parametrize("seconds", [0.001, 0.03, 0.08, 0.14])
def test_that_they_take_no_more_than_their_share(seconds: float) -> None:
    every = told(seconds, seconds, seconds).every
    assert EVERY <= every <= SELDOM
    assert seconds / every <= SHARE * 1.001


def test_that_they_are_never_given_up_and_come_often_again_when_they_are_quick() -> None:
    assert told(2.0).every == SELDOM
    assert told(2.0, *[0.01] * 20).every == EVERY
