"""The zoo keeps what it promises: its networks run, or fail, as they say."""

import pytest
import torch

from analysis.network.capture import tensor_in
from tests.analysis.zoo import ZOO, Odd


def _named(one: Odd) -> str:
    return one.name


@pytest.mark.parametrize("one", ZOO, ids=_named)
def test_that_the_odd_network_is_what_it_says(one: Odd) -> None:
    module = one.module()
    with torch.no_grad():
        if not one.runs:
            with pytest.raises(RuntimeError):
                module(one.example())
            return
        answer = module(one.example(batch=2))
    tensor = tensor_in(answer)
    assert tensor is not None
    assert bool(torch.isfinite(tensor).all()) == one.finite
    if one.classes:
        assert tensor.shape == (2, one.classes)
    assert any(True for _ in module.children()) == one.layers


@pytest.mark.parametrize("one", ZOO, ids=_named)
def test_that_the_odd_network_is_the_same_each_time(one: Odd) -> None:
    first, second = one.module().state_dict(), one.module().state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
