"""Class activation maps against formulas written out, captum, and each other."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.methods.registry import method
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.target import parse
from analysis.question.class_maps import maps_and_slopes
from analysis.question.derivative import layer_derivatives
from analysis.question.question import Question
from analysis.results.kinds import Array
from tests.analysis.zoo import odd

FAMILY = ["grad-cam", "grad-cam++", "layer-cam", "score-cam"]


def _run(name: str, context: Question) -> Mapping[str, Array]:
    *_, last = method(name)().run(context)
    return last.arrays


def _context(name: str, target: str = "class", layer: str | None = None, unit: int | None = None) -> Question:
    network = odd(name).network()
    node = network.node(layer) if layer is not None else None
    return Question(network, odd(name).example(), node, unit, parse(target))


def _own(module: nn.Module) -> Question:
    """A question to a network made here, for pictures like the plain net's."""
    plain = odd("plain")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        for parameter in module.parameters():
            nn.init.normal_(parameter, std=0.3)
    network: Network = assembled(module, ModelChoice("own", "random"), "own", plain.preprocessing())
    return Question(network, plain.example())


class _PooledEnd(nn.Module):
    """Convolution, ReLU, mean over the map, linear: the network that CAM is defined for."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 7, 5, stride=2)
        self.relu = nn.ReLU(inplace=True)
        self.fc = nn.Linear(7, 5)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(self.relu(self.conv(x)).mean((2, 3)))
        return y


@pytest.mark.parametrize("target", ["class", "class:0", "class:4"])
def test_that_cam_is_the_sum_of_the_last_maps_with_the_weights_of_the_class(target: str) -> None:
    context = replace(_own(_PooledEnd()), target=parse(target))
    module = context.network.module
    with torch.no_grad():
        maps = module.relu(module.conv(context.input))[0]
        index = int(module(context.input).argmax()) if target == "class" else int(target[-1])
        expected = torch.einsum("k,kij->ij", module.fc.weight[index], maps).clamp_min(0)
    np.testing.assert_allclose(_run("cam", context)["result"], expected.numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("target", ["class", "class:0", "class:4"])
def test_that_grad_cam_is_cam_up_to_scale_where_cam_is_defined(target: str) -> None:
    strongest = 0.0
    for context in (_own(_PooledEnd()), _context("residual"), _context("reused-relu")):
        context = replace(context, target=parse(target))
        cam, grad_cam = (_run(name, context)["result"] for name in ("cam", "grad-cam"))
        np.testing.assert_allclose(grad_cam * cam.size, cam, rtol=1e-3, atol=1e-5)
        strongest = max(strongest, cam.max())
    assert strongest > 0


def test_that_a_map_per_class_is_its_own_cam() -> None:
    module = nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    context = replace(_own(module), target=parse("class:3"))
    with torch.no_grad():
        expected = module[1](module[0](context.input))[0, 3]
    np.testing.assert_allclose(_run("cam", context)["result"], expected.numpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["plain", "tokens", "with-softmax", "bare"])
def test_that_cam_is_refused_where_it_is_not_defined(name: str) -> None:
    with pytest.raises(Problem, match="take Grad-CAM"):
        _run("cam", _context(name))


def _maps(name: str, path: str, target: int) -> tuple[Tensor, Tensor]:
    """The last output of a layer and the derivative of a logit by it, through a plain hook and autograd."""
    module, seen = odd(name).module(), {}

    def keep(_m: nn.Module, _i: object, output: Tensor) -> Tensor:
        seen["maps"] = output
        return output.clone()

    module.get_submodule(path).register_forward_hook(keep)
    logits = module(odd(name).example().requires_grad_())
    return seen["maps"][0].detach(), torch.autograd.grad(logits[0, target], seen["maps"])[0][0]


FORMULAS = {
    "grad-cam": lambda a, g: functional.relu((g.mean((1, 2), keepdim=True) * a).sum(0)),
    "layer-cam": lambda a, g: functional.relu((functional.relu(g) * a).sum(0)),
}


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(("name", "path"), [("plain", "4"), ("residual", "blocks"), ("in-place-relu", "conv2")])
def test_that_a_map_is_what_its_formula_says(formula: str, name: str, path: str) -> None:
    context = _context(name, "class:2", layer=path)
    maps, slopes = _maps(name, path, 2)
    expected = FORMULAS[formula](maps, slopes)
    np.testing.assert_allclose(_run(formula, context)["result"], expected.numpy(), rtol=1e-3, atol=1e-6)


def test_that_grad_cam_plus_plus_follows_its_formula() -> None:
    maps, slopes = (tensor.double() for tensor in _maps("plain", "4", 2))
    weights = torch.zeros(len(maps), dtype=torch.double)
    for k, (a, g) in enumerate(zip(maps, slopes, strict=True)):
        for a_sum, one in ((a.sum(), g[i, j]) for i in range(g.shape[0]) for j in range(g.shape[1])):
            if one != 0:
                weights[k] += one**2 / (2 * one**2 + a_sum * one**3) * max(one, 0)
    expected = torch.einsum("k,kij->ij", weights, maps).clamp_min(0)
    ours = torch.from_numpy(_run("grad-cam++", _context("plain", "class:2", layer="4"))["result"]).double()
    torch.testing.assert_close(ours / ours.max(), expected / expected.max(), rtol=1e-3, atol=1e-5)


def test_that_layer_grad_cam_equals_captum() -> None:
    from captum.attr import LayerGradCam

    module = odd("plain").module()
    theirs = LayerGradCam(module, module[4]).attribute(odd("plain").example(), target=1, relu_attributions=True)
    ours = _run("grad-cam", _context("plain", "class:1", layer="4"))["result"]
    np.testing.assert_allclose(ours, theirs[0, 0].detach().numpy(), rtol=1e-4, atol=1e-7)


def test_that_score_cam_weights_maps_by_what_is_answered_through_them() -> None:
    context = _context("plain", "class:1", layer="4")
    module, picture = odd("plain").module(), context.input
    with torch.no_grad():
        maps = module[:5](picture)[0]
        masks = functional.interpolate(maps[None], (32, 32), mode="bilinear", align_corners=False)[0]
        masks = torch.stack([(m - m.min()) / (m.max() - m.min()) if m.max() > m.min() else m * 0 for m in masks])
        scores = module(picture * masks[:, None])[:, 1] - module(picture * 0)[:, 1]
        expected = torch.einsum("k,kij->ij", scores.softmax(0), maps).clamp_min(0)
    np.testing.assert_allclose(_run("score-cam", context)["result"], expected.numpy(), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("name", FAMILY)
def test_that_a_map_comes_at_the_size_of_the_picture_too(name: str) -> None:
    arrays = _run(name, _context("grey-oblong"))
    small = torch.from_numpy(arrays["result"])
    expected = functional.interpolate(small[None, None], (20, 40), mode="bilinear", align_corners=False)[0, 0]
    np.testing.assert_allclose(arrays["upsampled"], expected.numpy(), rtol=1e-5, atol=1e-7)


def test_that_guided_grad_cam_is_the_product_of_the_two() -> None:
    context = _context("residual")
    guided, coarse = _run("guided", context)["result"], _run("grad-cam", context)["upsampled"]
    arrays = _run("guided-grad-cam", context)
    np.testing.assert_allclose(arrays["result"], guided * coarse, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("plain", "4"),  # the last ReLU, before the pooling
        ("residual", "blocks"),
        ("reused-relu", "relu"),  # called last, though it stands before conv2 in the tree
        ("grey-oblong", "relu2"),
        ("windowed", "mixers"),
        ("unused", "conv"),
    ],
)
def test_that_the_last_layer_with_a_grid_is_the_default(name: str, layer: str) -> None:
    assert maps_and_slopes(_context(name))[0].path == layer
    for technique in (*FAMILY, *(["guided-grad-cam"] if name not in ("windowed",) else [])):
        assert _run(technique, _context(name))["layer"] == layer


def test_that_a_transformer_is_looked_at_where_its_patches_still_matter() -> None:
    node, maps, slopes = maps_and_slopes(_context("tokens"))
    assert node.path == "encoder.layers.0"  # after the last attention only the class token matters
    assert maps.shape == slopes.shape == (12, 4, 6)
    with pytest.raises(Problem, match="does not depend on norm: choose an earlier layer"):
        maps_and_slopes(_context("tokens", layer="norm"))


def test_that_a_unit_is_explained_by_the_maps_before_it() -> None:
    assert maps_and_slopes(_context("grey-oblong", "unit:mean", layer="fc1", unit=4))[0].path == "relu2"
    assert maps_and_slopes(_context("plain", "unit:center", layer="3", unit=4))[0].path == "1"


def test_that_only_the_way_back_to_the_maps_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit of an early layer: one forward pass that keeps one layer, and no derivative of any layer before it."""
    asked: list[int] = []
    grad = torch.autograd.grad

    def counting(value: Tensor, inputs: list[Tensor], **more: bool) -> tuple[Tensor, ...]:
        asked.append(len(inputs))
        return grad(value, inputs, **more)

    monkeypatch.setattr(torch.autograd, "grad", counting)
    node, _, slopes = maps_and_slopes(_context("plain", "unit:center", layer="3", unit=4))
    assert node.path == "1"
    assert bool(slopes.any())
    assert asked == [1]


