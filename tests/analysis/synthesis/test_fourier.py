"""Fourier pictures and colours against the formulas of Lucid, written anew."""

import numpy as np
import pytest
import torch

from analysis.protocol.target import ClassTarget
from analysis.synthesis.adam import Adam, Nadam
from analysis.synthesis.colours import correlated
from analysis.synthesis.phases import of_phases, strength
from analysis.synthesis.spectrum import fourier_scale, of_waves
from tests.analysis.synthesis.asking import chain, network, question, steps_of


def waves_of(size: tuple[int, int]) -> torch.Tensor:
    scale = fourier_scale(size, 1.0)
    return torch.randn(2, 3, *scale.shape, 2, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("size", [(16, 16), (12, 20), (15, 11), (9, 14)])
def test_that_a_picture_of_waves_is_lucids(size: tuple[int, int]) -> None:
    height, width = size
    across = np.fft.fftfreq(width)[: width // 2 + (2 if width % 2 else 1)]
    frequency = np.sqrt(np.fft.fftfreq(height)[:, None] ** 2 + across**2)
    scale = np.sqrt(width * height) / np.maximum(frequency, 1 / max(size))
    waves = waves_of(size).double().numpy()
    spectrum = scale * (waves[..., 0] + 1j * waves[..., 1])
    expected = np.fft.irfft2(spectrum[..., : width // 2 + 1], s=(height, width)) / 4
    found = of_waves(waves_of(size), fourier_scale(size, 1.0), size)
    assert found.shape == (2, 3, height, width)
    assert np.allclose(found.numpy(), expected, atol=1e-4)


def test_that_colours_are_mixed_as_lucid_does() -> None:
    matrix = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
    matrix /= np.max(np.linalg.norm(matrix, axis=0))
    pictures = torch.randn(2, 3, 5, 7, generator=torch.Generator().manual_seed(1))
    expected = np.einsum("nchw,dc->ndhw", pictures.numpy(), matrix)
    assert np.allclose(correlated(pictures).numpy(), expected, atol=1e-6)
    assert torch.equal(correlated(pictures[:, :1]), pictures[:, :1])


def test_that_the_ascent_of_waves_is_that_of_adam_by_hand() -> None:
    asked = question(network(chain), ClassTarget("class", 1))
    found = steps_of("fourier", asked, steps=4, transform=False)[-1].arrays
    size = (24, 32)
    scale = fourier_scale(size, 1.0)
    waves = 0.01 * torch.randn(3, *scale.shape, 2, generator=torch.Generator().manual_seed(9))[None]
    waves.requires_grad_()
    adam = torch.optim.Adam([waves], lr=0.05)
    mean, std = (
        torch.tensor(of).view(-1, 1, 1) for of in (asked.network.preprocessing.mean, asked.network.preprocessing.std)
    )
    climbed = []
    for _ in range(4):
        levels = correlated(of_waves(waves, scale, size)).sigmoid()
        answer = asked.network.module((levels - mean) / std)[0, 1]
        climbed.append(float(answer.detach()))
        adam.zero_grad()
        (-answer).backward()
        adam.step()
    assert np.allclose(found["objective"], climbed, rtol=1e-4)
    levels = correlated(of_waves(waves, scale, size)).sigmoid()[0].permute(1, 2, 0)
    assert np.median(np.abs(found["result"] - levels.detach().numpy())) < 1e-4


@pytest.mark.parametrize(("ours", "theirs"), [(Adam, torch.optim.Adam), (Nadam, torch.optim.NAdam)])
def test_that_steps_uphill_are_torchs(ours: type[Adam] | type[Nadam], theirs: type[torch.optim.Optimizer]) -> None:
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(4, 5, generator=generator)
    leaf = x.clone().requires_grad_()
    one, other = ours(x), theirs([leaf], lr=0.07)  # type: ignore[call-arg]
    for _ in range(20):
        slope = torch.randn(4, 5, generator=generator)
        one.step(x, slope, 0.07)
        leaf.grad = -slope
        other.step()
    assert torch.allclose(x, leaf.detach(), rtol=1e-5, atol=1e-6)


def test_that_phases_leave_every_wave_as_strong_as_it_was() -> None:
    size = (16, 24)
    strong = strength(size)
    for seed in (1, 2):
        phases = 6 * torch.rand(1, 1, *strong.shape, generator=torch.Generator().manual_seed(seed))
        levels = of_phases(phases, strong, size)
        waves = torch.fft.rfft2(torch.logit(levels.double())).abs()[0, 0, 1:8, 1:12]  # no edge, where phases are bound
        share = waves / strong[1:8, 1:12]
        assert float(share.std() / share.mean()) < 1e-3
