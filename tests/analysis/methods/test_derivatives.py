"""The gradient family against autograd by hand, captum, and the identities between its members."""

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.methods.method import Method
from analysis.methods.registry import method
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget, parse
from analysis.question.baselines import baseline
from analysis.question.blur import blurred
from analysis.question.derivative import derivative
from analysis.question.question import Question
from analysis.question.relu_rules import Rule, follow
from analysis.question.scalar import scalar, settled
from analysis.question.way_back import way_back
from analysis.results.kinds import Array, Derivative
from analysis.results.words import words_of
from tests.analysis.zoo import odd, runnable

TARGETS = [
    "class",
    "class:2",
    "probability",
    "logprob:1",
    "unit:mean",
    "unit:max",
    "unit:center",
    "unit:1,2",
    "unit:map",
]


def _context(
    name: str = "in-place-relu", target: str = "class", layer: str | None = None, unit: int | None = None
) -> Question:
    network = odd(name).network()
    node = network.node(layer) if layer is not None else None
    return Question(network, odd(name).example(), node, unit, parse(target))


def _run(technique: Method, context: Question) -> Mapping[str, Array]:
    *_, last = technique.run(context)
    assert last.done == last.total
    return last.arrays


def _named(name: str, **settings: object) -> Method:
    return method(name)(**settings)


def _by_hand(module: nn.Module, x: Tensor, target: str) -> tuple[Tensor, Tensor]:
    """The target's value and ∂/∂x, for unit 3 of conv2 of the in-place net, written out."""
    leaf = x.clone().requires_grad_()
    seen = {}
    handle = module.get_submodule("conv2").register_forward_hook(lambda m, i, o: seen.update(map=o.clone()))
    logits = module(leaf)
    handle.remove()
    map_ = seen["map"][0, 3]
    value = {
        "class": logits[0].max(),
        "class:2": logits[0, 2],
        "probability": logits.double().softmax(1)[0].max(),
        "logprob:1": logits.double().log_softmax(1)[0, 1],
        "unit:mean": map_.mean(),
        "unit:max": map_.max(),
        "unit:center": map_[7, 7],
        "unit:1,2": map_[1, 2],
        "unit:map": (map_**2).sum() / 2,
    }[target]
    return value.detach(), torch.autograd.grad(value, leaf)[0]


@pytest.mark.parametrize("target", TARGETS)
def test_that_the_gradient_is_autograds_to_the_bit_for_every_target(target: str) -> None:
    context = _context(target=target, layer="conv2", unit=3)
    value, slope = _by_hand(odd("in-place-relu").module(), context.input, target)
    assert torch.equal(scalar(context, context.input)[0], value)
    assert np.array_equal(_run(_named("gradient"), context)["result"], slope[0].numpy())


@pytest.mark.parametrize("target", TARGETS)
def test_that_a_batch_is_explained_picture_by_picture(target: str) -> None:
    context = settled(_context(target=target, layer="conv2", unit=3))
    pictures = odd("in-place-relu").example(batch=3)
    together = derivative(context, pictures)
    single = torch.cat([derivative(context, one[None]) for one in pictures])
    torch.testing.assert_close(together, single, rtol=1e-4, atol=1e-6)


