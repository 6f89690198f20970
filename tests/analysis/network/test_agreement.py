"""Whether two whole answers differ by rounding only, also where that is sure at first sight."""

import pytest
import torch

from analysis.network.agreement import agree

ONE = torch.linspace(-1, 3, 101)


def with_(place: int, number: float) -> torch.Tensor:
    other = ONE.clone()
    other[place] = number
    return other


@pytest.mark.parametrize("double", [False, True])
def test_that_a_share_of_the_range_is_the_bound(double: bool) -> None:
    one = ONE.double() if double else ONE
    assert agree([one + 3.9e-3], [one], 1e-3)
    assert not agree([one + 4.1e-3], [one], 1e-3)
    assert agree([one[:0]], [one[:0]], 0.0)
    assert not agree([one], [one[1:]], 1.0)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
def test_that_what_is_no_number_is_like_the_same_only(odd: float) -> None:
    assert agree([with_(5, odd)], [with_(5, odd)], 1e-3)
    assert not agree([with_(5, odd)], [ONE], 1e3)
    assert not agree([ONE], [with_(5, odd)], 1e3)
    assert not agree([with_(5, odd)], [with_(5, -1e9 if odd != odd else -odd)], 1e3)


def test_that_numbers_whose_difference_overflows_are_told_apart() -> None:
    large = torch.tensor([3e38, -3e38])
    assert agree([large], [large], 1e-6)
    assert not agree([-large], [large], 1e-6)
    assert agree([torch.tensor([1e30])], [torch.tensor([1e30])], 0.0)
