"""A straight run of layers gives the numbers of the network, there and back, to the bit."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models.squeezenet import Fire

from analysis.network.network import Network
from analysis.network.unlike import unlike
from analysis.protocol.problems import Problem
from analysis.protocol.target import UnitTarget, Where
from analysis.question.question import Question
from analysis.quick.both_ways import both_ways
from analysis.quick.layout import laid_out
from analysis.quick.straight import straight_to
from analysis.quick.switch import VARIABLE
from analysis.synthesis.objective import Objective, Slope
from analysis.synthesis.scene import Scene, scene
from tests.analysis.synthesis.asking import chain, network, question, residual, steps_of
from tests.tricks import uses

RUNS: dict[str, tuple[Callable[[], list[nn.Module]], str]] = {
    "in strides, without bias": (
        lambda: [nn.Conv2d(3, 8, 5, stride=(2, 3), padding=2, bias=False), nn.ReLU(inplace=True), nn.Conv2d(8, 6, 3)],
        "2",
    ),
    "with holes, in groups, of one pixel": (
        lambda: [
            nn.Conv2d(3, 8, 3, padding=2, dilation=2),
            nn.ReLU(),
            nn.Conv2d(8, 12, 3, padding=1, groups=4),
            nn.ReLU(inplace=True),
            nn.Conv2d(12, 6, 1),
            nn.ReLU(inplace=True),
        ],
        "5",
    ),
    "pools of all kinds": (
        lambda: [
            nn.ReLU(inplace=True),
            nn.Conv2d(3, 8, 3, padding=1),
            nn.MaxPool2d(3, 2, padding=1, ceil_mode=True),
            nn.ReLU(inplace=True),
            nn.Conv2d(8, 6, (3, 2)),
            nn.AvgPool2d((2, 3), stride=2, padding=1, count_include_pad=False, ceil_mode=True),
            nn.Identity(),
            nn.Conv2d(6, 6, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.ReLU(),
            nn.Dropout(),
            nn.MaxPool2d((2, 1), dilation=2),
        ],
        "11",
    ),
    "a convolution that is written over": (lambda: [nn.Conv2d(3, 6, 3), nn.ReLU(inplace=True)], "0"),
    "a pool at the end": (lambda: [nn.Conv2d(3, 6, 3), nn.AvgPool2d(2)], "1"),
    "parts in parts": (
        lambda: [nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), nn.Sequential(nn.Conv2d(8, 6, 3), nn.ReLU())],
        "1",
    ),
    "by tiles": (
        lambda: [nn.Conv2d(3, 128, 1), nn.ReLU(), nn.Conv2d(128, 128, 3), nn.ReLU(), nn.Conv2d(128, 6, 3)],
        "4",
    ),
}
ASKED: list[tuple[Where, int]] = [("center", 1), ("center", 3), ((1, 0), 1), ("mean", 3), ("max", 1), ("map", 3)]


def _asked(parts: Callable[[], list[nn.Module]], layer: str, target: UnitTarget, unit: int = 2) -> Question:
    """Of a network that ends in classes."""
    tail = lambda: [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4)]  # noqa: E731
    return question(laid_out(network(lambda: nn.Sequential(*parts(), *tail()))), target, layer, unit)


def _slope(objective: Objective, pictures: Tensor) -> Slope:
    with torch.enable_grad():
        leaf = pictures.clone().requires_grad_()
        return objective.slope_of(leaf, leaf)


def _settled(objective: Objective, pictures: Tensor) -> bool:
    """Asked until it is known; whether it then goes straight."""
    for _ in range(3):
        _slope(objective, pictures)
    return objective._straight(pictures) is not None


def _pictures(stage: Scene, count: int) -> list[Tensor]:
    """As many at once, of each kind: noise, dark, bright, strong."""
    kinds = list(unlike(torch.zeros(1, 3, *stage.canvas)).values())
    return [torch.cat([kinds[(first + at) % len(kinds)] for at in range(count)]) for first in range(len(kinds))]


@uses("both-ways", "straight")
@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize(("where", "units"), ASKED)
def test_that_each_bit_is_the_network_s_own(
    name: str, where: Where, units: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = scene(_asked(*RUNS[name], UnitTarget(where)), size=24, units=units)
    objective = stage._objective(lambda asked: replace(asked, network=both_ways(asked.network)), 0.0)
    given = _pictures(stage, units)
    assert _settled(objective, given[0])
    quick = [_slope(objective, pictures) for pictures in given]
    monkeypatch.setenv(VARIABLE, "straight")
    assert objective._straight(given[0]) is None
    for pictures, found in zip(given, quick, strict=True):
        for one, other in zip(found, _slope(objective, pictures), strict=True):
            assert torch.equal(one, other)
        plain = _slope(stage.plainly, pictures)
        torch.testing.assert_close(found.values, plain.values, rtol=1e-4, atol=1e-4)


@uses("both-ways", "straight")
def test_that_all_of_a_layer_is_climbed_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = scene(_asked(*RUNS["parts in parts"], UnitTarget("map")), size=24, whole_layer=True)
    pictures = _pictures(stage, 1)[0]
    assert _settled(stage.objective, pictures)
    quick = _slope(stage.objective, pictures)
    monkeypatch.setenv(VARIABLE, "straight")
    assert all(torch.equal(*both) for both in zip(quick, _slope(stage.objective, pictures), strict=True))


@uses("both-ways", "straight")
@pytest.mark.parametrize("units", [1, 3])
def test_that_a_run_of_steps_is_the_same_to_the_bit(units: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the crop, whose silent units are woken, over and over: what was found is kept, or found anew."""
    asked = question(laid_out(network(chain)), UnitTarget("center"), "features.4", 2)
    runs = [steps_of("edge-energy", asked, steps=8, units=units)[-1].arrays for _ in range(2)]
    monkeypatch.setenv(VARIABLE, "straight")
    runs.append(steps_of("edge-energy", asked, steps=8, units=units)[-1].arrays)
    for name in ("result", "objective", "activation"):
        assert all(np.array_equal(one[name], runs[0][name]) for one in runs)


