"""Dropout: masks, the matrix against torch's convolution and autograd, and its effect."""

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from analysis.methods.dropout.effect import DropoutEffect
from analysis.methods.dropout.masks import DropoutMasks
from analysis.methods.dropout.matrix import DropoutMatrix, toggled
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from tests.analysis.zoo import odd


def question(**more: Any) -> Question:
    return Question(odd("residual").network(), odd("residual").example(), **more)


def ran(asked: Any, **more: Any) -> Any:
    *_, last = asked.run(question(**more))
    return last


@pytest.mark.parametrize("dropped", ["", "5", "1, 2, 9"])
def test_that_the_matrix_is_torchs_convolution_and_the_rows_are_autograds(dropped: str) -> None:
    found = ran(DropoutMatrix(dropped=dropped)).arrays
    weights = torch.from_numpy(found["filter"]).reshape(1, 1, 3, 3).requires_grad_()
    x = torch.from_numpy(found["input"]).reshape(1, 1, 3, 3)
    answer = functional.conv2d(x, weights, padding=1).flatten() * torch.from_numpy(found["diagonal"])
    np.testing.assert_allclose(found["output"], answer.detach().numpy())
    answer.sum().backward()
    np.testing.assert_allclose(found["gradient"], weights.grad.flatten().numpy())
    out = [int(one) for one in dropped.replace(",", " ").split()]
    assert found["rows"].tolist() == [row for row in range(1, 10) if row not in out]  # w5 stands in every row


def test_that_a_whole_map_that_is_out_teaches_nothing() -> None:
    last = ran(DropoutMatrix(whole=True))
    assert not last.arrays["gradient"].any()
    assert "learns nothing" in last.result.words


def test_that_a_click_goes_back_and_forth() -> None:
    assert toggled("", 5) == "5"
    assert toggled("5, 2", 7) == "2, 5, 7"
    assert toggled("2, 5", 5) == "2"
    with pytest.raises(Problem, match="no output of the nine"):
        ran(DropoutMatrix(dropped="10"))


def test_that_masks_leave_out_elements_or_whole_maps() -> None:
    network = odd("residual").network()
    last = ran(DropoutMasks(probability=0.5, maps=16), layer=network.node("stem"), seed=3).arrays
    plain, elements, maps = last["result"]
    np.testing.assert_allclose(elements, plain * last["elements"] * 2)
    np.testing.assert_allclose(maps, plain * last["maps"][:, None, None] * 2)
    assert 0.3 < last["elements"].mean() < 0.7
    assert set(last["maps"].tolist()) == {True, False}


def test_that_the_likeness_is_the_correlation_of_neighbours() -> None:
    from analysis.methods.dropout.masks import _likeness

    smooth = np.broadcast_to(np.sin(np.arange(40) / 6), (2, 40, 40))
    rough = np.random.default_rng(0).normal(size=(2, 40, 40))
    assert _likeness(smooth) > 0.95
    assert abs(_likeness(rough)) < 0.1


def test_that_the_effect_is_measured_for_each_kind() -> None:
    last = ran(DropoutEffect(iterations=4, examples=40, batch=8, runs=1, looks=2, tests=30))
    assert [line.name for line in last.result.lines] == ["none", "elements", "whole maps"]
    assert last.arrays["each"].shape == (3, 1)
    assert last.done == last.total


def test_that_what_stays_is_on_average_what_it_was() -> None:
    network = odd("residual").network()
    drawn = [ran(DropoutMasks(probability=0.3, maps=4), layer=network.node("stem"), seed=seed) for seed in range(200)]
    plain = drawn[0].arrays["result"][0].astype(np.float64)
    for row, kind in ((1, "elements"), (2, "whole maps")):
        mean = np.mean([one.arrays["result"][row] for one in drawn], 0)
        spread = np.abs(plain) * np.sqrt(0.3 / 0.7 / len(drawn))  # of the mean of so many
        assert (np.abs(mean - plain) <= 5 * spread + 1e-6).all(), kind
    same = ran(DropoutMasks(probability=0.0, maps=4), layer=network.node("stem")).arrays["result"]
    assert np.array_equal(same[1], same[0])
    assert np.array_equal(same[2], same[0])
