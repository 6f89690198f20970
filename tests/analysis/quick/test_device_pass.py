"""What passes on a GPU passes here by the same code, where nothing is written down but all else is the same."""

from itertools import count

import numpy as np
import pytest
import torch
from torch import Tensor

from analysis.network.network import Network
from analysis.protocol.frame import Frame
from analysis.protocol.recipe import ModelChoice
from analysis.protocol.requests import LiveRequest
from analysis.quick.device_pass import DevicePass
from analysis.quick.runtime.beside import ALIKE, Found
from analysis.results.looks import MapsLook
from analysis.running.live import LiveView
from tests.analysis.to_the_end import opened
from tests.tricks import uses


def picture(network: Network, seed: int = 0) -> Tensor:
    size = network.preprocessing
    shape = (1, size.channels, size.height, size.width)
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def asked(by: DevicePass, network: Network, paths: list[str], wants_fast: bool = False) -> Found | None:
    """As soon as it is ready."""
    for seed in range(ALIKE):
        found = by.answer(picture(network, seed), paths, wants_fast)
    return found


@uses("device")
@pytest.mark.parametrize("name", ["lenet", "resnet-cifar"])
def test_that_what_is_repeated_is_what_the_network_answers(name: str) -> None:
    network = opened(ModelChoice(name))
    by, path = DevicePass(network), network.root.children[0].path
    assert asked(by, network, [path]) is not None
    kept = []
    for seed in range(7, 10):
        found = by.answer(picture(network, seed), [path])
        assert found is not None
        assert found.off is None
        with torch.no_grad():
            torch.testing.assert_close(found.answer, network.module(picture(network, seed)), rtol=1e-5, atol=1e-5)
        kept.append((found.outputs[path], found.outputs[path].clone()))
    for one, as_it_was in kept:  # the next picture writes into nothing that was given away
        assert torch.equal(one, as_it_was)


@uses("device")
def test_that_half_the_precision_comes_when_it_is_wished_and_says_how_far_off_it_is() -> None:
    network = opened(ModelChoice("lenet"))
    by, path = DevicePass(network), network.root.children[0].path
    found = asked(by, network, [path], wants_fast=True)
    assert found is not None
    assert found.off is not None
    assert found.answer is not None
    assert by.not_fast == ""
    with torch.no_grad():
        right = network.module(picture(network, ALIKE - 1))
    error = float((found.answer - right).abs().max() / (right.max() - right.min()))
    assert 0 < error < 0.05
    assert found.answer.dtype == torch.float32
    exactly = asked(by, network, [path])
    assert exactly is not None
    assert exactly.off is None


@uses("device")
def test_that_a_network_that_answers_otherwise_stays_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    network = opened(ModelChoice("lenet"))
    # What a wrong conversion could do.
    other = opened(ModelChoice("lenet", "random", seed=4))
    monkeypatch.setattr("analysis.quick.device_pass.converted", lambda _network, _kind: other)
    by, path = DevicePass(network), network.root.children[0].path
    found = asked(by, network, [path], wants_fast=True)
    assert found is not None
    assert found.off is None
    assert "exact" in by.not_fast
    with torch.no_grad():
        torch.testing.assert_close(found.answer, network.module(picture(network, ALIKE - 1)), rtol=1e-5, atol=1e-5)


@uses("device")
def test_that_who_learns_is_asked_itself() -> None:
    network = opened(ModelChoice("lenet"))
    by, path = DevicePass(network), network.root.children[0].path
    assert asked(by, network, [path]) is not None
    with torch.no_grad():
        next(network.module.parameters()).mul_(1.5)
    assert by.answer(picture(network), [path]) is None


@uses("device")
def test_that_the_live_view_shows_the_same_by_it() -> None:
    network = opened(ModelChoice("lenet"))
    numbers, path = count(1), network.root.children[0].path
    pixels = np.random.default_rng(0).integers(0, 256, (ALIKE + 3, 40, 40, 3), np.uint8)
    view, plainly = LiveView(network), LiveView(network)
    view._on_device = DevicePass(network)

    def answer(by: LiveView, shown: int, wants_fast: bool = False) -> object:
        frame = Frame(pixels[shown], next(numbers), "camera", 0.0, True)
        bars = shown == len(pixels) - 1
        request = LiveRequest(frame.number, 1, frame, path, 1, MapsLook(), layer_means=bars, fast=wants_fast)
        return by.answer(request, 1)

    for shown in range(len(pixels)):
        one, other = answer(view, shown), answer(plainly, shown)
        np.testing.assert_allclose(one.logits, other.logits, rtol=1e-4, atol=1e-3)  # type: ignore[attr-defined]
        assert np.abs(one.mosaic.levels.astype(int) - other.mosaic.levels).max() <= 1  # type: ignore[attr-defined]
        assert (one.layer_means is None) == (other.layer_means is None)  # type: ignore[attr-defined]
    words = [answer(view, shown, wants_fast=True).device for shown in range(ALIKE)]  # type: ignore[attr-defined]
    assert "approximate (bf16)" in words[-1]
    assert "approximate" not in words[0]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_that_a_gpu_repeats_what_is_written_down() -> None:
    network = opened(ModelChoice("resnet-cifar")).moved(torch.device("cuda:0"))
    by, path = DevicePass(network), network.root.children[0].path
    for wants_fast in (False, True):
        found = asked(by, network, [path], wants_fast)
        assert found is not None
        assert (found.off is not None) == wants_fast
        with torch.no_grad():
            right = network.module(picture(network, ALIKE - 1).cuda())
        assert found.answer is not None
        reach = float(right.max() - right.min())
        assert float((found.answer - right).abs().max()) <= (0.05 if wants_fast else 1e-5) * reach
