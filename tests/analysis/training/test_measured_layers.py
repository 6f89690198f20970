"""What is measured of a step: against plain hooks of torch, and steps written out by hand in double precision."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.opening.loading import finished
from analysis.shipped.designed import Design, build
from analysis.training.lesson import Lesson, lesson
from analysis.training.measured_layers import BINS
from analysis.training.monitored import Monitored, Plan
from analysis.training.seen import HIGHEST, LOWEST


def lesson_of(design: Design, count: int) -> Lesson:
    return finished(lesson("digits", "", count, design.preprocessing, 0), lambda step: None)


def inputs(given: Lesson) -> Tensor:
    """All of them: with a batch as large as the lesson their order does not matter."""
    return (given.examples.inputs.double() / 255 - 0.1307) / 0.3081


def twin_of(network: nn.Module, design: Design) -> Any:
    twin = build(design)
    twin.load_state_dict(network.state_dict())
    return twin.double().train().requires_grad_(True)


@pytest.mark.parametrize("decay", [0.0, 0.05])
@pytest.mark.parametrize("optimiser", ["sgd", "momentum", "adam"])
def test_that_ratios_are_those_of_steps_by_hand(optimiser: str, decay: float) -> None:
    design, rate = Design("dense", depth=1, width=7, side=20), 0.02
    given, network = lesson_of(design, 30), build(design)
    twin = twin_of(network, design)
    training = Monitored(network, design.preprocessing, given, Plan(optimiser, rate, decay, 0, 30, 3, 1), 0)
    first = {one: torch.zeros_like(one) for one in twin.parameters()}
    second = {one: torch.zeros_like(one) for one in twin.parameters()}
    moved: list[list[float]] = [[], []]
    for step in range(1, 4):
        training.step()
        loss = nn.functional.cross_entropy(twin(inputs(given)), given.examples.targets)
        slopes = dict(zip(twin.parameters(), torch.autograd.grad(loss, list(twin.parameters())), strict=True))
        before = [twin.fc1.weight.detach().clone(), twin.out.weight.detach().clone()]
        with torch.no_grad():
            for one, slope in slopes.items():
                steep = slope + decay * one if one.ndim > 1 else slope  # biases do not decay
                if optimiser == "adam":
                    first[one] = 0.9 * first[one] + 0.1 * steep
                    second[one] = 0.999 * second[one] + 0.001 * steep**2
                    root = (second[one] / (1 - 0.999**step)).sqrt() + 1e-8
                    one -= rate * first[one] / (1 - 0.9**step) / root
                else:
                    first[one] = (0.9 if optimiser == "momentum" else 0.0) * first[one] + steep
                    one -= rate * first[one]
        for row, (was, one) in enumerate(zip(before, (twin.fc1.weight, twin.out.weight), strict=True)):
            moved[row].append(float((one.detach() - was).norm() / was.norm()))
    np.testing.assert_allclose(training.learning.numbers["ratios"], moved, rtol=2e-3)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_that_ridges_hold_what_plain_hooks_see(activation: str) -> None:
    design = Design("lenet", depth=1, width=11, activation=activation)
    given, network = lesson_of(design, 24), build(design)
    with torch.no_grad():
        network.get_submodule("conv1").weight.mul_(6)  # so that something lies at the ends
        network.get_submodule("fc1").bias.sub_(1.0)  # and something is dead
    twin = twin_of(network, design).float()
    training = Monitored(network, design.preprocessing, given, Plan("sgd", 0.01, batch=24, iterations=1, measure=1), 0)
    training.step()
    seen: dict[str, Tensor] = {}
    for name in ("act1", "act2", "act_fc1", "out"):
        twin.get_submodule(name).register_forward_hook(lambda _m, _i, y, name=name: seen.update({name: y.detach()}))
    nn.functional.cross_entropy(twin(inputs(given).float()), given.examples.targets).backward()
    numbers = training.learning.numbers
    assert numbers["layers"].tolist() == ["conv1", "conv2", "fc1", "out"]
    for row, (layer, behind) in enumerate(zip(numbers["layers"], seen, strict=True)):
        values, slope = seen[behind].flatten(), twin.get_submodule(layer).weight.grad.flatten()
        low, high = values.min().item(), values.max().item()
        np.testing.assert_allclose(numbers["activation_ranges"][row, 0], [low, high], rtol=1e-4, atol=1e-5)
        places = np.linspace(*numbers["activation_ranges"][row, 0], BINS + 1)
        counts = np.histogram(values.clamp(places[0], places[-1]).numpy(), places)[0]
        assert np.abs(numbers["activations"][row, 0] - counts).sum() <= 0.002 * len(values)  # by rounding at an edge
        powers = slope[slope != 0].abs().log10().clamp(LOWEST, HIGHEST).numpy()
        counts = np.histogram(powers, BINS, (LOWEST, HIGHEST))[0]
        assert np.abs(numbers["gradients"][row, 0] - counts).sum() <= max(4, 0.002 * len(slope))
        assert numbers["gradient"][row, 0] == pytest.approx(slope.square().mean().sqrt().item(), rel=1e-3)
        assert numbers["zeros"][row, 0] == pytest.approx((values == 0).float().mean().item(), abs=1e-3)
    over = {name: value.movedim(1, 0).flatten(1) for name, value in seen.items()}
    if activation == "relu":
        dead = [(over[name].amax(1) <= 0).float().mean().item() for name in ("act1", "act2", "act_fc1")]
        assert numbers["dead"][:3, 0] == pytest.approx(dead, abs=1e-6)
        assert dead[2] > 0
    else:
        low, high = {"tanh": (-0.97, 0.97), "sigmoid": (0.03, 0.97)}[activation]
        ends = [((seen[name] < low) | (seen[name] > high)).float().mean().item() for name in ("act1", "act2")]
        assert numbers["saturated"][:2, 0] == pytest.approx(ends, abs=1e-3)
        assert ends[0] > 0
