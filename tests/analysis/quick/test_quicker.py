"""The quicker ways to the same numbers: folded batch norm, and the way back through the first layer."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import prune

from analysis.methods.registry import method
from analysis.protocol.target import parse
from analysis.question.batches import batch_size, multiplications
from analysis.question.derivative import derivative
from analysis.question.first_layer import quick_gradient
from analysis.question.pace import MOMENT, Pace
from analysis.question.question import Question
from analysis.question.scalar import settled, values
from analysis.question.way_back import way_back
from analysis.quick.folding import folded
from tests.analysis.zoo import odd, runnable
from tests.tricks import uses

SHAPES = list(product((1, 3, 4, 7, 11), (1, 2, 3, 4), (0, 1, 2)))  # kernel, stride, padding


@pytest.mark.parametrize(("kernel", "stride", "padding"), SHAPES)
@pytest.mark.parametrize("size", [(23, 24), (24, 31)])
def test_that_the_way_back_through_a_first_convolution_is_exact(
    kernel: int, stride: int, padding: int, size: tuple[int, int]
) -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(3, 5, kernel, stride, min(padding, kernel // 2)).double().requires_grad_(False)
    leaf = torch.randn(2, 3, *size, dtype=torch.double, requires_grad=True)
    value = convolution(leaf.clone()).sin().sum()
    (expected,) = torch.autograd.grad(value, leaf, retain_graph=True)
    ours = quick_gradient(value, leaf, way_back(value))
    assert ours is not None
    torch.testing.assert_close(ours, expected)


def test_that_a_first_convolution_may_be_oblong() -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(2, 4, (5, 2), (3, 1), (2, 1)).requires_grad_(False)
    leaf = torch.randn(1, 2, 17, 20, requires_grad=True)
    value = convolution(leaf).square().sum()
    (expected,) = torch.autograd.grad(value, leaf, retain_graph=True)
    ours = quick_gradient(value, leaf, way_back(value))
    assert ours is not None
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4)


CONVOLUTION = nn.Conv2d(3, 6, 3).requires_grad_(False)
OTHERS: dict[str, Callable[[Tensor], Tensor]] = {
    "used twice": lambda x: CONVOLUTION(x).sum() + x.mean(),
    "not a convolution first": lambda x: CONVOLUTION(x * 2).sum(),
    "dilated": lambda x: nn.Conv2d(3, 4, 3, dilation=2)(x).sum(),
    "in groups": lambda x: nn.Conv2d(3, 6, 3, groups=3)(x).sum(),
    "transposed": lambda x: nn.ConvTranspose2d(3, 4, 3)(x).sum(),
    "its own kernel": lambda x: functional.conv2d(x, x).sum(),
    "two convolutions": lambda x: CONVOLUTION(x).sum() + CONVOLUTION(x).square().sum(),
    "reflecting": lambda x: nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect")(x).sum(),
}


@pytest.mark.parametrize("how", OTHERS)
def test_that_any_other_beginning_goes_autograds_way(how: str) -> None:
    leaf = torch.randn(1, 3, 9, 9, requires_grad=True)
    value = OTHERS[how](leaf)
    assert quick_gradient(value, leaf, way_back(value)) is None


@pytest.mark.parametrize("one", [one.name for one in runnable() if one.classes])
def test_that_a_quick_derivative_is_the_derivative(one: str) -> None:
    context = settled(Question(odd(one).network(), odd(one).example()))
    pictures = odd(one).example(batch=3)
    exact = derivative(context, pictures)
    quick = derivative(folded(context), pictures, quick=True)
    torch.testing.assert_close(quick, exact, rtol=1e-3, atol=1e-5 * float(exact.abs().max()))


@uses("folding")
def test_that_batch_norm_disappears_into_convolutions_of_a_copy() -> None:
    context = Question(odd("residual").network(), odd("residual").example())
    for part in context.network.module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.5)
            part.running_var.uniform_(0.5, 2)
    before = {key: value.clone() for key, value in context.network.module.state_dict().items()}
    quick = folded(context)
    assert not any(isinstance(part, nn.BatchNorm2d) for part in quick.network.module.modules())
    assert sum(isinstance(part, nn.BatchNorm2d) for part in context.network.module.modules()) == 4
    pictures = odd("residual").example(batch=2)
    torch.testing.assert_close(values(quick, pictures), values(context, pictures), rtol=1e-4, atol=1e-5)
    after = context.network.module.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())
    shared = context.network.module.fc.weight
    assert quick.network.module.fc.weight is shared


class _Split(nn.Module):
    """What the convolution made goes to the batch norm and elsewhere, or is changed on the way."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how
        self.conv = nn.Conv2d(3, 5, 3)
        self.norm = nn.BatchNorm2d(5)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        if self.how == "changed in place":
            y += 1
        if self.how == "normed twice":
            y = self.conv(x * 2) + self.norm(y)
        z = self.norm(y)
        return (z + y if self.how == "used beside" else z).mean((2, 3))


