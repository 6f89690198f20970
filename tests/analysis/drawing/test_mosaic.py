"""The mosaic against a slow oracle that draws it value by value."""

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.drawing import mosaic as module
from analysis.drawing.mosaic import fitting_columns, mosaic
from analysis.protocol.events import Mosaic
from analysis.results.looks import MapsLook


def drawn_slowly(maps: np.ndarray, look: MapsLook, columns: int) -> np.ndarray:
    """The definition, one value at a time, with the toolbox's formula for the boost."""
    maps = np.where(np.isfinite(maps), maps, 0).astype(np.float64)
    signed = maps.min() < 0
    peaks = np.abs(maps).max((1, 2))
    units = list(range(len(maps)))
    if look.order == "activation":
        units.sort(key=lambda k: -maps[k].max())
    if look.only_active:
        units = [k for k in units if peaks[k] > 0]
    height, width = maps.shape[1:]
    rows = max(math.ceil(len(units) / columns), 1)
    levels = np.full((rows * height, columns * width), 127.5 if signed else 0.0)
    boost = 1.0 if look.scale == "unit" and height * width > 1 else look.boost
    for place, k in enumerate(units):
        top, left = place // columns * height, place % columns * width
        for i in range(height):
            for j in range(width):
                share = 0.0
                if peaks[k] > 0:  # data / layer maximum, times (its own maximum on that scale) ** -boost
                    share = maps[k, i, j] / peaks.max() * (peaks[k] / peaks.max()) ** -boost
                levels[top + i, left + j] = 127.5 + 127.5 * share if signed else 255 * share
    return levels


def check(result: Mosaic, maps: np.ndarray, look: MapsLook) -> None:
    assert result.levels.dtype == np.uint8
    assert result.levels.flags.c_contiguous
    expected = drawn_slowly(maps, look, result.columns)
    assert result.levels.shape == expected.shape
    assert np.abs(result.levels - expected).max() <= 0.501


looks = st.builds(
    MapsLook,
    scale=st.sampled_from(["unit", "shared"]),
    boost=st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]),
    order=st.sampled_from(["index", "activation"]),
    only_active=st.booleans(),
)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    units=st.integers(1, 30),
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    signed=st.booleans(),
    look=looks,
    aspect=st.floats(0.2, 5),
    odd=st.booleans(),
)
def test_that_it_equals_the_oracle(
    seed: int, units: int, height: int, width: int, signed: bool, look: MapsLook, aspect: float, odd: bool
) -> None:
    generator = np.random.default_rng(seed)
    maps = generator.normal(0, 3, (units, height, width)).astype(np.float32)
    maps[generator.random(units) < 0.3] = 0
    if not signed:
        maps = np.maximum(maps, 0)
    if odd:
        maps[generator.random(maps.shape) < 0.2] = generator.choice([np.nan, np.inf, -np.inf])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = mosaic(torch.from_numpy(maps), look, aspect)
    check(result, maps, look)
    assert result.odd == np.sum(~np.isfinite(maps))
    assert result.columns == fitting_columns(result.tiles, height, width, aspect)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("shape", [(7, 300, 400), (37, 90, 90), (200, 3, 3)])
def test_that_large_and_small_maps_take_the_same_values(shape: tuple[int, int, int], signed: bool) -> None:
    maps = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    maps = maps if signed else maps.relu() + 0.01
    look = MapsLook(scale="shared", boost=0.3)
    result = mosaic(maps, look, tile=1000)
    for place in range(result.tiles):
        top, left = place // result.columns * shape[1], place % result.columns * shape[2]
        levels = result.levels[top : top + shape[1], left : left + shape[2]].astype(float)
        low, high = result.low[place], result.high[place]
        expected = (maps[place].numpy() - low) / (high - low) * 255
        assert np.abs(levels - expected).max() <= 0.501


@pytest.mark.parametrize("shape", [(1, 1, 1), (13, 5, 7), (64, 40, 30), (300, 2, 2)])
@pytest.mark.parametrize("offset", [0.5, 128.0])
def test_that_the_path_of_other_devices_draws_the_same(shape: tuple[int, int, int], offset: float) -> None:
    maps = torch.rand(shape, generator=torch.Generator().manual_seed(2))
    slope = np.linspace(1, 100, shape[0], dtype=np.float32)
    columns = 4
    rows = math.ceil(shape[0] / columns)
    arguments = (maps, slope, offset, rows, columns)
    assert np.array_equal(module._tiled(*arguments), module._tiled_on_device(*arguments))


@pytest.mark.parametrize("units", [20, 32, 75])
@pytest.mark.parametrize("odd", [None, np.nan, np.inf])
@pytest.mark.parametrize("tile", [256, 6])
@pytest.mark.parametrize("look", [MapsLook(), MapsLook(scale="shared", boost=0.3), MapsLook(order="activation")])
def test_that_a_channels_last_map_is_drawn_alike(units: int, odd: float | None, tile: int, look: MapsLook) -> None:
    for signed in (True, False):
        plain = torch.randn(1, units, 9, 11, generator=torch.Generator().manual_seed(3))
        plain = plain if signed else plain.relu()
        if odd is not None:
            plain[0, 5, 3, 4] = odd
        last = plain.contiguous(memory_format=torch.channels_last)
        assert not last[0].is_contiguous()
        one, other = mosaic(plain[0], look, tile=tile), mosaic(last[0], look, tile=tile)
        assert np.array_equal(one.levels, other.levels)
        assert np.array_equal(one.high, other.high)
        assert one.odd == other.odd == (odd is not None)


