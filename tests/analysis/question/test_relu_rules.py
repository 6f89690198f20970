"""The backward rules against independent computations: functions replaced by hand, an fx rewrite, captum."""

import copy
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn
from torch.nn import functional

from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget
from analysis.question import relu_rules
from analysis.question.derivative import derivative
from analysis.question.question import Question
from analysis.question.relu_rules import Rule, follow
from analysis.question.way_back import way_back
from tests.analysis.zoo import odd


def _network(module: nn.Module) -> Network:
    return replace(odd("plain").network(), module=module.eval().requires_grad_(False))


def _picture(size: int = 32) -> Tensor:
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(3))


def _by_rule(module: nn.Module, pictures: Tensor, rule: Rule) -> Tensor:
    context = Question(_network(module), pictures[:1], target=ClassTarget(index=1))
    return derivative(context, pictures, rule)


INFINITY = float("inf")


class _Deconvolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, top: float = INFINITY) -> Tensor:
        return x.clamp(0, top)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        return gradient.clamp_min(0), None


class _Guided(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, top: float = INFINITY) -> Tensor:
        ctx.save_for_backward((x > 0) & (x < top))
        return x.clamp(0, top)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        (active,) = ctx.saved_tensors
        return gradient.clamp_min(0) * active, None


FUNCTIONS = {"deconvolution": _Deconvolution, "guided": _Guided}


@contextmanager
def _replaced_functions(function: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """Every ReLU a Python program can call is `function` in this block."""
    places = [(functional, "relu"), (functional, "relu_"), (torch, "relu"), (torch, "relu_")]
    places += [(Tensor, "relu"), (Tensor, "relu_")]
    before = [(owner, name, getattr(owner, name)) for owner, name in places]
    try:
        for owner, name in places:
            setattr(owner, name, lambda x, inplace=False: function(x))
        yield
    finally:
        for owner, name, original in before:
            setattr(owner, name, original)


def _by_replaced_functions(module: nn.Module, pictures: Tensor, rule: Rule) -> Tensor:
    leaf = pictures.clone().requires_grad_()
    with _replaced_functions(FUNCTIONS[rule].apply):
        answer = module(leaf)
    return torch.autograd.grad(answer[:, 1].sum(), leaf)[0]


RELU_CALLS = {functional.relu, functional.relu_, torch.relu, torch.relu_, "relu", "relu_"}


def _by_rewriting(module: nn.Module, pictures: Tensor, rule: Rule) -> Tensor:
    """A copy of the network in which every single use of a ReLU is a new module with the rule in it."""

    class Ruled(nn.Module):
        def __init__(self, top: float) -> None:
            super().__init__()
            self.top = top

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = FUNCTIONS[rule].apply(x, self.top)
            return y

    traced = fx.symbolic_trace(copy.deepcopy(module))
    modules = dict(traced.named_modules())
    for count, node in enumerate(list(traced.graph.nodes)):
        is_module = node.op == "call_module" and isinstance(modules[node.target], (nn.ReLU, nn.ReLU6))
        if is_module or (node.op in ("call_function", "call_method") and node.target in RELU_CALLS):
            top = 6.0 if is_module and isinstance(modules[node.target], nn.ReLU6) else INFINITY
            traced.add_module(f"ruled{count}", Ruled(top))
            with traced.graph.inserting_after(node):
                node.replace_all_uses_with(traced.graph.call_module(f"ruled{count}", (node.args[0],)))
            traced.graph.erase_node(node)
    traced.recompile()
    leaf = pictures.clone().requires_grad_()
    return torch.autograd.grad(traced(leaf)[:, 1].sum(), leaf)[0]


def _seeded(name: str, **options: Any) -> nn.Module:
    from torchvision import models

    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        module: nn.Module = getattr(models, name)(weights=None, **options).eval().requires_grad_(False)
        for part in module.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean.normal_(0, 0.05)
                part.running_var.uniform_(0.5, 1.5)
            if isinstance(part, nn.Conv2d):
                nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
    return module


def _assert_equal(ours: Tensor, theirs: Tensor) -> None:
    assert float((ours - theirs).norm() / theirs.norm()) < 1e-5


@pytest.mark.parametrize("rule", ["deconvolution", "guided"])
@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "reused-relu",
        "functional-relu",
        "in-place-relu",
        "residual",
        "concatenating",
        "called-twice",
        "unused",
        "recurrent",
    ],
)
def test_that_a_rule_holds_for_every_way_to_call_a_relu(name: str, rule: Rule) -> None:
    module, pictures = odd(name).module(), odd(name).example(batch=2)
    _assert_equal(_by_rule(module, pictures, rule), _by_replaced_functions(module, pictures, rule))


