"""Random weights that a seed brings back."""

import warnings
from collections.abc import Callable
from typing import TypeVar

import torch

Built = TypeVar("Built")


def seeded(build: Callable[[], Built], seed: int) -> Built:
    """What `build` makes with torch's generator at `seed`; the generator is afterwards where it was."""
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some constructors of torchvision announce changes of their initialisation
        torch.default_generator.manual_seed(seed)
        return build()
