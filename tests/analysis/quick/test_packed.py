"""Packed convolutions give the plain ones' numbers and leave the module as it was."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import nn

from analysis.quick.packed_convolutions import PackedConvolutions
from analysis.quick.winograd import Tiles, transformed
from tests.analysis.zoo import runnable
from tests.tricks import uses


@pytest.mark.parametrize("odd", runnable(), ids=lambda odd: odd.name)
def test_that_packed_networks_answer_as_before(odd: object) -> None:
    module, example = odd.module(), odd.example()  # type: ignore[attr-defined]
    with torch.inference_mode():
        expected = module(example)
        with PackedConvolutions(module).used():
            answer = module(example)
            again = module(example)
    torch.testing.assert_close(answer, expected, rtol=1e-4, atol=1e-5, equal_nan=True)
    torch.testing.assert_close(again, answer, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("kernel", [1, 3])
def test_that_maps_lie_in_memory_as_the_plain_ones(order: torch.memory_format, kernel: int) -> None:
    module = nn.Sequential(nn.Conv2d(3, 6, kernel), nn.Conv2d(6, 8, 3)).to(memory_format=order)
    x = torch.randn(1, 3, 12, 12)
    with torch.inference_mode():
        expected = module(x)
        with PackedConvolutions(module).used():
            assert module(x).stride() == expected.stride()


@pytest.mark.parametrize("odd", runnable(), ids=lambda odd: odd.name)
def test_that_networks_with_chains_answer_as_before(odd: object) -> None:
    module, example = odd.module(), odd.example()  # type: ignore[attr-defined]
    with torch.inference_mode():
        expected = module(example)
        packed = PackedConvolutions(module)
        packed.seek_chains(example)
        with packed.used(seen=()):
            answer = module(example)
    torch.testing.assert_close(answer, expected, rtol=1e-3, atol=1e-4, equal_nan=True)


@uses("packing", "chains")
def test_that_a_fold_takes_over_the_normalisation_unless_its_convolution_is_seen() -> None:
    net = normalising()
    x = torch.randn(1, 3, 12, 12)
    with torch.inference_mode():
        before, after, answer = net[0](x), net[1](net[0](x)), net(x)
        packed = PackedConvolutions(net)
        packed.seek_chains(x)
        with packed.used(seen=("1",)):
            torch.testing.assert_close(net[0](x), after, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(net[1](net[0](x)), after, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(net(x), answer, rtol=1e-4, atol=1e-5)
        for seen in (("0",), None):
            with packed.used(seen=seen):
                torch.testing.assert_close(net[0](x), before, rtol=1e-4, atol=1e-5)
                torch.testing.assert_close(net(x), answer, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(net[0](x), before, rtol=0, atol=0)


@contextmanager
def chained_as_before(net: nn.Module, seen: tuple[str, ...] = ()) -> Iterator[None]:
    """The block runs while the net's chains are in use; that it then answers as without them is checked first."""
    x = torch.randn(1, 3, 12, 12)
    with torch.inference_mode():
        expected = net(x)
        packed = PackedConvolutions(net)
        packed.seek_chains(x)
        with packed.used(seen=seen):
            torch.testing.assert_close(net(x), expected, rtol=1e-4, atol=1e-5)
            yield


class Branching(nn.Module):
    """What comes before the normalisation is used as well."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = normalising()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raw = self.inner[0](x)
        normal: torch.Tensor = self.inner[1](raw)
        return normal + raw


def test_that_nothing_is_folded_where_something_else_wants_the_raw_output() -> None:
    with chained_as_before(Branching().eval()):
        pass


def test_that_a_block_that_ends_in_the_convolution_is_shown_without_the_normalisation() -> None:
    inner = normalising()
    net = nn.Sequential(nn.Sequential(inner[0]), inner[1]).eval()
    x = torch.randn(1, 3, 12, 12)
    with torch.inference_mode():
        before = net[0](x)
        packed = PackedConvolutions(net)
        packed.seek_chains(x)
        with packed.used(seen=("0",)):
            torch.testing.assert_close(net[0](x), before, rtol=1e-4, atol=1e-5)


def test_that_a_normalisation_that_still_learns_is_not_folded() -> None:
    net = normalising()
    net[1].train()
    x = torch.randn(1, 3, 12, 12)
    with torch.inference_mode():
        packed = PackedConvolutions(net)
        packed.seek_chains(x)
        expected = net(x)
        with packed.used(seen=()):
            torch.testing.assert_close(net(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("activation", [nn.ReLU(), nn.ReLU(inplace=True), nn.ReLU6(), nn.Hardswish(), nn.SiLU()])
def test_that_every_part_of_a_chain_is_itself_when_it_is_seen(activation: nn.Module) -> None:
    net = nn.Sequential(*normalising(), activation, nn.Conv2d(6, 2, 1)).eval()
    x = torch.randn(1, 3, 12, 12)
    with torch.inference_mode():
        packed = PackedConvolutions(net)
        packed.seek_chains(x)
        for seen in ("0", "1", "2", "3"):
            expected = outputs(net, x)
            with packed.used(seen=(seen,)):
                given = outputs(net, x)
            torch.testing.assert_close(given[seen], expected[seen], rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(given["3"], expected["3"], rtol=1e-4, atol=1e-5)


@uses("packing", "chains")
def test_that_a_fold_cuts_off_what_is_above_six_as_its_activation_does() -> None:
    net = nn.Sequential(*normalising(), nn.ReLU6(), nn.Conv2d(6, 2, 1)).eval()
    x = 30 * torch.randn(1, 3, 12, 12)
    with torch.inference_mode():
        expected = outputs(net, x)
        packed = PackedConvolutions(net)
        packed.seek_chains(x)
        with packed.used(seen=("2",)):
            assert "forward" in net[2].__dict__
            given = outputs(net, x)
    assert (expected["2"] == 6).any()
    torch.testing.assert_close(given["2"], expected["2"], rtol=1e-4, atol=1e-5)


@uses("packing", "chains")
def test_that_an_activation_that_is_used_again_is_left_alone() -> None:
    relu = nn.ReLU()
    net = nn.Sequential(*normalising(), relu, nn.Conv2d(6, 2, 1), relu).eval()
    with chained_as_before(net, seen=("2",)):
        assert "forward" in net[1].__dict__
        assert "forward" not in relu.__dict__


class Adding(nn.Module):
    """Between the normalisation and the activation something is added in place, as in torchvision's blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = normalising()
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        change = self.inner(x)
        change -= 3
        result: torch.Tensor = self.relu(change)
        return result


