"""Packed convolutions give the plain ones' numbers and leave the module as it was."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from analysis.quick import packed_convolutions
from analysis.quick.packed_convolutions import PackedConvolutions
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
def test_that_packed_networks_answer_as_before_when_they_are_proven(odd: object) -> None:
    module, example = odd.module(), odd.example()  # type: ignore[attr-defined]
    with torch.inference_mode():
        expected = module(example)
        packed = PackedConvolutions(module)
        packed.prove(example)
        with packed.used():
            answer = module(example)
    torch.testing.assert_close(answer, expected, rtol=1e-4, atol=1e-5, equal_nan=True)


@uses("packing")
def test_that_what_answers_otherwise_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    module = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU()).eval()
    x = torch.randn(1, 3, 12, 12)
    monkeypatch.setattr(packed_convolutions, "convolved", lambda x, *_: functional.conv2d(x, 1.001 * module[0].weight))
    wrong = PackedConvolutions(module)
    with torch.no_grad():
        wrong.prove(x)
        with wrong.used():
            assert "forward" not in module[0].__dict__
    monkeypatch.undo()
    sound = PackedConvolutions(module)
    with torch.no_grad():
        sound.prove(x)
        with sound.used():
            assert "forward" in module[0].__dict__


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