@pytest.mark.parametrize("how", ["changed in place", "used beside", "normed twice"])
def test_that_what_cannot_be_folded_stays(how: str) -> None:
    torch.manual_seed(0)
    module = _Split(how).eval().requires_grad_(False)
    module.norm.running_mean.normal_()
    module.norm.running_var.uniform_(0.5, 2)
    context = Question(replace(odd("plain").network(), module=module), odd("plain").example())
    assert folded(context) is context


@pytest.mark.filterwarnings("ignore::FutureWarning")  # torch prefers its newer weight norm; models keep the older one
@pytest.mark.parametrize("how", ["weight norm", "pruning", "spectral norm"])
def test_that_a_convolution_whose_weights_are_made_at_every_call_is_not_folded(how: str) -> None:
    module = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    if how == "weight norm":
        nn.utils.weight_norm(module[0])
    elif how == "pruning":
        prune.l1_unstructured(module[0], "weight", amount=0.5)
    else:
        nn.utils.spectral_norm(module[0])
    module = module.eval().requires_grad_(False)
    context = Question(replace(odd("plain").network(), module=module), odd("plain").example())
    pictures = odd("plain").example(batch=2)
    torch.testing.assert_close(values(folded(context), pictures), values(context, pictures))


@uses("folding")
def test_that_a_unit_before_a_batch_norm_is_not_mistaken_for_one_behind_it() -> None:
    network = odd("residual").network()
    context = Question(network, odd("residual").example(), network.node("blocks.0.conv1"), 2, parse("unit:mean"))
    for part in context.network.module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.5)
    quick = folded(context)
    pictures = odd("residual").example(batch=2)
    torch.testing.assert_close(values(quick, pictures), values(context, pictures), rtol=1e-4, atol=1e-6)
    parts = dict(quick.network.module.named_modules())
    assert isinstance(parts["blocks.0.bn1"], nn.BatchNorm2d)  # what is before it is asked about
    assert not isinstance(parts["blocks.0.bn2"], nn.BatchNorm2d)


def test_that_shares_are_whole_but_for_the_last() -> None:
    assert list(Pace().shares(100, 16)) == [16, 16, 16, 16, 16, 16, 4]
    assert list(Pace().shares(3, 8)) == [3]
    for total, size in product(range(1, 40), range(1, 12)):
        parts = list(Pace().shares(total, size))
        assert sum(parts) == total
        assert set(parts[:-1]) <= {size}
        assert 0 < parts[-1] <= size


def test_that_in_a_hurry_a_share_takes_a_moment() -> None:
    hurry = [True]
    pace = Pace(lambda: hurry[0])
    shares = pace.shares(100, 16)
    assert next(shares) == 1  # nothing was timed yet
    pace.took(MOMENT / 4)
    assert next(shares) == 4
    pace.took(MOMENT * 50)
    assert next(shares) == 1  # one thing is the least
    pace.took(MOMENT / 1000)
    assert next(shares) <= 16  # never more than was asked for
    hurry[0] = False
    rest = list(shares)
    assert max(rest) == 16


def test_that_only_steps_that_computed_something_are_timed() -> None:
    pace = Pace(lambda: True)
    shares = pace.shares(10, 10)
    next(shares)
    pace.took(MOMENT / 2)
    pace.took(1000.0)  # such as the end of the run
    assert next(shares) == 2


@pytest.mark.parametrize("name", ["smoothgrad", "integrated-gradients", "rise", "local-irregularity", "score-cam"])
def test_that_the_pace_changes_nothing_but_rounding(name: str) -> None:
    settings = {"smoothgrad": {"samples": 9}, "rise": {"masks": 21}}.get(name, {})
    plain = Question(odd("plain").network(), odd("plain").example())
    calls = iter(range(10**6))
    hurried = replace(plain, pace=Pace(lambda: next(calls) % 3 != 0))
    *_, calm = method(name)(**settings).run(plain)
    *_, quick = hurried.pace.watch(method(name)(**settings).run(hurried))
    assert calm.done == calm.total == quick.done == quick.total
    for key, array in calm.arrays.items():
        if array.dtype.kind == "f":
            np.testing.assert_allclose(quick.arrays[key], array, rtol=1e-4, atol=1e-5 * float(abs(array).max()))


def test_that_a_batch_is_smaller_for_a_larger_network() -> None:
    small = odd("plain").network()
    heavier = tuple(replace(child, parameters=child.parameters * 1e6) for child in small.root.children)
    large = replace(small, root=replace(small.root, children=heavier))
    assert batch_size(large) == 1 < batch_size(small)
    assert batch_size(large, wanted=5) == 5
    convolutions = 6 * (3 * 25 + 1) * 32 * 32 + 8 * (6 * 9 + 1) * 14 * 14
    assert multiplications(small) == convolutions + 8 * 7 * 7 * 5 + 5
