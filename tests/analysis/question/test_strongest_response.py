"""`unit:max` without a unit asks about the strongest response of the whole layer."""

import pytest
import torch
from torch import nn

from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.target import parse
from analysis.question.derivative import derivative
from analysis.question.question import Question
from analysis.question.scalar import values

SMALL = Preprocessing(12, 12, 12, "stretch", 3, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4))
    return assembled(module, ModelChoice("small"), "Small", SMALL)


def context(network: Network, unit: int | None, target: str) -> Question:
    picture = torch.randn(1, 3, 12, 12, generator=torch.Generator().manual_seed(1))
    return Question(network, picture, network.node("0"), unit, parse(target))


def test_that_it_is_the_maximum_over_all_units(network: Network) -> None:
    units = [
        float(values(context(network, unit, "unit:max"), context(network, unit, "class").input)) for unit in range(6)
    ]
    strongest = context(network, None, "unit:max")
    assert float(values(strongest, strongest.input)) == max(units)
    best = context(network, units.index(max(units)), "unit:max")
    assert torch.equal(derivative(strongest, strongest.input), derivative(best, best.input))


@pytest.mark.parametrize("target", ["unit:mean", "unit:center", "unit:0,0", "unit:map"])
def test_that_anything_else_needs_a_unit(network: Network, target: str) -> None:
    asked = context(network, None, target)
    with pytest.raises(Problem, match="No unit of 0 was chosen"):
        values(asked, asked.input)
