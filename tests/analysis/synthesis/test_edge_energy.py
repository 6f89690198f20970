"""The lecture's edge energy and its ascent, against the formula written out."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from analysis.protocol.target import ClassTarget
from analysis.synthesis.priors import edge_energy
from tests.analysis.synthesis.asking import chain, network, question, steps_of

Numbers = NDArray[np.float64]


def by_hand(picture: Numbers) -> float:
    """Of one channel: blurred by the 5×5 binomial kernel with zeros beyond the border, halved with padding 1."""
    row = np.array([1, 4, 6, 4, 1]) / 16
    kernel = np.outer(row, row)
    energy = 0.0
    while min(picture.shape) > 5:
        height, width = picture.shape
        around = np.pad(picture, 2)
        blurred = np.zeros_like(picture)
        for i in range(height):
            for j in range(width):
                blurred[i, j] = (around[i : i + 5, j : j + 5] * kernel).sum()
        energy += ((picture - blurred) ** 2).sum()
        around = np.pad(picture, 1)
        rows, columns = (height + 2) // 2, (width + 2) // 2
        around = around[: 2 * rows, : 2 * columns]
        picture = around.reshape(rows, 2, columns, 2).mean((1, 3))
    return energy


@pytest.mark.parametrize("size", [(6, 6), (13, 9), (24, 31), (100, 11), (101, 12), (5, 40)])
def test_that_edge_energy_is_the_formula(size: tuple[int, int]) -> None:
    pictures = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    expected = [sum(by_hand(channel) for channel in picture) for picture in pictures.numpy()]
    assert np.allclose(edge_energy(pictures)[0].numpy(), expected, rtol=1e-12)


def test_that_the_slope_of_edge_energy_is_that_of_differences() -> None:
    picture = torch.randn(1, 1, 9, 12, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    _, slope = edge_energy(picture)
    for i, j in ((0, 0), (4, 7), (8, 11), (3, 0)):
        away = np.zeros((9, 12))
        away[i, j] = 1e-4
        up, down = (by_hand(picture[0, 0].numpy() + sign * away) for sign in (1, -1))
        assert float(slope[0, 0, i, j]) == pytest.approx((up - down) / 2e-4, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("size", [(6, 6), (13, 9), (24, 31), (100, 11), (101, 12), (5, 40), (3, 3)])
def test_that_the_slope_is_the_one_that_autograd_finds(size: tuple[int, int]) -> None:
    pictures = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    leaf = pictures.clone().requires_grad_()
    row = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0], dtype=torch.float64)
    kernel = (row[:, None] * row / 256).view(1, 1, 5, 5)
    scale, energy = leaf.reshape(-1, 1, *size), (leaf * 0).sum()
    while min(scale.shape[2:]) > 5:
        energy = energy + (scale - nn.functional.conv2d(scale, kernel, padding=2)).square().sum()
        scale = nn.functional.avg_pool2d(scale, 2, padding=1)
    (expected,) = torch.autograd.grad(energy, leaf)
    assert torch.allclose(edge_energy(pictures)[1], expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("side", [40, 100, 170])
def test_that_single_precision_is_near_and_a_picture_is_the_same_beside_others(side: int) -> None:
    noise = torch.randn(4, 3, side, side, generator=torch.Generator().manual_seed(6))
    pictures = noise * torch.tensor([1, 0.01, 0.001, 30]).view(-1, 1, 1, 1)
    pictures[2] += 1  # nearly even
    energy, slope = edge_energy(pictures)
    exact_energy, exact_slope = edge_energy(pictures.double())
    assert torch.allclose(energy.double(), exact_energy, rtol=2e-6)
    for number in range(len(pictures)):
        off = (slope[number] - exact_slope[number]).abs().max() / exact_slope[number].abs().max()
        assert float(off) < 3e-6
        alone = edge_energy(pictures[number : number + 1])
        assert torch.equal(alone[0][0], energy[number])
        assert torch.equal(alone[1][0], slope[number])


def plainly(module: nn.Module, start: torch.Tensor, steps: int, weight: float) -> tuple[torch.Tensor, list[float]]:
    """As the lecture writes it, with torch's own Adam and a kernel of two dimensions."""
    row = torch.tensor([[1.0, 4.0, 6.0, 4.0, 1.0]])
    kernel = (row.T @ row / 256).view(1, 1, 5, 5)
    x = start.clone().requires_grad_()
    adam = torch.optim.Adam([x], lr=0.1)
    climbed = []
    for _ in range(steps):
        energy = torch.zeros(())
        u = x.view(-1, 1, *x.shape[2:])
        while min(u.shape[2:]) > 5:
            energy = energy + (u - nn.functional.conv2d(u, kernel, padding=2)).square().sum()
            u = nn.functional.avg_pool2d(u, 2, padding=1)
        answer = module(x)[0, 1]
        climbed.append(float(answer.detach()))
        adam.zero_grad()
        (weight * energy - answer).backward()
        adam.step()
    return x.detach(), climbed


@pytest.mark.parametrize(("name", "weight"), [("edge-energy", 0.3), ("ascent", 0.0)])
def test_that_the_ascent_is_the_lectures(name: str, weight: float) -> None:
    asked = question(network(chain), ClassTarget("class", 1))
    settings = {"weight": weight} if name == "edge-energy" else {}
    last = steps_of(name, asked, steps=6, **settings)[-1].arrays
    start = 0.01 * torch.randn(3, 24, 32, generator=torch.Generator().manual_seed(9))
    x, climbed = plainly(asked.network.module, start[None], 6, weight)
    assert np.allclose(last["objective"], climbed, rtol=1e-4, atol=1e-6)
    assert np.allclose(last["picture"], x[0].numpy(), atol=2e-3)
    shown = 0.5 + 0.1 * (x - x.mean()) / x.std()
    assert np.allclose(last["result"], shown[0].permute(1, 2, 0).clamp(0, 1).numpy(), atol=2e-3)


def test_that_the_activation_is_that_of_the_picture_as_a_file_holds_it() -> None:
    asked = question(network(chain), ClassTarget("class", 1))
    last = steps_of("edge-energy", asked, steps=4)[-1].arrays
    levels = torch.from_numpy(np.round(last["result"] * 255).astype(np.float32)).permute(2, 0, 1)[None]
    mean, std = (
        torch.tensor(of).view(-1, 1, 1) for of in (asked.network.preprocessing.mean, asked.network.preprocessing.std)
    )
    answer = asked.network.module((levels / 255 - mean) / std)[0, 1]
    assert float(last["activation"]) == pytest.approx(float(answer), rel=1e-5)
    assert last["objective"].shape == last["prior"].shape == (4,)
