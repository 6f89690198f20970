"""The statistics of a layer against NumPy in double precision over all of its values."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from analysis.sweeps.bins import BINS, ZERO, bins_of, edges, occupied
from analysis.sweeps.gathering import Gathering
from analysis.sweeps.growing import Batch
from analysis.sweeps.manifest import Entry
from analysis.sweeps.passing import Passing
from analysis.sweeps.reading import Read
from analysis.sweeps.side_by_side import SideBySide
from analysis.sweeps.spec import SweptLayer
from analysis.sweeps.statistics import BEST, LayerStatistics, merged
from tests.analysis.sweeps.swept import opened, spec_for

LABELS = (0, 1, None, 1, 0, 2, 1, 0, 2, 1, 0, 0)


def layer(units: int = 5, rows: int = 7, columns: int = 6, relu: bool = False) -> SweptLayer:
    return SweptLayer("l", units, rows, columns, "Conv2d", rows * columns, relu)


def answers(count: int = 12, units: int = 5, rows: int = 7, columns: int = 6, far: float = 0.0) -> torch.Tensor:
    return torch.randn((count, units, rows, columns), generator=torch.Generator().manual_seed(3)) * 2 + far


Gathers = Callable[..., Gathering]


@pytest.fixture(params=["as they come", "in parts"])
def gathered(request: pytest.FixtureRequest) -> Gathers:
    """All maps by batches; layer by layer while a pass goes on, or of a few pictures with other layers beside."""

    def gather(
        of: SweptLayer, maps: torch.Tensor, first: int = 0, size: int = 4, ceiling: float = float("inf")
    ) -> Gathering:
        made = Gathering(of)
        limit = ceiling if of.before_relu else None
        others = [SweptLayer(name, 2, 3, 3, "Conv2d", 4, name == "before") for name in ("before", "behind")]
        beside = SideBySide([Gathering(others[0]), made, Gathering(others[1])], [1.0, limit, None])
        for start in range(0, len(maps), size):
            part = maps[start : start + size]
            numbers = range(first + start, first + start + len(part))
            labels = [LABELS[number % len(LABELS)] for number in numbers]
            batch = Batch(list(numbers), labels, [number % 3 == 0 for number in numbers])
            if request.param == "in parts":
                for few in torch.split(part, 3):
                    other = torch.full((len(few), 2, 3, 3), -1.0)
                    beside.read([other, few, other])
                beside.add(batch)
                continue
            padding = torch.full((size - len(part), *part.shape[1:]), 99.0)
            padded = torch.cat([part, padding]) if len(padding) else part
            if of.before_relu:
                made.coming(padded, len(part), ceiling)
            made.add(torch.clamp(padded, 0, ceiling) if of.before_relu else padded, batch)
        if request.param == "in parts":
            beside.hand_over()
        return made

    return gather


@pytest.mark.parametrize("far", [0.0, 1000.0])
@pytest.mark.parametrize("last", [False, True], ids=["channels first", "channels last"])
def test_that_everything_is_what_numpy_says(gathered: Gathers, last: bool, far: float) -> None:
    maps = answers(far=far)
    if last:
        maps = maps.to(memory_format=torch.channels_last)
    found = gathered(layer(), maps).statistics
    values = maps.numpy().astype(np.float64).transpose(1, 0, 2, 3).reshape(5, -1)
    assert found.pictures == 12
    assert (found.count == values.shape[1]).all()
    np.testing.assert_allclose(found.mean, values.mean(1), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.deviation(), values.std(1), rtol=1e-5)
    assert (found.low == values.min(1).astype(np.float32)).all()
    assert (found.high == values.max(1).astype(np.float32)).all()
    np.testing.assert_array_equal(found.responded, (maps.amax((2, 3)) > 0).sum(0))
    highest = maps.numpy().reshape(12, 5, -1)
    for unit in range(5):
        order = np.argsort(-highest[:, unit].max(1), kind="stable")[:BEST]
        np.testing.assert_array_equal(found.best_picture[unit], order)
        np.testing.assert_array_equal(found.best[unit], highest[order, unit].max(1))
        np.testing.assert_array_equal(found.best_place[unit], highest[order, unit].argmax(1))


def test_that_histograms_count_every_value_in_its_bin(gathered: Gathers) -> None:
    maps = torch.relu(answers())
    found = gathered(layer(), maps).statistics
    limits = edges()
    for unit in range(5):
        values = maps[:, unit].flatten().double().numpy()
        assert found.histogram[unit].sum() == values.size
        assert found.histogram[unit, ZERO] == (values == 0).sum() == found.zeros[unit]
        for place in np.flatnonzero(found.histogram[unit]):
            if place != ZERO:
                inside = (values >= limits[place]) & (values < limits[place + 1])
                assert inside.sum() == found.histogram[unit, place]


def test_that_a_bin_is_no_wider_than_a_quarter_and_has_its_own_edge() -> None:
    limits = edges()
    inner = limits[ZERO + 2 : BINS]
    assert (inner[1:] / inner[:-1] <= 1.25 + 1e-12).all()
    assert (bins_of(torch.tensor(inner, dtype=torch.float32)).numpy() == np.arange(ZERO + 2, BINS)).all()
    assert bins_of(torch.tensor([0.0, -0.0, 1e30, -1e30, 1e-30, -1e-30])).tolist() == [
        *(ZERO, ZERO, BINS - 1, 0, ZERO + 1, ZERO - 1)
    ]


def test_that_the_outermost_edges_are_the_extremes(gathered: Gathers) -> None:
    found = gathered(layer(), answers()).statistics
    limits, counts = occupied(found.histogram[0], float(found.low[0]), float(found.high[0]))
    assert len(limits) == len(counts) + 1
    assert (limits[0], limits[-1]) == (found.low[0], found.high[0])
    assert counts.sum() == found.count[0]


def test_that_what_comes_into_a_relu_ranks_pictures_of_a_silent_unit(gathered: Gathers) -> None:
    maps = answers()
    maps[:, 2] = -maps[:, 2].abs() - 0.5  # never answers
    found = gathered(layer(relu=True), maps).statistics
    assert found.high[2] == found.low[2] == 0
    before = maps[:, 2].flatten(1)
    order = torch.argsort(before.amax(1), descending=True, stable=True)[:BEST]
    np.testing.assert_array_equal(found.best_picture[2], order)
    np.testing.assert_array_equal(found.best[2], before.amax(1)[order])
    np.testing.assert_array_equal(found.best_place[2], before.argmax(1)[order])
    lively = torch.relu(maps[:, 0]).flatten(1)
    np.testing.assert_array_equal(found.best[0], lively.amax(1).sort(descending=True, stable=True).values[:BEST])


def test_that_of_equal_pictures_the_first_one_wins(gathered: Gathers) -> None:
    maps = answers()[:1].repeat(12, 1, 1, 1)
    found = gathered(layer(), maps).statistics
    assert (found.best_picture == np.arange(BEST)).all()


def test_that_values_which_are_no_numbers_are_counted_apart(gathered: Gathers) -> None:
    maps = answers()
    maps[1, 0, 2, 3] = np.nan
    maps[5, 0, 0, 0] = np.inf
    maps[7, 3] = np.nan
    found = gathered(layer(), maps).statistics
    values = maps.numpy().astype(np.float64).transpose(1, 0, 2, 3).reshape(5, -1)
    finite = np.where(np.isfinite(values), values, np.nan)
    np.testing.assert_array_equal(found.odd, [2, 0, 0, 42, 0])
    np.testing.assert_allclose(found.mean, np.nanmean(finite, 1), rtol=1e-6)
    np.testing.assert_allclose(found.deviation(), np.nanstd(finite, 1), rtol=1e-6)
    assert (found.high == np.nanmax(finite, 1).astype(np.float32)).all()
    assert (found.histogram.sum(1) == found.count).all()
    assert 7 not in found.best_picture[3]


def test_that_a_value_which_is_no_number_takes_nothing_from_silent_units(gathered: Gathers) -> None:
    maps = answers()
    maps[:, 2] = -maps[:, 2].abs() - 0.5
    maps[6, 4, 1, 1] = np.nan
    found = gathered(layer(relu=True), maps).statistics
    before = maps[:, 2].flatten(1)
    order = torch.argsort(before.amax(1), descending=True, stable=True)[:BEST]
    np.testing.assert_array_equal(found.best[2], before.amax(1)[order])
    np.testing.assert_array_equal(found.best_picture[2], order)
    np.testing.assert_array_equal(found.best_place[2], before.argmax(1)[order])


def test_that_sums_of_classes_are_those_of_each_pictures_largest_value(gathered: Gathers) -> None:
    maps = answers()
    found = gathered(layer(), maps).statistics
    labels = np.array([-1 if label is None else label for label in LABELS])
    highest = maps.amax((2, 3)).double().numpy()
    assert found.classes.tolist() == [0, 1, 2]
    for place, number in enumerate(found.classes):
        assert found.class_count[place] == (labels == number).sum()
        np.testing.assert_allclose(found.class_sum[place], highest[labels == number].sum(0), rtol=1e-12)
        np.testing.assert_allclose(found.class_squares[place], (highest[labels == number] ** 2).sum(0), rtol=1e-12)


def test_that_two_parts_come_to_the_whole(gathered: Gathers) -> None:
    maps = answers()
    whole = gathered(layer(), maps).statistics
    both = merged(gathered(layer(), maps[:5]).statistics, gathered(layer(), maps[5:], first=5).statistics)
    for name, array in whole.arrays().items():
        np.testing.assert_allclose(both.arrays()[name], array, rtol=1e-9, err_msg=name)
    nothing = merged(LayerStatistics.none(5), whole)
    for name, array in whole.arrays().items():
        np.testing.assert_array_equal(nothing.arrays()[name], array, err_msg=name)


def test_that_pooled_rows_are_those_that_are_kept(gathered: Gathers) -> None:
    maps = answers()
    rows = np.concatenate(gathered(layer(), maps).growing.pooled)
    kept = maps[[0, 3, 6, 9]]
    np.testing.assert_array_equal(rows[:, 0], kept.amax((2, 3)))
    np.testing.assert_allclose(rows[:, 1], kept.double().mean((2, 3)), rtol=1e-5, atol=1e-6)


def test_that_a_rectifier_with_a_ceiling_tells_no_more_than_comes_out(gathered: Gathers) -> None:
    maps = answers() * 4
    plain = gathered(layer(), torch.clamp(maps, 0, 6), size=12).statistics
    found = gathered(layer(relu=True), maps, size=12, ceiling=6.0).statistics
    for name in ("high", "low", "zeros", "responded", "histogram", "best", "best_picture", "best_place"):
        np.testing.assert_array_equal(getattr(found, name), getattr(plain, name), err_msg=name)


def test_that_a_shard_tells_what_came_into_each_relu_and_not_into_another() -> None:
    network = opened()
    with torch.no_grad():  # a unit of each layer never answers, and is as far from it as no unit of another layer
        for place, name in enumerate(("conv1", "conv2", "fc1")):
            part = network.module.get_submodule(name)
            part.weight[1] = 0.0
            part.bias[1] = -1.0 - place
    spec = spec_for(network)
    gatherings = [Gathering(one) for one in spec.layers]
    inputs = torch.randn((4, 1, 28, 28), generator=torch.Generator().manual_seed(0)).numpy()
    entries = tuple(Entry(str(number), None) for number in range(4))
    with Passing(network, spec, gatherings) as passing:
        passing.take([Read(number, inputs[number]) for number in range(4)], 0, entries)
        passing.settle()
    told = [made.statistics for one, made in zip(spec.layers, gatherings, strict=True) if one.before_relu]
    assert [float(one.best[1, 0]) for one in told] == [-1.0, -2.0, -3.0]
    assert [float(one.high[1]) for one in told] == [0.0, 0.0, 0.0]