def test_that_zero_is_black_in_a_layer_without_negative_values() -> None:
    maps = torch.tensor([[[0.0, 1.0]], [[5.0, 10.0]]])
    result = mosaic(maps, MapsLook(), aspect=4)
    assert not result.signed
    assert result.low.tolist() == [0, 0]
    assert result.high.tolist() == [1, 10]
    assert result.levels.tolist() == [[0, 255, 128, 255]]


def test_that_zero_is_in_the_middle_of_a_signed_layer() -> None:
    maps = torch.tensor([[[0.0, -2.0]], [[1.0, 0.0]]])
    result = mosaic(maps, MapsLook(scale="shared"), aspect=4)
    assert result.signed
    assert result.shared
    assert result.low.tolist() == [-2, -2]
    assert result.high.tolist() == [2, 2]
    assert result.levels.tolist() == [[128, 0, 191, 128]]


def test_that_a_layer_of_zeros_or_without_a_number_draws_zero() -> None:
    for value in (0.0, math.nan, math.inf, -math.inf):
        maps = torch.full((5, 3, 3), value)
        result = mosaic(maps, MapsLook(scale="shared", boost=0.5))
        assert not result.levels.any()
        assert result.odd == (0 if value == 0 else 45)
        assert mosaic(maps, MapsLook(only_active=True)).tiles == 0


def test_that_huge_and_tiny_values_stay_within_the_levels() -> None:
    maps = torch.tensor([[[3e38, -3e38]], [[1e-40, 0.0]], [[1e-45, -1e-45]]])
    for look in (MapsLook(), MapsLook(scale="shared"), MapsLook(scale="shared", boost=0.8)):
        levels = mosaic(maps, look, aspect=100).levels
        assert levels[0, :2].tolist() == [255, 0]
        assert abs(int(levels[0, 3]) - 128) <= 1


def test_that_single_numbers_share_a_scale() -> None:
    result = mosaic(torch.tensor([1.0, 2.0, 4.0]).view(3, 1, 1), MapsLook(), aspect=3)
    assert result.shared
    assert result.levels.tolist() == [[64, 128, 255]]


def test_that_the_order_by_activation_is_stable() -> None:
    maps = torch.tensor([1.0, 3.0, 0.0, 3.0, 2.0]).view(5, 1, 1)
    assert mosaic(maps, MapsLook(order="activation")).order.tolist() == [1, 3, 4, 0, 2]
    assert mosaic(maps, MapsLook(order="activation", only_active=True)).order.tolist() == [1, 3, 4, 0]


def test_that_large_maps_are_thinned_by_their_mean_on_the_scale_of_the_full_map() -> None:
    maps = torch.zeros(1, 6, 5)
    maps[0, 0, 0] = 8
    result = mosaic(maps, MapsLook(), tile=3)
    assert (result.tile_height, result.tile_width) == (3, 3)
    assert result.high.tolist() == [8]
    assert result.levels[0, 0] == 64  # a quarter of the largest value
    assert not result.levels[1:].any()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.bool, torch.uint8])
def test_that_any_number_type_is_drawn(dtype: torch.dtype) -> None:
    maps = torch.tensor([[[0, 1]]]).to(dtype)
    assert mosaic(maps, MapsLook(), aspect=2).levels.tolist() == [[0, 255]]


def test_that_a_map_in_a_graph_is_drawn() -> None:
    assert mosaic(torch.ones(2, 2, 2, requires_grad=True) * 2, MapsLook()).levels.all()


@settings(deadline=None, max_examples=200)
@given(tiles=st.integers(1, 400), height=st.integers(1, 50), width=st.integers(1, 50), aspect=st.floats(0.05, 20))
def test_that_the_columns_are_the_best_there_are(tiles: int, height: int, width: int, aspect: float) -> None:
    def size(columns: int) -> float:
        return min(aspect / (columns * width), 1 / (math.ceil(tiles / columns) * height))

    chosen = fitting_columns(tiles, height, width, aspect)
    assert 1 <= chosen <= tiles
    assert size(chosen) >= max(size(c) for c in range(1, tiles + 1)) * (1 - 1e-12)


def test_that_a_hundred_thousand_units_fit() -> None:
    result = mosaic(torch.arange(100_000.0).view(-1, 1, 1), MapsLook(scale="shared"))
    height, width = result.levels.shape
    assert 1.45 < width / height < 1.55
    assert result.levels.max() == 255


def test_that_a_held_order_stays_whatever_is_active() -> None:
    maps = torch.zeros(6, 3, 3)
    maps[1], maps[4], maps[5] = 3.0, 1.0, 2.0
    display = MapsLook(only_active=True, order="activation")
    assert mosaic(maps, display).order.tolist() == [1, 5, 4]
    held = mosaic(maps, display, held=(4, 0, 1))
    assert held.order.tolist() == [4, 0, 1]
    assert held.high.tolist() == [1.0, 0.0, 3.0]
