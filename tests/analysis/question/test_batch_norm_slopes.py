"""Gradients through batch and instance norms are right however what comes back lies in memory."""

import copy
import itertools
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.target import ClassTarget
from analysis.question.derivative import derivative, layer_derivatives
from analysis.question.question import Question
from analysis.quick.layout import laid_out


def _layouts(of: Tensor) -> Iterator[Tensor]:
    """The same numbers in every order of the axes, and with a first stride that a single picture may have."""
    for order in itertools.permutations(range(4)):
        back = [order.index(axis) for axis in range(4)]
        yield of.permute(order).contiguous().permute(back)
    if len(of) == 1:
        units, _, width = of.shape[1:]
        yield torch.empty_strided(of.shape, (units, 1, width * units, units)).copy_(of)


class _Laid(nn.Module):
    """A norm between two operations that lay out what comes to it as one, and what comes back to it as the other."""

    def __init__(self, norm: nn.Module, given: Tensor, slope: Tensor) -> None:
        super().__init__()
        self.norm = norm
        self.given, self.slope = given, slope

    def forward(self, x: Tensor) -> Tensor:
        x = torch.empty_strided(x.shape, self.given.stride()).copy_(x)
        return (self.norm(x) * self.slope).sum((1, 2, 3))[:, None]


def _network(module: nn.Module, channels: int, height: int, width: int) -> Network:
    zeros, ones = (0.0,) * channels, (1.0,) * channels
    size = Preprocessing(height, width, min(height, width), "stretch", channels, zeros, ones)
    return assembled(module, ModelChoice("odd", "random"), "odd", size)


def _norm(kind: str) -> nn.Module:
    if kind == "instance":
        return nn.InstanceNorm2d(3)
    norm = nn.BatchNorm2d(3)
    nn.init.normal_(norm.weight)
    assert norm.running_var is not None
    norm.running_var.uniform_(0.3, 2)
    return norm


@pytest.mark.parametrize("kind", ["batch", "instance"])
@pytest.mark.parametrize("size", [(6, 5), (1, 5), (6, 1)])
def test_that_a_norm_has_one_gradient_in_every_layout(kind: str, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    norm, x, weights = _norm(kind), torch.randn(1, 3, *size), torch.randn(1, 3, *size)
    network = _network(_Laid(norm, x, weights), 3, *size)
    module = network.module
    assert isinstance(module, _Laid)
    leaf = x.double().requires_grad_()
    exact = norm.double()
    (expected,) = torch.autograd.grad((exact(leaf) * weights).sum(), leaf)
    norm.float()
    for given, slope in itertools.product(_layouts(x), _layouts(weights)):
        module.given, module.slope = given, slope
        found = derivative(Question(network, x, target=ClassTarget("class", 0)), x)
        torch.testing.assert_close(found, expected.float(), rtol=1e-4, atol=1e-5)


def test_that_an_instance_norm_between_convolutions_has_the_gradient_of_double_precision() -> None:
    """Opened as the program does it, with the channels last in memory; every layer's derivative, too."""
    torch.manual_seed(1)
    module = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.InstanceNorm2d(4), nn.Conv2d(4, 5, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    exact = copy.deepcopy(module).double()
    network = laid_out(_network(module, 3, 12, 10))
    x = torch.randn(1, 3, 12, 10)
    context = Question(network, x, target=ClassTarget("class", 2))
    found = derivative(context, x)
    ((path, (_, by_layer)),) = next(layer_derivatives(context, [["0"]])).items()
    assert path == "0"
    leaf = x.double().requires_grad_()
    middle = exact[0](leaf)
    expected = torch.autograd.grad(exact[1:](middle)[0, 2], [leaf, middle])
    torch.testing.assert_close(found, expected[0].float(), rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(by_layer, expected[1].float(), rtol=1e-4, atol=1e-6)
