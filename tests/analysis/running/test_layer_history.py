"""What is remembered of all units of a layer over a stream."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.protocol.frame import Frame
from analysis.protocol.raw_picture import RawPicture
from analysis.running.kept_pictures import KEPT, SAME_MOMENT
from analysis.running.layer_history import BEST, BINS, COUNTED, LayerHistory

PICTURE = np.zeros((4, 4, 3), np.uint8)


def picture(seed: int, side: int = 16) -> np.ndarray:
    """Unlike that of any other seed."""
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def frame(number: int, seconds: float = 0.0, moving: bool = True, of: np.ndarray | None = None) -> Frame:
    pixels = picture(number) if of is None else of
    return Frame(pixels, number, "camera" if moving else f"/pictures/{number}.png", seconds, moving)


def maps_of(*units: list[float]) -> torch.Tensor:
    """A map of one row for each unit."""
    return torch.tensor([[values] for values in units], dtype=torch.float32)


def seen(history: LayerHistory, one: Frame, maps: torch.Tensor) -> None:
    history.add(one, np.asarray(one.pixels), maps)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=20), min_size=1, max_size=12))
def test_that_every_value_is_counted_once_and_inside_the_range(maps: list[list[float]]) -> None:
    history = LayerHistory(2)
    for number, values in enumerate(maps):
        seen(history, frame(number), maps_of(values, [-value for value in values]))
    everything = np.array([v for values in maps for v in values], np.float32)
    for unit, sign in ((0, 1), (1, -1)):
        counts, (low, high) = history.histogram(unit)
        assert counts.sum() == everything.size
        assert len(counts) == BINS
        assert low <= (sign * everything).min()
        assert (sign * everything).max() <= high
        assert history.share_of_zeros(unit) == np.mean(everything == 0)


def test_that_the_histogram_of_a_growing_range_has_the_right_bins() -> None:
    history = LayerHistory(1)
    first, second = np.linspace(0, 1, 101), np.linspace(-7, 9, 1001)
    seen(history, frame(0), maps_of(first.tolist()))
    seen(history, frame(1), maps_of(second.tolist()))
    counts, limits = history.histogram(0)
    expected, _ = np.histogram(np.concatenate([first, second]).astype(np.float32), BINS, limits)
    assert np.abs(np.cumsum(counts) - np.cumsum(expected)).max() <= 2  # values on the borders of bins


@pytest.mark.parametrize("beside", [False, True], ids=["unit after unit", "units side by side"])
def test_that_every_unit_has_the_pictures_that_it_answered_most(beside: bool) -> None:
    """Compared with the plainest way: all values of all pictures, sorted."""
    history, units, shown = LayerHistory(40), 40, 60
    strongest = np.zeros((shown, units), np.float32)
    for number in range(shown):
        maps = torch.from_numpy(np.random.default_rng(number).normal(size=(units, 5, 7)).astype(np.float32))
        strongest[number] = maps.numpy().max((1, 2))
        if beside:
            maps = maps.permute(1, 2, 0).contiguous().permute(2, 0, 1)
        seen(history, frame(number, seconds=2 * number), maps)
    for unit in range(units):
        best = history.best(unit)
        expected = np.argsort(-strongest[:, unit])[:BEST]
        assert [one.frame.number for one in best] == expected.tolist()
        assert [one.value for one in best] == strongest[expected, unit].tolist()
        for one in best:
            maps = np.random.default_rng(one.frame.number).normal(size=(units, 5, 7)).astype(np.float32)
            assert maps[(unit, *one.place)] == one.value


def test_that_a_frame_that_is_shown_again_is_not_counted_again() -> None:
    history = LayerHistory(1)
    for _ in range(3):
        seen(history, frame(5), maps_of([1.0, 0.0]))
    assert history.pictures == 1
    assert history.histogram(0)[0].sum() == 2
    assert len(history.best(0)) == 1


def test_that_the_best_pictures_are_of_different_moments() -> None:
    history = LayerHistory(1)
    for number in range(100):
        seen(history, frame(number, seconds=number * 0.1), maps_of([float(number % 37)]))
    best = history.best(0)
    moments = [one.frame.captured for one in best]
    assert len(best) == 3  # as often as it rose and fell
    assert all(abs(a - b) >= SAME_MOMENT for i, a in enumerate(moments) for b in moments[:i])
    values = [one.value for one in best]
    assert values == sorted(values, reverse=True)
    assert values[0] == 36.0


def test_that_near_duplicates_of_a_stream_do_not_fill_the_nine() -> None:
    """A camera that looks at four scenes for minutes, with its noise: the best of each scene, and nothing else."""
    history = LayerHistory(1)
    noise = np.random.default_rng(0)
    for number in range(400):
        scene = np.repeat(np.repeat(picture(number // 100, 8), 8, 0), 8, 1).astype(int)
        noisy = np.clip(scene + noise.normal(0, 6, scene.shape), 0, 255).astype(np.uint8)
        value = 10.0 * (number // 100) + number % 100 / 100
        seen(history, frame(number, seconds=3.0 * number, of=noisy), maps_of([value]))
    best = history.best(0)
    assert [one.frame.number // 100 for one in best] == [3, 2, 1, 0]
    assert [round(one.value % 10, 2) for one in best] == [0.99] * 4
    assert history.pictures == 400
    assert history.different == 4


def test_that_pictures_of_little_contrast_are_different_all_the_same() -> None:
    """Noise of a small network's size is grey at a glance, and yet every picture is another one."""
    history = LayerHistory(1)
    for number in range(30):
        noise = np.random.default_rng(number).normal(128, 12, (28, 28, 3)).astype(np.uint8)
        seen(history, frame(number, seconds=2.0 * number, of=noise), maps_of([0.0]))
    assert history.different == 30