@pytest.mark.parametrize("rule", ["deconvolution", "guided"])
@pytest.mark.parametrize("name", ["alexnet", "resnet18"])
def test_that_a_rule_equals_captum_where_relus_are_modules(name: str, rule: Rule) -> None:
    from captum.attr import Deconvolution, GuidedBackprop

    module, pictures = _seeded(name), _picture(64)
    theirs = copy.deepcopy(module)
    for part in theirs.modules():
        if isinstance(part, nn.ReLU):
            part.inplace = False  # captum's backward hooks raise on in-place ReLUs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        method = {"deconvolution": Deconvolution, "guided": GuidedBackprop}[rule](theirs)
        expected = method.attribute(pictures.clone().requires_grad_(), target=1)
    _assert_equal(_by_rule(module, pictures, rule), expected)


@pytest.mark.parametrize(
    ("name", "size", "options"),
    [
        ("googlenet", 64, {"init_weights": False}),
        ("inception_v3", 75, {"init_weights": False}),
        ("densenet121", 64, {}),
        ("mobilenet_v2", 64, {}),
    ],
)
def test_that_guided_holds_where_captum_misses_functional_relus_and_relu6(
    name: str, size: int, options: dict[str, Any]
) -> None:
    module, pictures = _seeded(name, **options), _picture(size)[:1]
    _assert_equal(_by_rule(module, pictures, "guided"), _by_rewriting(module, pictures, "guided"))


@pytest.mark.parametrize("rule", ["deconvolution", "guided"])
@pytest.mark.parametrize("name", ["linear", "bare"])
def test_that_a_rule_is_the_gradient_where_there_is_no_relu(name: str, rule: Rule) -> None:
    module, pictures = odd(name).module(), odd(name).example()
    assert torch.equal(_by_rule(module, pictures, rule), _by_rule(module, pictures, "gradient"))