def _fire() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 6, 3), Fire(6, 3, 3, 3), nn.Conv2d(6, 6, 3))


@uses("both-ways", "straight")
@pytest.mark.parametrize(
    ("make", "layer", "straight"),
    [(residual, "features.0", True), (residual, "features.1", False), (_fire, "0", True), (_fire, "2", False)],
)
def test_that_only_what_has_no_branches_is_straight(make: Callable[[], nn.Module], layer: str, straight: bool) -> None:
    stage = scene(question(laid_out(network(make)), UnitTarget("mean"), layer, 2), size=24)
    assert _settled(stage.objective, _pictures(stage, 1)[0]) == straight


def _stage(layer: str = "2") -> tuple[Network, Scene, Tensor]:
    network = _asked(*RUNS["in strides, without bias"], UnitTarget("mean")).network
    stage = scene(question(network, UnitTarget("mean"), layer, 2))
    return network, stage, _pictures(stage, 1)[0]


@uses("both-ways", "straight")
def test_that_weights_that_are_written_to_count_at_once() -> None:
    own, stage, pictures = _stage()
    assert _settled(stage.objective, pictures)
    before = _slope(stage.objective, pictures)
    with torch.no_grad():
        for part in ("0", "2"):
            for one in own.module.get_submodule(part).parameters():
                one.mul_(2)
    for _ in range(4):
        after = _slope(stage.objective, pictures)
        torch.testing.assert_close(after.slope, 4 * before.slope, rtol=1e-4, atol=1e-6)


@uses("both-ways", "straight")
def test_that_who_listens_to_a_layer_on_the_way_hears_it() -> None:
    _, stage, pictures = _stage()
    assert _settled(stage.objective, pictures)
    heard: list[object] = []
    handle = stage.sight.network.module.get_submodule("1").register_forward_hook(lambda *_: heard.append(1))
    for _ in range(4):
        _slope(stage.objective, pictures)
    handle.remove()
    assert len(heard) == 4


def test_that_double_precision_goes_as_ever() -> None:
    own = network(chain)
    own.module.double()
    asked = question(own, UnitTarget("mean"), "features.3", 2)
    stage = scene(replace(asked, input=asked.input.double()))
    pictures = _pictures(stage, 1)[0].double()
    assert not _settled(stage.objective, pictures)
    assert _slope(stage.objective, pictures).slope.dtype == torch.float64


@uses("both-ways", "straight")
def test_that_an_overflow_on_the_way_is_told() -> None:
    """∞ − ∞ is NaN, which a ReLU that comes with its convolution would make a plain 0 of."""

    def parts() -> list[nn.Module]:
        layers = [nn.Conv2d(3, 2, 1), nn.ReLU(), nn.Conv2d(2, 6, 1), nn.ReLU(), nn.Conv2d(6, 6, 1)]
        for layer in (layers[0], layers[2]):
            nn.init.constant_(layer.weight, 2.0)  # type: ignore[arg-type]
        nn.init.constant_(layers[2].weight[:, 1], -2.0)  # type: ignore[index, arg-type]
        return layers

    stage = scene(_asked(parts, "4", UnitTarget("mean")))
    pictures = torch.ones(1, 3, *stage.canvas)
    assert _settled(stage.objective, pictures)
    with pytest.raises(Problem, match="NaN"):
        _slope(stage.objective, 3e38 * pictures)


def test_that_it_is_turned_off_by_its_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "straight")
    _, stage, pictures = _stage()
    assert all(straight_to(stage.sight.network, "2", pictures) is None for _ in range(4))
