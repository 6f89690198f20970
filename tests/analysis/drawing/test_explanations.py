"""How an explanation is looked at: its scale, its place over the picture, and one scale for several."""

from collections.abc import Sequence

import numpy as np
import pytest

from analysis.drawing.explanations import drawn, full_strength, veil
from analysis.methods.method import FAMILIES
from analysis.methods.registry import METHODS, members
from analysis.results.kinds import Derivative, Enlarged, Heat, Windows
from analysis.results.looks import DerivativeLook, HeatLook
from analysis.results.over_picture import placed
from analysis.results.views import VIEWS

SIZE = (20, 30)
DERIVATIVE = Derivative(np.random.default_rng(0).standard_normal((3, *SIZE)).astype(np.float32))


def grid(rows: Sequence[int], columns: Sequence[int], side: int) -> Windows:
    return Windows(np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1), side)


@pytest.mark.parametrize("view", VIEWS)
def test_that_every_view_has_a_value_behind_every_pixel(view: str) -> None:
    shown = drawn(DERIVATIVE, SIZE, DerivativeLook(view))  # type: ignore[arg-type]
    assert shown.pixels.shape == (*SIZE, 3)
    assert shown.values.shape == SIZE
    assert shown.signed == (view in ("raw", "grey", "positive-negative"))
    assert shown.low in (0.0, -shown.high)


def test_that_a_clip_ends_the_scale_at_its_percentile() -> None:
    norm = np.sqrt(np.square(DERIVATIVE.values).sum(0))
    for percentile in (80, 99, 100):
        shown = drawn(DERIVATIVE, SIZE, DerivativeLook("norm", percentile))
        assert shown.high == pytest.approx(np.percentile(norm, percentile))


def test_that_a_shared_scale_is_kept() -> None:
    look = DerivativeLook("grey")
    full = full_strength(DERIVATIVE, look)
    twice = Derivative(DERIVATIVE.values * 2)
    alone, shared = (drawn(twice, SIZE, look, end) for end in (None, full))
    assert alone.high == pytest.approx(2 * full)
    assert shared.high == full
    assert not np.array_equal(alone.pixels, shared.pixels)


def test_that_a_class_map_is_drawn_in_its_cells_and_laid_over_the_picture_smoothly() -> None:
    over = np.ones(SIZE, np.float32)
    shown = drawn(Heat(np.arange(6, dtype=np.float32).reshape(2, 3), Enlarged(over)), SIZE, HeatLook(clip=100))
    assert shown.cells
    assert shown.pixels.shape == (2, 3, 3)
    assert shown.over is over
    assert (shown.low, shown.high) == (0.0, 5.0)


def test_that_a_mask_stands_for_the_pixels_nearest_to_its_middle() -> None:
    rows, columns = np.arange(0, 17, 4), np.arange(0, 25, 6)  # masks of 4, every 4 rows and 6 columns
    result = np.arange(25, dtype=np.float32).reshape(5, 5)
    shown = drawn(Heat(result, grid(rows, columns, 4)), SIZE, HeatLook())
    for row in range(5):
        for column in range(5):
            middle = rows[row] + 2, columns[column] + 2
            assert shown.over[middle] == result[row, column]
    assert np.isnan(shown.over[:, -1]).all()  # beyond the outermost middle by more than half a step
    assert (veil(shown, 1.0)[np.isnan(shown.over)][:, 3] == 0).all()


def test_that_drops_and_rises_have_zero_in_the_middle() -> None:
    heat = Heat(np.array([[-1.0, 4], [0, 0]], np.float32), grid([0, 8], [0, 8], 8))
    shown = drawn(heat, SIZE, HeatLook(clip=100))
    assert (shown.low, shown.high) == (-4.0, 4.0)


def test_that_a_map_far_from_zero_begins_at_its_least() -> None:
    heat = Heat(np.linspace(10, 12, 600, dtype=np.float32).reshape(SIZE))
    shown = drawn(heat, SIZE, HeatLook(clip=100))
    assert (shown.low, shown.high) == (10.0, 12.0)


def test_that_nothing_is_laid_over_the_picture_where_a_map_is_zero() -> None:
    heat = Heat(np.eye(4, dtype=np.float32), Enlarged(np.eye(20, 30, dtype=np.float32)))
    laid = veil(drawn(heat, SIZE, HeatLook(clip=100)), 0.5)
    assert laid.shape == (*SIZE, 4)
    assert laid[0, 1, 3] == 0
    assert laid[0, 0, 3] == 128


@pytest.mark.parametrize("values", [np.zeros((4, 4), np.float32), np.full((4, 4), np.nan, np.float32)])
def test_that_an_empty_map_is_drawn(values: np.ndarray) -> None:  # type: ignore[type-arg]
    shown = drawn(Heat(values, Enlarged(values)), (4, 4), HeatLook())
    assert shown.high > shown.low
    assert veil(shown, 1.0).shape == (4, 4, 4)


def test_that_every_method_has_one_family() -> None:
    listed = [technique for one in FAMILIES for technique in members(one)]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(METHODS)
    assert [t.name for t in members("trust")] == ["randomisation", "insertion-deletion", "sensitivity"]


def test_that_the_value_of_the_only_mask_of_a_side_lies_under_all_of_it() -> None:
    """A wide picture and a mask as high as it: one row of places."""
    heat = Heat(np.arange(5, dtype=np.float32)[None], grid([0], range(0, 33, 8), 16))
    over = placed(heat, (16, 48))
    assert np.isfinite(over[:, 8:40]).all()
    assert (over == over[0]).all(where=np.isfinite(over))
