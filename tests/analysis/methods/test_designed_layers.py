"""Layers of a person's own: sizes, fields and ways beside torch's own convolutions and autograd."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from analysis.methods.fields.designed import layers_of
from analysis.methods.fields.designer import FieldDesigner
from analysis.protocol.problems import Problem
from analysis.results.kinds import Tiles
from tests.analysis.methods.test_fields import asked, last_of, network_of


def shown(**settings: object) -> Tiles:
    network = network_of(torch.nn.Sequential(torch.nn.Conv2d(3, 2, 1)), 8)
    result = last_of(FieldDesigner(**settings), asked(network, "0")).result  # type: ignore[arg-type]
    assert isinstance(result, Tiles)
    return result


def by_autograd(layers: str, rows: int, columns: int, place: tuple[int, int]) -> tuple[list[list[int]], np.ndarray]:
    leaf = torch.zeros(1, 1, rows, columns, dtype=torch.float64, requires_grad=True)
    maps = [leaf]
    for layer in layers_of(layers, rows == 1):
        kernel = torch.ones(1, 1, *layer.kernel, dtype=torch.float64)
        maps.append(functional.conv2d(maps[-1], kernel, None, layer.stride, layer.padding, layer.dilation))
    (slope,) = torch.autograd.grad(maps[-1][0, 0][place], leaf)
    return [list(one.shape[2:]) for one in maps], slope[0, 0].numpy()


def test_that_the_lectures_filter_makes_12_by_22_of_20_by_30() -> None:
    found = shown(layers="k3 d4", rows=20, columns=30)
    assert found.numbers["sizes"].tolist() == [[20, 30], [12, 22]]
    assert "20 × 30 → 12 × 22, r = 1 + (3 − 1)·4·1 = 9" in found.words
    assert found.tiles[1].values.shape == (12, 22)


def test_that_two_layers_of_three_see_five_in_one_dimension() -> None:
    found = shown(layers="k3, k3", rows=1, columns=9)
    assert found.numbers["fields"][:, 1].tolist() == [1, 3, 5]
    assert found.numbers["result"].tolist() == [[0, 0, 1, 2, 3, 2, 1, 0, 0]]
    assert "Output 2 sees inputs 2 to 6." in found.words
    assert len(found.tiles) == 1


@pytest.mark.parametrize(
    ("layers", "rows", "columns"),
    [
        ("k3, k3 s2, k3 d2 p2", 20, 30),
        ("5 s2 p2; k2x3 s1x2 d2x1, k3 p1", 24, 17),
        ("k4 s3 p1, k2 d3", 1, 40),
        ("k1x5 p0x2, k7 s2 p3", 15, 21),
    ],
)
def test_that_ways_and_sizes_are_those_of_convolutions_of_ones(layers: str, rows: int, columns: int) -> None:
    numbers = shown(layers=layers, rows=rows, columns=columns).numbers
    place = tuple(numbers["place"].tolist())
    sizes, ways = by_autograd(layers, rows, columns, place)
    assert numbers["sizes"].tolist() == sizes
    np.testing.assert_array_equal(numbers["result"], ways)
    top, bottom, left, right = numbers["sees"]
    seen = np.argwhere(ways)
    assert seen.min(0).tolist() == [max(top, 0), max(left, 0)]
    assert seen.max(0).tolist() == [min(bottom, rows - 1), min(right, columns - 1)]


@pytest.mark.parametrize("layers", ["", "k3 k5", "s2", "k3 q1", "k99", "k0", "three", "k3," * 20, "k3 s2, k9 d4"])
def test_that_what_is_no_layer_is_told_in_a_sentence(layers: str) -> None:
    with pytest.raises(Problem) as caught:
        shown(layers=layers, rows=12, columns=12)
    assert str(caught.value).endswith(".")
    with pytest.raises(Problem, match="0 to 9"):
        shown(layers="k3", rows=12, columns=12, row=10)
