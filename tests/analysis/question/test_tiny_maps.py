"""Maps of very small numbers, as an answer leaves that is as good as certain, and flat ones."""

import numpy as np
import torch
from torch import nn

from analysis.drawing.derivatives import strength
from analysis.methods.class_maps.score_cam import ScoreCam
from analysis.methods.trust.sensitivity import Sensitivity
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.target import ClassTarget
from analysis.question.question import Question
from analysis.results.derivative_views import shown_values

SMALL = 2.0**-100  # a power of two, so that nothing but its size changes


def _network(module: nn.Module) -> Network:
    size = Preprocessing(8, 8, 8, "stretch", 3, (0.5,) * 3, (0.25,) * 3)
    return assembled(module, ModelChoice("tiny", "random"), "tiny", size)


def _scaled(factor: float) -> Network:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    with torch.no_grad():
        for parameter in module[4].parameters():
            parameter.mul_(factor)
    return _network(module)


def test_that_the_norm_of_a_derivative_does_not_depend_on_how_small_its_numbers_are() -> None:
    derivative = np.random.default_rng(0).standard_normal((3, 5, 6)).astype(np.float32)
    norm = shown_values(derivative, "norm")
    np.testing.assert_allclose(norm, np.sqrt((derivative.astype(np.float64) ** 2).sum(0)), rtol=1e-6)
    small = derivative * np.float32(SMALL)
    np.testing.assert_allclose(shown_values(small, "norm") / np.float32(SMALL), norm, rtol=1e-6)
    assert strength(small, "norm") > 0
    assert not shown_values(np.zeros_like(derivative), "norm").any()


def test_that_the_sensitivity_of_a_map_does_not_depend_on_how_small_its_numbers_are() -> None:
    x = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    found = []
    for factor in (1.0, SMALL):
        context = Question(_scaled(factor), x, target=ClassTarget("class", 1), seed=3)
        (*_, last) = Sensitivity(draws=2).run(context)
        found.append(last.arrays["result"])
    assert (found[0] > 0).all()
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5)


class _Flat(nn.Module):
    """The first map is the same everywhere, the second is not; both are so small that enlarging rounds them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3, stride=2)
        self.end = nn.Conv2d(2, 2, 1)
        with torch.no_grad():
            self.conv.weight[0] = 0
            assert self.conv.bias is not None
            self.conv.bias[0] = 0.021096015349030495

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.end(self.conv(x)).mean((2, 3))
        return answer


def test_that_a_flat_map_highlights_nothing_for_score_cam() -> None:
    torch.manual_seed(2)
    network = _network(_Flat())
    x = torch.randn(1, 3, 8, 8) * 3
    (*_, last) = ScoreCam().run(Question(network, x, network.node("conv"), target=ClassTarget("class", 0)))
    module = network.module
    with torch.no_grad():
        maps = module.get_submodule("conv")(x)[0]
        large = nn.functional.interpolate(maps[None, 1:], (8, 8), mode="bilinear")[0, 0]
        seen = (large - large.min()) / (large.max() - large.min())
        empty, through = (float(module(one)[0, 0]) for one in (torch.zeros_like(x), x * seen))
    alpha = torch.tensor([0.0, through - empty]).softmax(0)
    expected = (alpha[:, None, None] * maps).sum(0).relu()
    np.testing.assert_allclose(last.arrays["result"], expected.numpy(), rtol=1e-5, atol=1e-7)