@uses("packing", "chains")
def test_that_what_is_done_between_the_layers_is_not_passed_over() -> None:
    net = Adding().eval()
    with chained_as_before(net):
        assert "forward" in net.inner[1].__dict__  # the normalisation is taken over all the same
        assert "forward" not in net.relu.__dict__


def outputs(net: nn.Sequential, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """What every layer gives out, before the next one may change it."""
    found: dict[str, torch.Tensor] = {}
    handles = [
        layer.register_forward_hook(lambda _layer, _given, output, name=name: found.update({name: output.clone()}))
        for name, layer in net.named_children()
    ]
    net(x)
    for handle in handles:
        handle.remove()
    return found


def normalising() -> nn.Sequential:
    """A convolution and a normalisation that has seen something."""
    torch.manual_seed(3)
    net = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6))
    for values in (net[1].running_mean, net[1].running_var, net[1].weight, net[1].bias):
        values.data.uniform_(0.5, 2)  # type: ignore[union-attr]
    return net.eval()


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 8, 3, stride=2, padding=(0, 2), dilation=(1, 2)),
        nn.Conv2d(6, 12, (1, 5), groups=3, bias=False),
        nn.Conv2d(8, 8, 3, padding=1, groups=8),
        nn.Conv2d(4, 4, 3, padding="same"),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"),
    ],
)
def test_that_every_geometry_is_the_plain_convolution(layer: nn.Conv2d) -> None:
    net = nn.Sequential(layer).eval().to(memory_format=torch.channels_last)
    packed = PackedConvolutions(net)
    for size in (17, 17, 23):  # another size than the first one falls back
        x = torch.randn(1, layer.in_channels, size, size + 3)
        with torch.inference_mode():
            expected = net(x)
            with packed.used():
                torch.testing.assert_close(net(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", [0, 1, (2, 0)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@uses("packing", "winograd")
def test_that_large_maps_of_many_channels_go_through_tiles(
    monkeypatch: pytest.MonkeyPatch, padding: int | tuple[int, int], layout: torch.memory_format
) -> None:
    by_tiles: list[nn.Conv2d] = []

    def noted(weight: torch.Tensor) -> Tiles:
        by_tiles.append(wide if weight.data_ptr() == wide.weight.data_ptr() else narrow)
        return transformed(weight)

    monkeypatch.setattr("analysis.quick.packed_convolutions.transformed", noted)
    torch.manual_seed(0)
    narrow, wide = nn.Conv2d(3, 192, 3, padding=1), nn.Conv2d(192, 160, 3, padding=padding)
    net = nn.Sequential(narrow, nn.ReLU(), wide, nn.ReLU()).eval().to(memory_format=layout)
    packed = PackedConvolutions(net)
    x = torch.randn(1, 3, 27, 30)
    with torch.inference_mode():
        expected = net(x)
        packed.seek_chains(x)
        for seen in (None, (), ("2",)):
            with packed.used(seen):
                torch.testing.assert_close(net(x), expected, rtol=1e-4, atol=1e-4)
                torch.testing.assert_close(net(x[:, :, :20]), net(x[:, :, :20].clone()), rtol=0, atol=0)
    assert set(by_tiles) == {wide}


def test_that_nothing_of_it_stays_in_the_module() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()).eval()
    packed = PackedConvolutions(net)
    with pytest.raises(RuntimeError), packed.used(), torch.inference_mode():
        net(torch.randn(1, 7, 8, 8))
    assert "forward" not in net[0].__dict__
    copied = copy.deepcopy(net)
    with torch.no_grad():
        copied[0].weight.zero_()
        expected = copied[0].bias.clamp(min=0)[:, None, None].expand(4, 6, 6)
        torch.testing.assert_close(copied(torch.randn(1, 3, 8, 8))[0], expected)
