"""What is remembered of a unit over a stream."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.protocol.frame import Frame
from analysis.protocol.raw_picture import RawPicture
from analysis.running.unit_history import BEST, BINS, KEPT, SAME_MOMENT, UnitHistory

PICTURE = np.zeros((4, 4, 3), np.uint8)


def frame(number: int, seconds: float = 0.0, moving: bool = True) -> Frame:
    return Frame(PICTURE, number, "camera" if moving else f"/pictures/{number}.png", seconds, moving)


def map_of(*values: float) -> np.ndarray:
    return np.array([values], np.float32)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=20), min_size=1, max_size=12))
def test_that_every_value_is_counted_once_and_inside_the_range(maps: list[list[float]]) -> None:
    memory = UnitHistory()
    for number, values in enumerate(maps):
        memory.add(frame(number), PICTURE, map_of(*values))
    everything = np.array([v for values in maps for v in values], np.float32)
    assert memory.counts.sum() == everything.size
    assert len(memory.counts) == BINS
    assert memory.low <= everything.min()
    assert everything.max() <= memory.high
    assert memory.share_of_zeros == np.mean(everything == 0)


def test_that_the_histogram_of_a_growing_range_has_the_right_bins() -> None:
    memory = UnitHistory()
    memory.add(frame(0), PICTURE, map_of(*np.linspace(0, 1, 101)))
    memory.add(frame(1), PICTURE, map_of(*np.linspace(-7, 9, 1001)))
    both = np.concatenate([np.linspace(0, 1, 101), np.linspace(-7, 9, 1001)]).astype(np.float32)
    expected, _ = np.histogram(both, BINS, (memory.low, memory.high))
    assert np.abs(np.cumsum(memory.counts) - np.cumsum(expected)).max() <= 2  # values on the borders of bins


def test_that_a_frame_that_is_shown_again_is_not_counted_again() -> None:
    memory = UnitHistory()
    for _ in range(3):
        memory.add(frame(5), PICTURE, map_of(1.0, 0.0))
    assert memory.frames == 1
    assert memory.values == 2
    assert len(memory.best) == 1


def test_that_the_best_pictures_are_of_different_moments() -> None:
    memory = UnitHistory()
    for number in range(100):
        memory.add(frame(number, seconds=number * 0.1), PICTURE, map_of(float(number % 37)))
    moments = [best.frame.captured for best in memory.best]
    assert len(memory.best) <= BEST
    assert all(abs(a - b) >= SAME_MOMENT for i, a in enumerate(moments) for b in moments[:i])
    values = [best.value for best in memory.best]
    assert values == sorted(values, reverse=True)
    assert values[0] == 36.0


def test_that_the_best_of_still_pictures_are_the_highest_nine() -> None:
    memory = UnitHistory()
    values = np.random.default_rng(0).permutation(30).astype(float)
    for number, value in enumerate(values):
        memory.add(frame(number, moving=False), PICTURE, map_of(0.0, value, -1.0))
    assert [best.value for best in memory.best] == sorted(values, reverse=True)[:BEST]
    assert all(best.place == (0, 1) for best in memory.best if best.value > 0)


def test_that_what_is_no_number_is_left_out() -> None:
    memory = UnitHistory()
    memory.add(frame(0), PICTURE, map_of(np.nan, np.inf))
    assert memory.frames == 0
    memory.add(frame(1), PICTURE, map_of(np.nan, 2.0, -np.inf))
    assert memory.values == 1
    assert memory.best[0].value == 2.0
    assert memory.best[0].place == (0, 1)


def test_that_the_best_pictures_of_a_video_are_of_different_moments() -> None:
    memory = UnitHistory()
    for number in range(50):
        picture = np.full((4, 4, 3), number, np.uint8)
        shown = Frame(picture, number, f"/films/cat.mp4#t={number * 0.1:.3f}", number * 0.1, True)
        memory.add(shown, picture, map_of(float(number)))
    moments = [best.frame.captured for best in memory.best]
    assert all(abs(a - b) >= SAME_MOMENT for i, a in enumerate(moments) for b in moments[:i])
    assert memory.best[0].value == 49.0


def test_that_what_comes_round_again_is_among_the_best_once() -> None:
    memory = UnitHistory()
    pictures = [np.full((4, 4, 3), number, np.uint8) for number in range(3)]
    for number in range(30):
        picture = pictures[number % 3]
        shown = Frame(picture, number, "/films/loop.gif", number * 2.0, True)
        memory.add(shown, picture, map_of(float(number % 3)))
    assert [best.value for best in memory.best] == [2.0, 1.0, 0.0]
    held = Frame(pictures[2], 99, "/films/loop.gif", 99.0, False)
    memory.add(held, pictures[2], map_of(2.0))
    assert len(memory.best) == 3


def test_that_different_pictures_may_be_equally_good() -> None:
    memory = UnitHistory()
    for number in range(4):
        picture = np.full((4, 4, 3), number, np.uint8)
        memory.add(Frame(picture, number, f"/pictures/{number}.png", 0.0), picture, map_of(1.0))
    assert len(memory.best) == 4


def test_that_of_whole_screens_only_as_many_are_kept_as_memory_has_room_for() -> None:
    screen = np.zeros((1080, 1920, 4), np.uint8)
    memory = UnitHistory()
    for number in range(30):
        memory.add(
            Frame(RawPicture((screen,)), number, "screen", number * 2 * SAME_MOMENT, True),
            PICTURE + np.uint8(number),
            map_of(float(number)),
        )
        assert sum(best.frame.bytes for best in memory.best) <= KEPT
    assert [best.value for best in memory.best] == [29.0, 28.0, 27.0, 26.0, 25.0]