def test_that_a_network_that_takes_one_picture_at_a_time_is_asked_one_by_one() -> None:
    class OneOnly(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = odd("plain").module()

        def forward(self, x: Tensor) -> Tensor:
            if len(x) != 1:
                raise AssertionError("Guard failed: x.size()[0] == 1")
            y: Tensor = self.net(x)
            return y

    context = settled(_context("plain"))
    single = replace(context, network=replace(context.network, module=OneOnly().requires_grad_(False)))
    pictures = odd("plain").example(batch=3)
    torch.testing.assert_close(derivative(single, pictures), derivative(context, pictures), rtol=1e-4, atol=1e-6)


def test_that_the_class_of_the_clean_picture_is_explained_on_every_noisy_copy() -> None:
    context = _context("plain")
    strongest = int(context.network.module(context.input)[0].argmax())
    assert settled(context).target == ClassTarget("class", strongest)
    assert settled(replace(context, target=parse("probability"))).target == ClassTarget("probability", strongest)


@pytest.mark.parametrize("target", ["class", "unit:mean"])
def test_that_the_picture_of_the_context_is_never_written_to(target: str) -> None:
    class InPlaceFirst(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = odd("plain").module()

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.net(x.mul_(2).relu_())
            return y

    context = _context("plain", target, layer="0", unit=1)
    network = replace(context.network, module=InPlaceFirst().requires_grad_(False))
    context = replace(context, network=network, layer=None, target=parse("class"))
    before = context.input.clone()
    for name in ("gradient", "guided", "integrated-gradients", "rise"):
        next(iter(_named(name).run(context)))
    assert torch.equal(context.input, before)


def test_that_input_times_gradient_is_complete_without_biases() -> None:
    module = nn.Sequential(
        nn.Conv2d(3, 6, 3, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1350, 5, bias=False)
    )
    context = _context("plain")
    context = replace(context, network=replace(context.network, module=module.requires_grad_(False)))
    arrays = _run(_named("input-x-gradient"), context)
    assert arrays["value"][0] == pytest.approx(arrays["value"][1], rel=1e-4)
    assert arrays["result"].sum() == pytest.approx(float(module(context.input)[0].max()), rel=1e-4)


def test_that_the_top_patches_are_those_with_the_greatest_sums() -> None:
    context = _context("grey-oblong")
    arrays = _run(_named("input-x-gradient", patch=8, top=3), context)
    sums = {
        (row, column): arrays["result"][:, row : row + 8, column : column + 8].sum()
        for row in range(0, 20, 8)
        for column in range(0, 40, 8)
    }
    expected = sorted(sums, key=lambda place: -abs(sums[place]))[:3]
    assert [(int(row), int(column)) for row, column, _ in arrays["top"]] == expected
    assert arrays["top"][:, 2] == pytest.approx([sums[place] for place in expected], rel=1e-4)


def test_that_the_top_patches_are_marked_and_none_of_them_on_request() -> None:
    context = _context("grey-oblong")
    some, none = (list(_named("input-x-gradient", patch=8, top=top).run(context))[-1].result for top in (3, 0))
    assert isinstance(some, Derivative)
    assert isinstance(none, Derivative)
    assert some.patches is not None
    assert some.patches.side == 8
    assert np.array_equal(some.patches.corners, some.beside["top"][:, :2])
    assert np.array_equal(some.patches.adds, some.beside["top"][:, 2])
    assert "Of all patches of 8 pixels" in words_of(some)
    assert none.beside["top"].shape == (0, 3)
    assert none.patches is not None
    assert not len(none.patches.adds)
    assert np.array_equal(none.values, some.values)


@pytest.mark.parametrize("name", ["plain", "residual", "tokens", "grey-oblong"])
def test_that_smoothgrad_of_one_sample_without_noise_is_the_gradient(name: str) -> None:
    smooth = _run(_named("smoothgrad", samples=1, noise=0.0), _context(name))["result"]
    assert np.array_equal(smooth, _run(_named("gradient"), _context(name))["result"])


def test_that_smoothgrad_does_not_depend_on_its_batch() -> None:
    results = [_run(_named("smoothgrad", samples=7, batch=batch), _context())["result"] for batch in (1, 3, 7)]
    np.testing.assert_allclose(results[1], results[0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(results[2], results[0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("variant", ["mean", "squared", "variance"])
def test_that_smoothgrad_is_the_statistic_of_gradients_at_noisy_copies(variant: str) -> None:
    context = settled(_context())
    generator = torch.Generator().manual_seed(context.seed)
    sigma = 0.25 * float(context.input.max() - context.input.min())
    slopes = []
    for _ in range(6):
        noise = torch.empty(context.input.shape).normal_(generator=generator)
        slopes.append(derivative(context, context.input + sigma * noise)[0].numpy())
    stack = np.stack(slopes)
    expected = {"mean": stack.mean(0), "squared": (stack**2).mean(0), "variance": stack.var(0)}[variant]
    ours = _run(_named("smoothgrad", samples=6, variant=variant), context)["result"]
    np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-6)


def test_that_smoothgrads_mean_comes_sample_by_sample() -> None:
    steps = list(_named("smoothgrad", samples=5, batch=2).run(_context()))
    assert [step.done for step in steps] == [2, 4, 5]
    first = _run(_named("smoothgrad", samples=4), _context())["result"]
    np.testing.assert_allclose(steps[1].arrays["result"], first, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["plain", "residual", "tokens"])
def test_that_bfloat16_is_near_and_leaves_the_network_as_it_was(name: str) -> None:
    context = _context(name)
    before = {key: value.clone() for key, value in context.network.module.state_dict().items()}
    exact = _run(_named("smoothgrad", samples=4), context)["result"]
    quick = _run(_named("smoothgrad", samples=4, precision="bf16"), context)["result"]
    assert not np.array_equal(exact, quick)
    assert np.corrcoef(exact.ravel(), quick.ravel())[0, 1] > 0.95
    after = context.network.module.state_dict()
    assert all(torch.equal(after[key], value) and after[key].dtype == value.dtype for key, value in before.items())


@pytest.mark.parametrize("target", ["class", "logprob:1"])
def test_that_integrated_gradients_equal_captum(target: str) -> None:
    from captum.attr import IntegratedGradients

    context = settled(_context("plain", target))
    assert isinstance(context.target, ClassTarget)
    module = odd("plain").module()
    asked = module if target == "class" else nn.Sequential(module, nn.LogSoftmax(1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = IntegratedGradients(asked).attribute(
            context.input, target=context.target.index, n_steps=20, method="gausslegendre"
        )
    ours = _run(_named("integrated-gradients", steps=20), context)["result"]
    np.testing.assert_allclose(ours, theirs[0].numpy(), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("empty", ["mean", "black", "grey", "blur", "noise"])
@pytest.mark.parametrize("name", ["residual", "tokens", "concatenating"])
def test_that_integrated_gradients_are_complete(name: str, empty: str) -> None:
    arrays = _run(_named("integrated-gradients", baseline=empty), _context(name, "class:3"))
    shares, change = arrays["completeness"]
    assert shares == pytest.approx(change, rel=0.05, abs=1e-3)
    assert arrays["result"].sum() == pytest.approx(shares, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize(("steps", "missing"), [(50, False), (1, True)])
def test_that_shares_that_do_not_add_up_are_told(steps: int, missing: bool) -> None:
    class Bent(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.stack([(x**4).mean((1, 2, 3)), x.mean((1, 2, 3)) - 9], 1)

    context = _context("plain")
    context = replace(context, network=replace(context.network, module=Bent()))
    *_, last = _named("integrated-gradients", steps=steps).run(context)
    shares, change = last.arrays["completeness"]
    assert (abs(shares - change) > 0.05 * change) == missing
    assert (f"{shares:.3g}" in last.note and f"{change:.3g}" in last.note) == missing
    assert bool(last.note) == missing


def test_that_baselines_are_what_their_names_say() -> None:
    context = _context("plain")  # whose mean is .5 and standard deviation .25
    assert float(baseline(context, "mean").abs().max()) == 0
    assert baseline(context, "black").unique().tolist() == pytest.approx([-2])
    assert baseline(context, "grey").unique().tolist() == pytest.approx([0])
    noise = baseline(context, "noise")
    assert noise.shape == context.input.shape
    assert torch.equal(noise, baseline(context, "noise"))


def test_that_a_blur_keeps_what_is_even_and_the_mean_of_a_dot() -> None:
    even = torch.full((1, 2, 9, 12), 3.0)
    torch.testing.assert_close(blurred(even, 5.0, 5), even)
    dot = torch.zeros(1, 1, 31, 31)
    dot[0, 0, 15, 15] = 1
    soft = blurred(dot, 5.0, 5)
    assert float(soft.sum()) == pytest.approx(1)
    weights = torch.exp(-((torch.arange(11.0) - 5) ** 2) / 50)
    torch.testing.assert_close(soft[0, 0, 10:21, 15] / soft[0, 0, 15, 15], weights)


def test_that_local_irregularity_follows_one_pixel_along_one_draw() -> None:
    context = settled(_context("plain"))
    arrays = _run(_named("local-irregularity", steps=4, row=5, column=6), context)
    noise = 0.01 * torch.randn(context.input.shape, generator=torch.Generator().manual_seed(0))
    for step, t in enumerate((0, 1 / 3, 2 / 3, 1)):
        slope = derivative(context, context.input + t * noise)[0]
        np.testing.assert_allclose(arrays["result"][step], slope[:, 5, 6] / slope.max(), rtol=1e-3, atol=1e-5)
    assert arrays["place"].tolist() == [5, 6]


@pytest.mark.parametrize(("channels", "names"), [(1, "grey"), (2, "red green"), (3, "red green blue")])
def test_that_each_line_of_an_irregularity_is_named_by_its_colour(channels: int, names: str) -> None:
    from analysis.methods.derivatives.local_irregularity import _colours

    assert _colours(channels) == names.split()


def test_that_the_steepest_pixel_is_followed_where_none_is_named() -> None:
    context = _context("plain")
    steepest = np.unravel_index(np.abs(_run(_named("gradient"), context)["result"]).max(0).argmax(), (32, 32))
    assert _run(_named("local-irregularity", steps=2), context)["place"].tolist() == list(steepest)


def test_that_a_pixel_outside_the_picture_is_refused() -> None:
    with pytest.raises(Problem, match="32 rows, from 0 on; there is no row 40"):
        list(_named("local-irregularity", row=40, column=0).run(_context("plain")))


@pytest.mark.parametrize("one", [one.name for one in runnable() if one.classes])
def test_that_activations_are_the_layers_output(one: str) -> None:
    network, picture = odd(one).network(), odd(one).example()
    node = next(node for node in network.root.walk() if node.kind is not None and not node.children)
    seen = {}
    module = odd(one).module()
    module.get_submodule(node.path).register_forward_hook(lambda m, i, o: seen.setdefault("o", o))
    with torch.no_grad():
        module(picture.clone())
    answer = seen["o"][0] if isinstance(seen["o"], tuple) else seen["o"]
    ours = _run(_named("activations"), Question(network, picture, layer=node))["result"]
    assert ours.shape == node.shape
    if one not in (
        "in-place-relu",
        "squeeze-excitation",
        "residual",
        "concatenating",
    ):  # overwritten in this plain hook
        assert np.array_equal(ours, answer[0].numpy())


class _Cut(torch.autograd.Function):
    """Passes on what it gets and gives nothing back, or fails when asked."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, fails: type[Exception] | None) -> Tensor:
        ctx.fails = fails
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *_slopes: Tensor) -> tuple[None, None]:
        if ctx.fails:
            raise ctx.fails("there is no way back")
        return None, None


class _WithoutDerivative(nn.Module):
    def __init__(self, fails: type[Exception] | None) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.fails = fails

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(_Cut.apply(self.conv(x), self.fails)).mean((2, 3))


@pytest.mark.parametrize("name", ["gradient", "smoothgrad", "integrated-gradients", "input-x-gradient"])
@pytest.mark.parametrize(
    ("fails", "said"),
    [
        (None, "no derivative here"),
        (RuntimeError, "it says: there is no way back"),
        (ValueError, "it says: ValueError: there is no way back"),
    ],
)
def test_that_a_network_that_gives_nothing_back_is_refused_and_not_drawn_as_zero(
    name: str, fails: type[Exception] | None, said: str
) -> None:
    module = _WithoutDerivative(fails).eval().requires_grad_(False)
    context = _context("plain")
    with pytest.raises(Problem, match=said):
        _run(_named(name), replace(context, network=replace(context.network, module=module)))


@pytest.mark.filterwarnings("ignore:.*autograd kernel was not registered")
@pytest.mark.parametrize("rule", ["deconvolution", "guided"])
def test_that_a_rule_bears_a_relu_behind_which_nothing_comes_back(rule: Rule) -> None:
    with torch.library._scoped_library("underhood_test", "FRAGMENT") as library:
        library.define("without_derivative(Tensor x) -> Tensor")  # as quantised layers are
        library.impl("without_derivative", lambda x: x.detach().clone(), "CPU")
        leaf = torch.randn(1, 3, 8, 8, requires_grad=True)
        cut = torch.ops.underhood_test.without_derivative(torch.relu(leaf))
        value = (cut + torch.relu(leaf)).sum()
        follow(rule, way_back(value))
        (slope,) = torch.autograd.grad(value, leaf)
    assert torch.equal(slope, (leaf > 0).float() if rule == "guided" else torch.ones_like(leaf))
