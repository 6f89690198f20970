"""Polynomial mutation and simulated binary crossover of real numbers (Deb, Agrawal 1995), as in Nguyen's code."""

import torch
from torch import Generator, Tensor


def mutated(genes: Tensor, rate: float, eta: float, low: float, high: float, generator: Generator) -> Tensor:
    """Each with this probability; the larger η, the nearer it stays."""
    drawn = torch.rand(genes.shape, generator=generator)
    power = 1 / (eta + 1)
    change = torch.where(drawn < 0.5, (2 * drawn) ** power - 1, 1 - (2 * (1 - drawn)) ** power)
    which = torch.rand(genes.shape, generator=generator) < rate
    return torch.where(which, genes + (high - low) * change, genes).clamp(low, high)


def crossed(one: Tensor, other: Tensor, eta: float, generator: Generator) -> tuple[Tensor, Tensor]:
    """Two children whose mean is that of their parents."""
    drawn = torch.rand(one.shape, generator=generator).clamp(1e-7, 1 - 1e-7)
    power = 1 / (eta + 1)
    spread = torch.where(drawn <= 0.5, (2 * drawn) ** power, (1 / (2 * (1 - drawn))) ** power)
    middle, reach = (one + other) / 2, spread * (one - other) / 2
    return (middle + reach).clamp(0, 1), (middle - reach).clamp(0, 1)
