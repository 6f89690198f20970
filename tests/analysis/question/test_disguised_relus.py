"""ReLUs by another name: whatever has a kink at zero is refused, and what only looks like it is no obstacle."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget
from analysis.question.derivative import derivative
from analysis.question.question import Question
from analysis.question.relu_rules import Rule
from tests.analysis.zoo import odd

Elementwise = Callable[[Tensor], Tensor]


class Between(nn.Module):
    """A convolution, what is put between, another convolution, a ReLU that is known as one, and a head."""

    def __init__(self, between: Elementwise) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
        self.inside = Inside(between)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=1)
        self.relu = nn.ReLU()
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.conv2(self.inside(self.conv1(x))))
        return cast(Tensor, self.fc(x.mean((2, 3))))


class Inside(nn.Module):
    def __init__(self, between: Elementwise) -> None:
        super().__init__()
        self.between = between

    def forward(self, x: Tensor) -> Tensor:
        return self.between(x)


def _module(between: Elementwise) -> Between:
    torch.manual_seed(0)
    return Between(between).eval().requires_grad_(False)


def _by_rule(module: nn.Module, rule: Rule) -> Tensor:
    network: Network = replace(odd("plain").network(), module=module)
    picture = odd("plain").example()
    return derivative(Question(network, picture, target=ClassTarget(index=1)), picture, rule)


def _zero(x: Tensor) -> Tensor:
    return torch.zeros_like(x)


def _overwritten(x: Tensor) -> Tensor:
    x = x.clone()
    x[x < 0] = 0
    return x


def _copied_where_positive(x: Tensor) -> Tensor:
    y, positive = torch.zeros_like(x), x > 0
    y[positive] = x[positive]
    return y


def _on_one_unit(x: Tensor) -> Tensor:
    mask = (x > 0).float()
    mask[:, 1:] = 1
    return x * mask


def _below_kept(x: Tensor) -> Tensor:
    y = x.clone()
    y.clamp_(max=0)
    return x - y


DISGUISES: dict[str, Elementwise] = {
    "less what is below": lambda x: x - x.clamp(max=0),
    "turned, cut and turned": lambda x: -((-x).clamp(max=0)),
    "turned minimum": lambda x: -torch.minimum(-x, _zero(x)),
    "kept below, in place": _below_kept,
    "stacked with zero, amax": lambda x: torch.stack([x, _zero(x)]).amax(0),
    "stacked with zero, max": lambda x: torch.stack([x, _zero(x)], -1).max(-1)[0],
    "stacked with zero, sorted": lambda x: torch.stack([x, _zero(x)], -1).sort(-1)[0][..., 1],
    "stacked with zero, topk": lambda x: torch.stack([x, _zero(x)], -1).topk(1, -1)[0][..., 0],
    "stacked with zero, cummax": lambda x: torch.stack([_zero(x), x]).cummax(0)[0][1],
    "stacked with zero, pooled": lambda x: functional.max_pool1d(torch.stack([x, _zero(x)], -1).flatten(1), 2).view_as(
        x
    ),
    "sign": lambda x: x * (x.sign() + 1) / 2,
    "root of the square": lambda x: (x + torch.sqrt(x * x)) / 2,
    "root of the square and a little": lambda x: (x + torch.sqrt(x * x + 1e-12)) / 2,
    "power": lambda x: (x + (x**2) ** 0.5) / 2,
    "absolute value in a long sum": lambda x: 3 + x * 0.25 + x.abs() * 0.5 + x * 0.25 - 3,
    "complex absolute value": lambda x: (x + torch.complex(x, _zero(x)).abs()) / 2,
    "norm of one": lambda x: (x + x.unsqueeze(-1).norm(dim=-1)) / 2,
    "hypot": lambda x: (x + torch.hypot(x, _zero(x))) / 2,
    "lerp": lambda x: torch.lerp(_zero(x), x, (x > 0).float()),
    "addcmul": lambda x: torch.addcmul(_zero(x), x, (x > 0).float()),
    "division by a mask": lambda x: x / torch.where(x > 0, 1.0, float("inf")),
    "product with a mask": lambda x: x * (x > 0),
    "product with a mask of one unit": _on_one_unit,
    "product with a mask made by NumPy": lambda x: x * torch.from_numpy((x.detach().numpy() > 0).astype("float32")),
    "matrices with a mask": lambda x: (torch.diag_embed((x > 0).float()) @ x[..., None])[..., 0],
    "where": lambda x: torch.where(x > 0, x, 0.0),
    "masked_fill": lambda x: x.masked_fill(x < 0, 0.0),
    "masked_scatter": lambda x: x.masked_scatter(x < 0, _zero(x)),
    "gather": lambda x: torch.gather(torch.stack([_zero(x), x]), 0, (x > 0).long()[None])[0],
    "chosen places": _overwritten,
    "copied places": _copied_where_positive,
    "maximum": lambda x: torch.maximum(x, _zero(x)),
    "fmax": lambda x: torch.fmax(x, _zero(x)),
    "heaviside": lambda x: x * torch.heaviside(x, torch.zeros(())),
    "a ReLU without derivative": lambda x: x * (x.detach().relu() / (x.detach() + 1e-12)),
    "past a ReLU": lambda x: x + torch.relu(-x),
    "a shifted ReLU": lambda x: (x + 1).clamp(min=1) - 1,
    "nearly a ReLU": lambda x: x.clamp(min=1e-7),
    "steep sigmoid": lambda x: x * torch.sigmoid(1e7 * x),
    "threshold with another value": lambda x: functional.threshold(x, 0, 5),
    "leaky": lambda x: torch.maximum(x, 0.1 * x),
    "ELU": lambda x: torch.where(x > 0, x, 2 * (torch.exp(x) - 1)),
}


@pytest.mark.parametrize("rule", ["deconvolution", "guided"])
@pytest.mark.parametrize("disguise", DISGUISES)
def test_that_a_disguised_relu_is_refused_with_where_it_is(disguise: str, rule: Rule) -> None:
    with pytest.raises(Problem, match=r"has to see every ReLU; this network has .* in inside"):
        _by_rule(_module(DISGUISES[disguise]), rule)


def _moved_slices(x: Tensor) -> Tensor:
    x = torch.relu(x)
    y = torch.zeros_like(x)
    y[:, :3], y[:, 3:] = x[:, 3:], x[:, :3]
    y[:, 1] += 1
    y[:, 2].mul_(2.0)
    return y


def _no_checkpoint(x: Tensor) -> Tensor:
    return torch.relu(x) * 2


HARMLESS: dict[str, Elementwise] = {
    "circular padding": lambda x: functional.pad(torch.relu(x), (1, 1, 1, 1), mode="circular"),
    "writes to slices": _moved_slices,
    "pooling of both signs": lambda x: functional.relu(functional.max_pool2d(x, 3, 1, 1)),
    "largest of each row": lambda x: torch.relu(x) * x.amax(3, keepdim=True),
    "absolute value of what is never below": lambda x: torch.relu(x).flip(3).abs(),
    "softmax and its logarithm": lambda x: torch.relu(x) * x.softmax(1).clamp(min=1e-7).log(),
    "a gate": lambda x: torch.relu(x) * torch.sigmoid(x.mean((2, 3), keepdim=True)),
    "a normalisation by hand": lambda x: torch.relu(
        (x - x.mean((2, 3), keepdim=True)) / (x.var((2, 3), keepdim=True) + 1e-5).sqrt()
    ),
    "a residual": lambda x: x + torch.relu(x),
    "both halves": lambda x: torch.relu(x) - 0.1 * torch.relu(-x),
    "a mask of another layer": lambda x: torch.relu(x) * (torch.arange(32) % 2),
}


class _Ruled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor) -> Tensor:
        ctx.active = x > 0  # type: ignore[attr-defined]
        return x.clamp_min(0)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> Tensor:  # type: ignore[override]
        return gradient.clamp_min(0) * ctx.active  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("harmless", HARMLESS)
def test_that_what_only_looks_like_one_is_no_obstacle(harmless: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _by_rule(_module(HARMLESS[harmless]), "guided")
    leaf = odd("plain").example().requires_grad_()
    for owner in (torch, functional):
        monkeypatch.setattr(owner, "relu", lambda x, inplace=False: _Ruled.apply(x))
    (expected,) = torch.autograd.grad(_module(HARMLESS[harmless])(leaf)[0, 1], leaf)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("relu", [torch.relu, lambda x: x.clamp(min=0)])
@pytest.mark.parametrize("rule", ["gradient", "deconvolution", "guided"])
def test_that_a_checkpoint_changes_nothing(rule: Rule, relu: Elementwise) -> None:
    kept = _by_rule(_module(relu), rule)
    again = _by_rule(_module(lambda x: checkpoint(relu, x, use_reentrant=False)), rule)
    torch.testing.assert_close(again, kept)


@pytest.mark.parametrize("rule", ["gradient", "deconvolution", "guided"])
def test_that_a_hook_of_the_authors_on_the_way_back_is_left_out(rule: Rule) -> None:
    module = _module(torch.relu)
    expected = _by_rule(module, rule)
    called: list[str] = []

    def hook(*_: object) -> tuple[Tensor]:
        called.append("back")
        return (torch.zeros(1, 6, 32, 32),)

    handle = module.relu.register_full_backward_hook(hook)
    assert torch.equal(_by_rule(module, rule), expected)
    assert not called
    module.conv1(torch.zeros(1, 3, 8, 8, requires_grad=True)).sum().backward()
    assert len(module.relu._backward_hooks) == 1  # and it is there again
    handle.remove()


def test_that_what_was_found_holds_for_the_next_picture() -> None:
    """Only the first pass of a network at a size is searched."""
    module = _module(torch.relu)
    network = replace(odd("plain").network(), module=module)
    for seed in (1, 2):
        picture = odd("plain").example(seed=seed)
        context = Question(network, picture, target=ClassTarget(index=1))
        fresh = replace(context, network=replace(network))
        assert torch.equal(derivative(context, picture, "guided"), derivative(fresh, picture, "guided"))


class Turning(nn.Module):
    """Where the picture is bright it goes another way."""

    def __init__(self) -> None:
        super().__init__()
        self.plain = _module(torch.relu)
        self.other = _module(DISGUISES["sign"])

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.other(x) if x.mean() > 0.5 else self.plain(x))


def test_that_another_way_through_the_network_is_searched_again() -> None:
    network = replace(odd("plain").network(), module=Turning().eval().requires_grad_(False))
    dark, bright = (odd("plain").example() + light for light in (0, 2))
    derivative(Question(network, dark, target=ClassTarget(index=1)), dark, "guided")
    with pytest.raises(Problem, match=r"in other\.inside"):
        derivative(Question(network, bright, target=ClassTarget(index=1)), bright, "guided")