def test_that_group_by_group_the_derivatives_are_those_of_one_pass() -> None:
    context = _context("plain")
    paths = ["3", "1", "0"]
    (together,) = layer_derivatives(context, [paths])
    apart: dict[str, tuple[Tensor, Tensor]] = {}
    for found in layer_derivatives(context, [["3"], ["1"], ["0"]]):
        apart |= found
    assert set(apart) == set(together) == set(paths)
    for path in paths:
        for one, other in zip(apart[path], together[path], strict=True):
            assert torch.equal(one, other)


def test_that_a_layer_without_places_is_refused() -> None:
    with pytest.raises(Problem, match="fc1 has no rows and columns"):
        _run("grad-cam", _context("grey-oblong", layer="fc1"))
    with pytest.raises(Problem, match="no layer with rows and columns"):
        _run("grad-cam", _context("bare"))


def test_that_a_unit_of_the_first_layer_is_said_to_have_none_before_it() -> None:
    with pytest.raises(Problem, match="Before 0 there is no layer with rows and columns"):
        _run("grad-cam", _context("plain", "unit:max", layer="0", unit=1))


@dataclass(frozen=True)
class _Told:
    logits: Tensor
    features: Tensor


class _DataclassOutput(_PooledEnd):
    """Answers with a dataclass, and so does one of its layers."""

    class Stem(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 7, 5, stride=2)

        def forward(self, x: Tensor) -> _Told:
            return _Told(torch.relu(self.conv(x)), x)

    def __init__(self) -> None:
        super().__init__()
        self.conv = self.Stem()

    def forward(self, x: Tensor) -> _Told:  # type: ignore[override]
        maps = self.conv(x).logits
        return _Told(self.fc(maps.mean((2, 3))), maps)


