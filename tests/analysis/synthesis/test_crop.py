"""Of a picture that is made for one unit only what it sees is computed, and nothing comes out otherwise."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from analysis.protocol.target import UnitTarget
from analysis.quick.both_ways import BothWays
from analysis.synthesis.crop import Box, moved, sight_of, whole
from analysis.synthesis.scene import scene
from tests.analysis.synthesis.asking import Own, chain, network, question, residual, steps_of
from tests.tricks import uses

SIZE = (24, 32)


@uses("crops")
@pytest.mark.parametrize(
    ("make", "layer"), [(chain, "features.3"), (chain, "features.0"), (residual, "features.1.conv2")]
)
@pytest.mark.parametrize("place", ["center", (0, 0), (0, 3), (5, 9)])
def test_that_a_crop_answers_as_the_whole_does(make: Callable[[], nn.Module], layer: str, place: object) -> None:
    asked = question(network(make), UnitTarget(place), layer, 2)  # type: ignore[arg-type]
    sight = sight_of(asked, SIZE)
    assert sight.box != whole(SIZE), "nothing is cut off"
    stage = scene(asked)
    for seed in range(3):
        pictures = torch.randn(1, 3, *stage.window.size, generator=torch.Generator().manual_seed(seed))
        slopes, values = [], []
        for objective, box in ((stage.objective, sight.box), (stage.plainly, whole(SIZE))):
            with torch.enable_grad():
                leaf = pictures.clone().requires_grad_()
                value, slope, _ = objective.slope_of(moved(leaf, stage.window, box), leaf)
            values.append(value)
            slopes.append(slope)
        assert torch.allclose(values[0], values[1], atol=1e-5)
        assert torch.allclose(slopes[0], slopes[1], atol=1e-5)


@uses("crops")
def test_that_a_chain_of_layers_is_asked_without_padding() -> None:
    asked = question(network(chain), UnitTarget("center"), "features.3", 2)
    sight = sight_of(asked, SIZE)
    assert sight.place == (0, 0)
    assert sight.network is not asked.network
    assert sight.box.size == asked.network.node("features.3").receptive_field.size  # type: ignore[union-attr]


def test_that_turning_the_crop_off_changes_rounding_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = question(network(chain), UnitTarget("center"), "features.3", 2)
    quick = steps_of("edge-energy", asked, steps=5)[-1].arrays
    monkeypatch.setenv("UNDERHOOD_PLAIN", "crops")
    plain = steps_of("edge-energy", asked, steps=5)[-1].arrays
    assert quick["result"].shape == plain["result"].shape
    assert np.allclose(quick["objective"], plain["objective"], rtol=1e-4, atol=1e-6)
    assert np.allclose(quick["activation"], plain["activation"], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("target", [UnitTarget("mean"), UnitTarget("max"), UnitTarget("map")])
def test_that_a_whole_map_is_asked_of_the_whole_picture(target: UnitTarget) -> None:
    asked = question(network(chain), target, "features.3", 2)
    assert sight_of(asked, SIZE).box == whole(SIZE)
    assert scene(asked).window == whole(SIZE)


def test_that_code_of_ones_own_is_asked_as_it_is() -> None:
    asked = question(network(Own), UnitTarget("center"), "features.3", 2)
    assert sight_of(asked, SIZE).box == whole(SIZE)


def test_that_a_unit_at_the_border_sees_what_of_its_field_is_there() -> None:
    asked = question(network(chain), UnitTarget((0, 0)), "features.3", 2)
    stage = scene(asked)
    assert (stage.window.top, stage.window.left) == (0, 0)
    field = asked.network.node("features.3").receptive_field
    assert field is not None
    assert stage.window == Box(*field.box(0, 0)).within(SIZE)


@uses("both-ways")
@pytest.mark.parametrize("target", [UnitTarget("center"), UnitTarget("mean")])
def test_that_quick_convolutions_change_rounding_only(target: UnitTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = question(network(chain), target, "features.3", 2)
    assert any(isinstance(part, BothWays) for part in scene(asked).sight.network.module.modules())
    quick = steps_of("edge-energy", asked, steps=5)[-1].arrays
    monkeypatch.setenv("UNDERHOOD_PLAIN", "both-ways")
    plain = steps_of("edge-energy", asked, steps=5)[-1].arrays
    assert np.allclose(quick["result"], plain["result"], atol=1e-3)
    assert np.allclose(quick["objective"], plain["objective"], rtol=1e-4, atol=1e-6)