class _Rectified(nn.Module):
    """Σ w·rectify(x), so that what comes back to x can be written down."""

    def __init__(self, rectify: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.rectify = rectify
        weights = torch.randn(5, 3 * 32 * 32, generator=torch.Generator().manual_seed(4))
        self.weights = nn.Parameter(weights, requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.rectify(x).flatten(1) @ self.weights.T


RELUS: list[Callable[[Tensor], Tensor]] = [
    nn.ReLU(),
    nn.ReLU(inplace=True),
    functional.relu,
    torch.relu,
    torch.relu_,
    lambda x: x.relu_(),
    lambda x: x.clamp(min=0),
    lambda x: x.clamp(min=torch.zeros(1)),
    lambda x: x.clamp_min_(0),
    lambda x: torch.clip(x, 0, None),
    lambda x: functional.threshold(x, 0, 0),
    torch.ops.aten.relu.default,
]


@pytest.mark.parametrize("relu", RELUS)
def test_that_guided_passes_what_is_positive_where_the_unit_is_active(relu: Callable[[Tensor], Tensor]) -> None:
    module, pictures = _Rectified(relu), _picture().round()  # with many inputs exactly 0
    back = module.weights[1].view(1, 3, 32, 32).expand_as(pictures)
    assert torch.equal(_by_rule(module, pictures, "deconvolution"), back.clamp_min(0))
    assert torch.equal(_by_rule(module, pictures, "guided"), back.clamp_min(0) * (pictures > 0))


def test_that_guided_is_zero_where_deconvolution_is_zero_at_a_relu() -> None:
    module, pictures = _Rectified(nn.ReLU()), _picture()
    deconvolution, guided = (_by_rule(module, pictures, rule) for rule in ("deconvolution", "guided"))
    assert bool((deconvolution == 0).any())
    assert not bool(guided[deconvolution == 0].any())


@pytest.mark.parametrize("relu6", [nn.ReLU6(), nn.Hardtanh(0, 6), lambda x: x.clamp(0, 6), functional.relu6])
def test_that_a_relu6_is_also_closed_above_six(relu6: Callable[[Tensor], Tensor]) -> None:
    module, pictures = _Rectified(relu6), _picture() * 5
    back = module.weights[1].view(1, 3, 32, 32).expand_as(pictures)
    assert torch.equal(_by_rule(module, pictures, "guided"), back.clamp_min(0) * (pictures > 0) * (pictures < 6))
    assert torch.equal(_by_rule(module, pictures, "deconvolution"), back.clamp_min(0))


@pytest.mark.parametrize("rule", ["deconvolution", "guided"])
@pytest.mark.parametrize(
    ("activation", "name"),
    [
        (nn.LeakyReLU(), "leaky ReLU"),
        (nn.PReLU(), "PReLU"),
        (nn.RReLU(), "RReLU"),
        (nn.ELU(), "ELU"),
        (nn.SELU(), "ELU"),
        (nn.CELU(), "CELU"),
        (nn.GELU(), "GELU"),
        (nn.SiLU(), "SiLU"),
        (nn.Mish(), "Mish"),
        (nn.Hardswish(), "Hardswish"),
        (nn.Softplus(), "Softplus"),
        (nn.Hardtanh(), "hard tanh"),
        (nn.Threshold(0.5, 0), "threshold above 0"),
        (nn.Tanh(), "tanh"),
        (nn.Sigmoid(), "sigmoid"),
    ],
)
def test_that_another_activation_function_is_refused_by_name(activation: nn.Module, name: str, rule: Rule) -> None:
    with pytest.raises(Problem, match=rf"is defined for ReLU; this network uses .*{name}"):
        _by_rule(_Rectified(activation), _picture(), rule)


def test_that_a_gate_beside_relus_is_no_obstacle() -> None:
    module = _Rectified(lambda x: torch.relu(x) * torch.sigmoid(x.mean((1, 2, 3), keepdim=True)))
    pictures = _picture()
    _assert_equal(_by_rule(module, pictures, "guided"), _by_replaced_functions(module, pictures, "guided"))


class _OwnBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clamp_min(0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        return gradient


def _relu_on_a_view(x: Tensor) -> Tensor:
    x = x * 1
    x[:, :1].relu_()
    return x


@pytest.mark.parametrize(
    ("hiding", "why"),
    [
        (_OwnBackward.apply, "backward pass of its own"),
        (type("Relu", (_OwnBackward,), {}).apply, "backward pass of its own \\(Relu\\)"),
        (type("Silu", (_OwnBackward,), {}).apply, "backward pass of its own \\(Silu\\)"),
        (_relu_on_a_view, "relu on a part of a tensor, in place"),
        (lambda x: x / (1 + torch.exp(-x)), "exponentials"),
    ],
)
def test_that_a_part_that_could_hide_a_relu_is_refused(hiding: Callable[[Tensor], Tensor], why: str) -> None:
    with pytest.raises(Problem, match=why):
        _by_rule(_Rectified(hiding), _picture(), "guided")


@pytest.mark.parametrize(
    "other",
    [
        lambda x: x * torch.linspace(0, 1, 32),
        lambda x: 2.0 * x,
        lambda x: x * 2 + x.flip(3).abs(),
        lambda x: torch.ops.aten.mul.Scalar(x, 2.0),
        lambda x: torch.maximum(x, x.flip(3)),
        lambda x: x * (x.mean((1, 2, 3), keepdim=True) + 1),
    ],
)
def test_that_what_only_looks_like_a_hidden_relu_is_no_obstacle(other: Callable[[Tensor], Tensor]) -> None:
    module, pictures = _Rectified(lambda x: other(torch.relu(x))), _picture()
    _assert_equal(_by_rule(module, pictures, "guided"), _by_replaced_functions(module, pictures, "guided"))


def test_that_torchscript_is_refused_whenever_it_is_asked() -> None:
    example = odd("plain").example()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(odd("plain").module(), example)
    for _ in range(3):  # it compiles itself after its first run
        with pytest.raises(Problem, match="TorchScript"):
            _by_rule(traced, example, "guided")


def test_that_an_exported_program_follows_the_rule() -> None:
    module, picture = odd("in-place-relu").module(), odd("in-place-relu").example()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exported = torch.export.export(module, (picture,)).module()
    network = replace(odd("plain").network(), module=exported)
    context = Question(network, picture, target=ClassTarget(index=1))
    _assert_equal(derivative(context, picture, "guided"), _by_rule(module, picture, "guided"))


@pytest.mark.parametrize("rule", ["gradient", "deconvolution", "guided"])
def test_that_a_rule_leaves_nothing_behind(rule: Rule) -> None:
    module, pictures = odd("in-place-relu").module(), odd("in-place-relu").example()
    before = _by_rule(module, pictures, "gradient")
    _by_rule(module, pictures, rule)
    assert torch.equal(_by_rule(module, pictures, "gradient"), before)


@pytest.mark.parametrize("rule", ["deconvolution", "guided"])
def test_that_a_way_can_be_gone_twice(rule: Rule) -> None:
    module, leaf = _Rectified(nn.ReLU()), _picture().requires_grad_()
    value = module(leaf)[:, 1].sum()
    follow(rule, way_back(value))
    (first,) = torch.autograd.grad(value, leaf, retain_graph=True)
    (again,) = torch.autograd.grad(2 * value, leaf)
    torch.testing.assert_close(again, 2 * first)


class _Nothing(torch.autograd.Function):
    """Lets nothing come back, not even zeros."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, _gradient: Tensor) -> None:  # type: ignore[override]
        return None


@pytest.mark.parametrize("relu", [torch.relu, nn.ReLU6()])
@pytest.mark.parametrize("put", [relu_rules._deconvolve, relu_rules._guide])
def test_that_nothing_comes_back_where_nothing_arrives(
    relu: Callable[[Tensor], Tensor], put: Callable[[Any], None]
) -> None:
    leaf = _picture().requires_grad_()
    rectified = relu(leaf)
    put(rectified.grad_fn)
    assert torch.autograd.grad(_Nothing.apply(rectified).sum(), leaf, allow_unused=True) == (None,)