@pytest.mark.parametrize("name", [*FAMILY, "cam"])
def test_that_answers_in_a_dataclass_are_read(name: str) -> None:
    told, plain = _own(_DataclassOutput()), _own(_PooledEnd())
    plain.network.module.load_state_dict(
        {name.replace("conv.conv", "conv"): value for name, value in told.network.module.state_dict().items()}
    )
    expected = _run(name, replace(plain, layer=plain.network.node("relu")))["result"]
    found = _run(name, replace(told, layer=told.network.node("conv")))["result"]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_that_a_single_output_has_cams_but_no_probability() -> None:
    one = _PooledEnd()
    one.fc = nn.Linear(7, 1)
    context = _own(one)
    maps = torch.relu(one.conv(context.input))[0]
    expected = (one.fc.weight[0][:, None, None] * maps).sum(0).relu()
    np.testing.assert_allclose(_run("cam", context)["result"], expected.numpy(), rtol=1e-5, atol=1e-6)
    for target in ("probability", "logprob:0"):
        with pytest.raises(Problem, match="single output"):
            _run("grad-cam", replace(context, target=parse(target)))
    with pytest.raises(Problem, match="take the sensitivity map"):
        _run("occlusion-loss", context)
    *_, last = method("insertion-deletion")(map="gradient").run(context)
    assert last.arrays["result"][0, 0] == pytest.approx(float(one(context.input)), rel=1e-4)


