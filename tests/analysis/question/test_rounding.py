"""Rounding is told from evidence: what cancels comes out as nothing and is said, what is small but real stays."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.methods.method import Progress
from analysis.methods.registry import method
from analysis.methods.settings import configured
from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.frame import Frame
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import Backward, LiveRequest
from analysis.protocol.target import ClassTarget, Target, UnitTarget
from analysis.question.question import Question
from analysis.results.looks import MapsLook
from analysis.running.live import LiveView
from tests.analysis.zoo import odd


class ByHand(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        x = x - x.mean((2, 3), keepdim=True)
        return x / (x.square().mean((2, 3), keepdim=True) + 1e-5).sqrt()


NORMS: dict[str, Any] = {
    "group norm": lambda: nn.GroupNorm(8, 8),
    "instance norm": lambda: nn.InstanceNorm2d(8),
    "by hand": ByHand,
}
TO_PICTURE = ["gradient", "input-x-gradient", "deconvolution", "guided", "smoothgrad", "integrated-gradients"]


def _network(*layers: nn.Module) -> Network:
    module = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)).eval().requires_grad_(False)
    return assembled(module, ModelChoice("net"), "Net", odd("plain").preprocessing())


def _constant(norm: str) -> Network:
    """The mean of a normalised map is the same for every picture, so nothing comes back through it."""
    torch.manual_seed(2)
    return _network(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), NORMS[norm]())


def _normalised(norm: str) -> Network:
    torch.manual_seed(2)
    second = nn.Conv2d(8, 8, 3, padding=1)
    return _network(nn.Conv2d(3, 8, 3, padding=1), NORMS[norm](), nn.ReLU(), second, nn.ReLU())


def _last(
    network: Network, name: str, layer: str | None = None, target: Target | None = None, light: float = 1
) -> Progress:
    node = network.node(layer) if layer is not None else None
    context = Question(network, light * odd("plain").example(), node, None, target or ClassTarget(index=1))
    *_, last = configured(method(name), {}, 32).run(context)
    return last


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("name", TO_PICTURE)
def test_that_what_cancels_is_nothing_and_is_said(name: str, norm: str) -> None:
    network = _constant(norm)
    for light in (1.0, 0.3):  # the second picture knows no more than the first
        last = _last(network, name, light=light)
        assert not last.arrays["result"].any()
        assert "positive evidence" in last.note


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("name", ["grad-cam", "guided-grad-cam"])
def test_that_a_class_map_in_front_of_a_normalisation_is_nothing(name: str, norm: str) -> None:
    last = _last(_normalised(norm), name, "0")
    assert not last.arrays["result"].any()
    assert "No positive evidence" in last.note


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("name", [*TO_PICTURE, "grad-cam", "layer-cam", "grad-cam++"])
def test_that_what_does_not_cancel_stays_to_the_bit(name: str, norm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = _last(_normalised(norm), name)
    assert ours.arrays["result"].any()
    assert not ours.note
    monkeypatch.setattr("analysis.question.rounding.in_double", lambda context: None)
    assert np.array_equal(_last(_normalised(norm), name).arrays["result"], ours.arrays["result"])


def _sure() -> Network:
    """One class has all the probability but 1e-9 or so."""
    torch.manual_seed(2)
    network = _network(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())
    head = network.module[4]
    assert isinstance(head, nn.Linear)
    head.bias.copy_(torch.tensor([25.0, 0.0, 0.0, 0.0, 0.0]))
    return network


def _in_double(network: Network, target: ClassTarget) -> Tensor:
    leaf = odd("plain").example().double().requires_grad_()
    answer = network.module.double()(leaf).softmax(1)[0, target.index]
    return torch.autograd.grad(answer, leaf)[0][0].float()


@pytest.mark.parametrize("index", [0, 1])
def test_that_the_gradient_of_a_saturated_probability_is_real(index: int) -> None:
    target = ClassTarget("probability", index)
    ours = torch.from_numpy(_last(_sure(), "gradient", target=target).arrays["result"])
    expected = _in_double(_sure(), target)
    assert 0 < float(expected.abs().max()) < 1e-8
    torch.testing.assert_close(ours, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))


def test_that_a_copy_that_cannot_be_made_leaves_what_was_found() -> None:
    network = _normalised("by hand")

    class Stubborn(nn.Sequential):
        def __deepcopy__(self, memo: object) -> "Stubborn":
            raise RuntimeError("there is one of me")

    network.module.__class__ = Stubborn
    assert _last(network, "gradient").arrays["result"].any()


def test_that_a_unit_whose_mean_is_fixed_has_nothing() -> None:
    network = _constant("group norm")
    context = Question(network, odd("plain").example(), network.node("3"), 2, UnitTarget("mean"))
    *_, last = configured(method("guided"), {}, 32).run(context)
    assert not last.arrays["result"].any()


def test_that_backward_mode_says_so_as_well() -> None:
    """The live view works in inference mode, where nothing can be derived by what is made there."""
    network = _constant("instance norm")
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
    backward = Backward("guided", "4", 2)  # ½·mean², of a mean that is always the same
    request = LiveRequest(1, 1, Frame(pixels, 1, "camera", 0.0, True), "0", None, MapsLook(), backward=backward)
    live = LiveView(network).answer(request, 1)
    assert live.derivative is not None
    assert not live.derivative.any()
    assert any("positive evidence" in note for note in live.notes)


@pytest.mark.parametrize("name", ["gradient", "deconvolution", "guided", "smoothgrad"])
def test_that_a_picture_of_zeros_has_the_derivative_that_autograd_finds(name: str) -> None:
    """What is zero now, of a picture or of a layer, is moved by nothing as it is, and could be all the same."""
    torch.manual_seed(2)
    network = _network(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())
    assert bool(np.asarray(_last(network, name, light=0).arrays["result"]).any())


def test_that_the_slope_at_a_silent_layer_counts() -> None:
    """A unit that is silent at its place is still weighted by what the layer before it does there."""
    torch.manual_seed(2)
    module = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.AvgPool2d(3, padding=1))
    network = assembled(module.eval().requires_grad_(False), ModelChoice("net"), "Net", odd("plain").preprocessing())
    picture = odd("plain").example().clone()
    with torch.no_grad():
        answer = network.module(picture)
        module[0].bias[1] -= module[0](picture)[0, 1, :4, :4].max() + 1  # closed at the first place, open elsewhere
        module[0].weight[1] *= 3
        answer = network.module(picture)
    assert float(answer[0, 1, 0, 0]) == 0
    context = Question(network, picture, network.node("2"), 1, UnitTarget((0, 0)))
    from analysis.question.class_maps import maps_and_slopes

    _layer, maps, slopes = maps_and_slopes(context)
    if not bool(maps[1].any()):
        pytest.skip("the whole unit is silent")
    assert bool(slopes[1].any())
