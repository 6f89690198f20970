"""Receptive fields, those that are measured, the routing of max-pooling, and a filter that slides."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from analysis.methods.fields.effective_field import EffectiveField
from analysis.methods.fields.gaussian import gaussian_of
from analysis.methods.fields.pool_routing import PoolRouting
from analysis.methods.fields.receptive_field import ReceptiveField
from analysis.methods.fields.sliding_filter import SlidingFilter
from analysis.methods.method import Method, Progress
from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.question.question import Question
from analysis.results.kinds import Table, Tiles
from tests.analysis.zoo import Odd, odd


def network_of(module: nn.Module, side: int, channels: int = 3) -> Network:
    return Odd("made", lambda: module, "nothing", channels, side, side).network()


def asked(network: Network, layer: str, unit: int | None = None, **more: Any) -> Question:
    said = network.preprocessing
    generator = torch.Generator().manual_seed(3)
    picture = torch.randn(1, said.channels, said.height, said.width, generator=generator)
    return Question(network, picture, network.node(layer), unit, **more)


def last_of(technique: Method, question: Question) -> Progress:
    *_, last = technique.run(question)
    return last


def column(question: Question, name: str) -> list[str]:
    table = last_of(ReceptiveField(), question).result
    assert isinstance(table, Table)
    return [str(cell) for cell in table.columns[name]]


def test_that_the_fields_of_alexnet_are_the_published_ones() -> None:
    from torchvision.models import alexnet

    network = network_of(alexnet(weights=None), 224)
    published = {"features.0": ("11", "4"), "features.6": ("99", "16"), "features.10": ("163", "16")}
    for layer, (size, jump) in {**published, "features.12": ("195", "32")}.items():
        question = asked(network, layer)
        assert (column(question, "field")[-1], column(question, "jump")[-1]) == (size, jump)
    working = column(asked(network, "features.3"), "working")
    assert working == [
        "r = 1",
        "r = 1 + (11 − 1) · 1 · 1 = 11",
        "r = 11 + (3 − 1) · 1 · 4 = 19",
        "r = 19 + (5 − 1) · 1 · 8 = 51",
    ]


def test_that_the_longest_branch_counts() -> None:
    from torchvision.models import resnet18

    network = network_of(resnet18(weights=None), 224)
    for layer, size in {"layer1": "43", "layer2": "99", "layer3": "211", "layer4": "435"}.items():
        fields = column(asked(network, layer), "field")
        assert fields[-1] == size
        assert [int(one) for one in fields] == sorted(int(one) for one in fields)


def test_that_what_is_measured_is_the_mean_derivative_and_stays_inside_the_field() -> None:
    torch.manual_seed(2)
    module = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Tanh(), nn.Conv2d(4, 5, 5, 2, 2, dilation=1))
    network = network_of(module, 32)
    question = asked(network, "2", 2, place=(5, 7), seed=4)
    arrays = last_of(EffectiveField(pictures=3), question).arrays
    generator, expected = torch.Generator().manual_seed(4), np.zeros((32, 32))
    outputs: list[torch.Tensor] = []
    handle = network.module.get_submodule("2").register_forward_hook(lambda *all_: outputs.append(all_[2]))
    for _ in range(3):
        leaf = torch.randn(question.input.shape, generator=generator).requires_grad_()
        network.module(leaf)
        (slope,) = torch.autograd.grad(outputs[-1][0, 2, 5, 7], leaf)
        expected += slope[0].double().abs().sum(0).numpy() / 3
    handle.remove()
    np.testing.assert_allclose(arrays["result"], expected, rtol=1e-4, atol=1e-7)
    top, left, bottom, right = arrays["field"]
    outside = arrays["result"].copy()
    outside[max(top, 0) : bottom, max(left, 0) : right] = 0
    assert arrays["result"].any()
    assert not outside.any()


def test_that_a_gaussian_is_found_again() -> None:
    rows, columns = np.indices((30, 40)).astype(np.float64)
    values = 3 * np.exp(-0.5 * (((rows - 12.3) / 4) ** 2 + ((columns - 21.7) / 6.5) ** 2))
    found = gaussian_of(values)
    assert found is not None
    assert (found.row, found.column, found.rows, found.columns) == pytest.approx((12.3, 21.7, 4, 6.5), abs=1e-3)
    assert found.fit == pytest.approx(1)
    assert gaussian_of(np.zeros((9, 9))) is None


@pytest.mark.parametrize(("kernel", "stride", "padding", "ceil"), [(3, 2, 1, False), (3, 1, 0, False), (2, 2, 0, True)])
def test_that_what_flows_back_through_a_pooling_is_autograds(
    kernel: int, stride: int, padding: int, ceil: bool
) -> None:
    torch.manual_seed(1)
    pool = nn.MaxPool2d(kernel, stride, padding, ceil_mode=ceil)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), pool, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5))
    question = asked(network_of(module, 11), "1", 2)
    arrays = last_of(PoolRouting(side=16), question).arrays
    with torch.no_grad():
        given = module.get_submodule("0")(question.input)
    leaf = given.clone().requires_grad_()
    answer = pool(leaf)
    (slope,) = torch.autograd.grad(answer[0, 2].sum(), leaf)
    top, left = arrays["corner"][0]
    assert (top, left) == (0, 0)
    drawn = arrays["result"]
    np.testing.assert_array_equal(drawn, slope[0, 2, : drawn.shape[0], : drawn.shape[1]].numpy())
    np.testing.assert_array_equal(arrays["output"], answer[0, 2].detach().numpy())
    assert drawn.sum() == answer[0, 2].numel()
    assert (drawn.max() > 1) == (stride < kernel)


def test_that_the_derivative_of_the_answer_is_routed() -> None:
    torch.manual_seed(1)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(3, 2), nn.Flatten(), nn.Linear(4 * 16, 5))
    question = asked(network_of(module, 11), "1", 2)
    arrays = last_of(PoolRouting(side=16, back="answer"), question).arrays
    leaf = module.get_submodule("0")(question.input).detach().requires_grad_()
    answer = module[3](module[2](module[1](leaf)))
    (slope,) = torch.autograd.grad(answer[0].max(), leaf)
    np.testing.assert_allclose(arrays["result"], slope[0, 2].numpy(), rtol=1e-5, atol=1e-7)


def test_that_a_layer_that_does_not_pool_is_told_which_does() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(3, 2), nn.Flatten(), nn.Linear(4 * 16, 5))
    with pytest.raises(Problem, match="0 takes no maximum over windows: choose 1"):
        last_of(PoolRouting(), asked(network_of(module, 11), "0", 2))


@pytest.mark.parametrize(("kernel", "stride", "dilation", "padding"), [(3, 1, 4, 0), (3, 2, 2, 1), (5, 3, 1, 2)])
def test_that_a_filter_slides_as_a_convolution_does(kernel: int, stride: int, dilation: int, padding: int) -> None:
    technique = SlidingFilter(kernel=kernel, stride=stride, dilation=dilation, padding=padding)
    last = last_of(technique, asked(odd("plain").network(), ""))
    leaf = torch.zeros(1, 1, 20, 30, requires_grad=True)
    given = torch.nn.functional.conv2d(leaf, torch.ones(1, 1, kernel, kernel), None, stride, padding, dilation)
    (slope,) = torch.autograd.grad(given.sum(), leaf)
    np.testing.assert_array_equal(last.arrays["output"], given.shape[2:])
    np.testing.assert_array_equal(last.arrays["result"], slope[0, 0].numpy())


def test_that_the_filter_of_the_lecture_makes_12_by_22() -> None:
    last = last_of(SlidingFilter(), asked(odd("plain").network(), ""))
    assert isinstance(last.result, Tiles)
    assert last.arrays["output"].tolist() == [12, 22]
    assert last.result.words.startswith("20 × 30 becomes 12 × 22")
    with pytest.raises(Problem, match="reaches over 29 places"):
        last_of(SlidingFilter(kernel=8, rows=20), asked(odd("plain").network(), ""))