def test_that_what_comes_round_again_is_among_the_best_once() -> None:
    history = LayerHistory(1)
    for number in range(30):
        shown = Frame(picture(number % 3), number, "/films/loop.gif", number * 2.0, True)
        seen(history, shown, maps_of([1.0 + number % 3]))
    assert [one.value for one in history.best(0)] == [3.0, 2.0, 1.0]
    held = Frame(picture(2), 99, "/films/loop.gif", 99.0, False)
    seen(history, held, maps_of([3.0]))
    assert len(history.best(0)) == 3
    assert history.different == 3


def test_that_different_pictures_may_be_equally_good() -> None:
    history = LayerHistory(1)
    for number in range(4):
        seen(history, frame(number, moving=False), maps_of([1.0]))
    assert len(history.best(0)) == 4


def test_that_still_pictures_that_a_person_opened_are_told_apart_by_little() -> None:
    """Two digits by the same hand are no near-duplicates."""
    history = LayerHistory(1)
    for number in range(4):
        digit = np.zeros((28, 28, 3), np.uint8)
        digit[4 : 24 - number, 13:16] = 255
        seen(history, frame(number, moving=False, of=digit), maps_of([1.0 + number]))
    assert len(history.best(0)) == 4
    assert history.different == 4


def test_that_what_is_no_number_is_left_out() -> None:
    history = LayerHistory(2)
    seen(history, frame(0), maps_of([np.nan, np.inf, 0.0], [0.0, 0.0, 0.0]))
    assert history.histogram(0)[0].sum() == 1
    assert not history.silent(0)
    seen(history, frame(1, seconds=5), maps_of([np.nan, 2.0, -np.inf], [0.0, 0.0, 0.0]))
    best = history.best(0)
    assert best[0].value == 2.0
    assert best[0].place == (0, 1)


def test_that_silent_units_are_those_that_were_zero_on_every_picture() -> None:
    history = LayerHistory(3)
    for number in range(20):
        seen(history, frame(number, seconds=2 * number), maps_of([0.0, 0.0], [0.0, float(number == 7)], [-1.0, -2.0]))
    assert history.so_far().silent.tolist() == [True, False, False]
    assert history.best(0) == ()  # no picture is the best one of a unit that answers none
    assert [one.frame.number for one in history.best(1)] == [7]
    assert history.so_far().pictures == history.so_far().different == 20


def test_that_of_whole_screens_only_as_many_are_kept_in_full_as_memory_has_room_for() -> None:
    history = LayerHistory(1)
    screen = np.zeros((1080, 1920, 4), np.uint8)
    for number in range(30):
        seen_as = picture(number)
        shown = Frame(RawPicture((screen,)), number, "screen", number * 2 * SAME_MOMENT, True)
        history.add(shown, seen_as, maps_of([1.0 + number]))
        assert history.bytes <= KEPT + 500_000
    best = history.best(0)
    assert [one.value for one in best] == [30.0 - n for n in range(BEST)]
    in_full = [one.frame.given is not one.picture for one in best]
    assert in_full == sorted(in_full, reverse=True)  # those that it answered most
    assert sum(in_full) == 5


def test_that_a_layer_of_two_thousand_units_stays_in_bounded_memory() -> None:
    """Every frame is the best one of some units; the pictures of the chosen unit are kept."""
    history, units, side = LayerHistory(2048), 2048, 224
    chosen = []
    for number in range(700):
        values = np.random.default_rng(number).random((units, 1, 1)).astype(np.float32)
        chosen.append(values[5, 0, 0])
        one = frame(number, seconds=2 * number, of=picture(number, 16).repeat(side // 16, 0).repeat(side // 16, 1))
        history.add(one, one.pixels, torch.from_numpy(values), 5)
    assert history.bytes < KEPT + 4_000_000
    assert [one.value for one in history.best(5)] == sorted(chosen, reverse=True)[:BEST]
    kept = [len(history.best(unit)) for unit in range(units)]
    assert np.mean(kept) > 2


def test_that_a_sample_of_a_large_layer_is_counted_like_all_of_it() -> None:
    history, rng = LayerHistory(64), np.random.default_rng(0)
    for number in range(30):
        maps = torch.from_numpy(np.maximum(rng.normal(size=(64, 56, 56)), 0).astype(np.float32))
        seen(history, frame(number, seconds=2 * number), maps)
    assert history.histogram(3)[0].sum() == 30 * (COUNTED // 64)
    assert history.share_counted == (COUNTED // 64) / (56 * 56)
    assert history.share_of_zeros(3) == pytest.approx(0.5, abs=0.02)
    still = frame(99, moving=False)
    seen(history, still, torch.ones(64, 56, 56))
    assert history.histogram(3)[0].sum() == 30 * (COUNTED // 64) + 56 * 56