class _OneMap(nn.Module):
    """A single map in the middle, and norms whose weights are as many as the classes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 4, 5, stride=4), nn.ReLU(), nn.Conv2d(4, 1, 3), nn.BatchNorm2d(1))
        self.fc = nn.Linear(25, classes)
        self.norm = nn.LayerNorm(classes) if classes > 1 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(self.fc(self.features(x).flatten(1)))
        return y


@pytest.mark.parametrize("classes", [1, 5])
def test_that_a_network_with_a_single_map_is_no_obstacle_to_cam(classes: int) -> None:
    with pytest.raises(Problem, match="CAM needs a network"):
        _run("cam", _own(_OneMap(classes)))


def test_that_grad_cam_plus_plus_is_finite_where_its_divisor_is_zero() -> None:
    """Σ A = 4 and g = −1/2, of which comes 2 + Σ A·g = 0."""

    class Balanced(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.maps = nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            down = self.maps(functional.adaptive_avg_pool2d(x[:, :1] * 0 + 1, 2))
            up = functional.adaptive_avg_pool2d(x[:, 1:2], 2)
            return torch.stack([-down.sum((1, 2, 3)) / 2 + 9, up.sum((1, 2, 3)) * 0], 1)

    module = Balanced().eval()
    plain = odd("plain")
    network = assembled(module, ModelChoice("own", "random"), "own", plain.preprocessing())
    context = Question(network, plain.example(), layer=network.node("maps"), target=parse("class:0"))
    assert np.array_equal(_run("grad-cam++", context)["result"], np.zeros((2, 2)))


def _quantised() -> Question:
    """Whole numbers from the picture to the pooling, as torchvision's quantised networks have them."""
    quantised = torch.ao.quantization
    layers = [quantised.QuantStub(), nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1)]
    module = nn.Sequential(*layers, quantised.DeQuantStub(), nn.Flatten(), nn.Linear(8, 5)).eval()
    module.qconfig = quantised.default_qconfig  # type: ignore[assignment]
    module[6].qconfig = None  # type: ignore[assignment]
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        quantised.prepare(module, inplace=True)
        module(odd("plain").example(batch=4))
        quantised.convert(module, inplace=True)
    network = assembled(module, ModelChoice("own"), "own", odd("plain").preprocessing())
    return Question(network, odd("plain").example(), target=parse("class:1"))


def test_that_score_cam_needs_no_derivative() -> None:
    context = _quantised()
    module, picture = context.network.module, context.input
    maps = module[:3](picture).dequantize()[0]
    masks = functional.interpolate(maps[None], (32, 32), mode="bilinear", align_corners=False)[0]
    masks = torch.stack([(m - m.min()) / (m.max() - m.min()).clamp_min(1e-12) for m in masks])
    scores = torch.stack([module(picture * mask)[0, 1] for mask in masks]) - module(picture * 0)[0, 1]
    expected = torch.einsum("k,kij->ij", scores.softmax(0), maps).clamp_min(0)
    found = _run("score-cam", context)
    assert str(found["layer"]) == "2"
    np.testing.assert_allclose(found["result"], expected.numpy(), rtol=1e-3, atol=1e-5)
    with pytest.raises(Problem, match="has no derivative here"):
        _run("grad-cam", context)
