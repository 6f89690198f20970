"""Convolutions that are quick there and back give the numbers of plain ones."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from analysis.network.network import Network
from analysis.opening.assembly import assembled
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from analysis.quick.both_ways import BothWays, both_ways
from analysis.quick.layout import laid_out
from analysis.quick.packed_convolutions import convolved
from tests.tricks import uses

CONVOLUTIONS = {  # of chance, by a seed
    "small": nn.Conv2d(5, 7, 3, padding=1),
    "no padding": nn.Conv2d(5, 7, (3, 2), bias=False),
    "in steps": nn.Conv2d(6, 8, 5, stride=(2, 3), padding=2),
    "with holes": nn.Conv2d(4, 6, 3, padding=2, dilation=2),
    "in groups": nn.Conv2d(6, 9, 3, padding=1, groups=3),
    "each channel by itself": nn.Conv2d(8, 8, 3, padding=1, groups=8),
    "of one pixel": nn.Conv2d(6, 4, 1),
    "padded beyond itself": nn.Conv2d(3, 4, 2, padding=3),
    "by tiles": nn.Conv2d(128, 130, 3, padding=1),
    "by tiles, no padding": nn.Conv2d(130, 128, 3, bias=False),
}


def _network(module: nn.Module, channels: int = 3, side: int = 32) -> Network:
    about = Preprocessing(height=side, width=side, channels=channels, mean=(0.0,) * channels, std=(1.0,) * channels)
    return laid_out(assembled(module.eval().requires_grad_(False), ModelChoice("own"), "own", about))


def _there_and_back(module: nn.Module, picture: Tensor, slope: Tensor | None = None) -> tuple[Tensor, Tensor]:
    leaf = picture.clone().requires_grad_()
    made = module(leaf)
    slope = torch.randn(made.shape, generator=torch.Generator().manual_seed(5)) if slope is None else slope
    (back,) = torch.autograd.grad(made, leaf, slope)
    return made.detach(), back


@uses("both-ways")
@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize("count", [1, 3])
def test_that_each_convolution_is_what_it_was_there_and_back(name: str, count: int) -> None:
    network = _network(nn.Sequential(CONVOLUTIONS[name]), CONVOLUTIONS[name].in_channels, 44)
    quick = both_ways(network)
    assert any(isinstance(part, BothWays) for part in quick.module.modules())
    for height, width in ((44, 44), (41, 46), (44, 44), (9, 7)):
        generator = torch.Generator().manual_seed(height)
        picture = torch.randn(count, CONVOLUTIONS[name].in_channels, height, width, generator=generator)
        found, expected = _there_and_back(quick.module, picture), _there_and_back(network.module, picture)
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=2e-5 * float(other.abs().max()))


@uses("both-ways")
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_that_what_is_asked_to_the_bit_is_the_same_to_the_bit(name: str) -> None:
    """There and back, of maps of several sizes one after the other."""
    network = _network(nn.Sequential(CONVOLUTIONS[name]), CONVOLUTIONS[name].in_channels, 44)
    quick = both_ways(network, to_the_bit=True)
    for height, width in ((44, 44), (41, 46), (44, 44), (9, 7)):
        generator = torch.Generator().manual_seed(height)
        picture = torch.randn(1, CONVOLUTIONS[name].in_channels, height, width, generator=generator)
        found, expected = _there_and_back(quick.module, picture), _there_and_back(network.module, picture)
        assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


@uses("both-ways")
def test_that_a_layer_whose_numbers_differ_by_a_bit_stays_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(x: Tensor, *rest: Any) -> Tensor:
        found = convolved(x, *rest)
        return torch.nextafter(found, found + 1)

    network = _network(nn.Sequential(nn.Conv2d(5, 7, 3, padding=1)), 5, 20)
    picture = torch.randn(1, 5, 20, 20, generator=torch.Generator().manual_seed(4))
    expected = _there_and_back(network.module, picture)
    monkeypatch.setattr("analysis.quick.both_ways.convolved", other)
    quick = both_ways(network, to_the_bit=True)
    for _ in range(2):  # already the first time
        found = _there_and_back(quick.module, picture)
        assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


@uses("both-ways")
def test_that_what_comes_behind_may_write_into_what_a_convolution_made() -> None:
    layers = nn.Sequential(nn.Conv2d(3, 128, 3), nn.ReLU(inplace=True), nn.Conv2d(128, 128, 3), nn.ReLU(inplace=True))
    network = _network(layers, side=45)
    picture = torch.randn(1, 3, 45, 45, generator=torch.Generator().manual_seed(1))
    found, expected = (_there_and_back(one.module, picture) for one in (both_ways(network), network))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)


@uses("both-ways")
def test_that_weights_that_are_written_to_count_at_once() -> None:
    network = _network(nn.Sequential(nn.Conv2d(128, 128, 3, padding=1)), 128, 32)
    quick = both_ways(network)
    picture = torch.randn(1, 128, 32, 32, generator=torch.Generator().manual_seed(2))
    before = _there_and_back(quick.module, picture)
    with torch.no_grad():
        network.module.get_submodule("0").get_parameter("weight").mul_(2)
        network.module.get_submodule("0").get_parameter("bias").mul_(2)
    after = _there_and_back(quick.module, picture)
    torch.testing.assert_close(after, (2 * before[0], 2 * before[1]), rtol=1e-4, atol=1e-4)


@uses("both-ways")
def test_that_only_known_code_in_a_copy_is_quick() -> None:
    class Own(nn.Sequential):
        pass

    network = _network(nn.Sequential(nn.Conv2d(3, 4, 3)))
    quick = both_ways(network)
    assert quick is not network
    assert type(network.module.get_submodule("0")) is nn.Conv2d
    own = _network(Own(nn.Conv2d(3, 4, 3)))
    assert both_ways(own) is own


def test_that_it_is_turned_off_by_its_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERHOOD_PLAIN", "both-ways")
    network = _network(nn.Sequential(nn.Conv2d(3, 4, 3)))
    assert both_ways(network) is network
