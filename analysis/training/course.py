"""A course is everything that differs between the trainings of our networks; `loop.train` runs any of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Generator, Tensor, nn

from analysis.shipped import BUILTINS, Builtin
from analysis.training.examples import Examples

Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Moment:
    """Where a training stands when the batches of an epoch are made; `random` depends on seed and epoch only."""

    epoch: int
    epochs: int
    random: Generator

    @property
    def progress(self) -> float:
        return self.epoch / self.epochs


def as_it_is(network: nn.Module, examples: Examples) -> None:
    """Changes nothing."""


@dataclass(frozen=True)
class Course:
    """`batches` gives one epoch as normalised inputs and targets; `score` judges on the test examples, thoroughly
    at the end and quickly between epochs.

    `gather` takes the data file, the folder for downloads and the seed; `prepare` may look at the examples before the
    first step. The rate falls from its peak to nothing as `1 − progress` to the power of `fall`. After the share
    `settled_from` of the training the normalisations keep their statistics, and the weights learn to live with them, at
    `settled_rate` and less; with a `bow` above 1 the rate has fallen further until then, as if the end were nearer.
    """

    builtin: Builtin
    epochs: int
    optimiser: Literal["sgd", "adam"]  # sgd with Nesterov's momentum, adam with decoupled weight decay
    rate: float
    weight_decay: float
    bfloat16: bool
    gather: Callable[[Path | None, Path, int], Examples]
    batch_count: Callable[[Examples], int]
    batches: Callable[[Examples, Moment], Iterator[Batch]]
    loss: Callable[[Tensor, Tensor], Tensor]
    score: Callable[[nn.Module, Examples, bool], Mapping[str, float]]
    data: str
    licence: str
    prepare: Callable[[nn.Module, Examples], None] = as_it_is
    settled_from: float = 1.0
    settled_rate: float = 0.0
    bow: float = 1.0
    fall: float = 1.0


def builtin_named(name: str) -> Builtin:
    return next(builtin for builtin in BUILTINS if builtin.name == name)


def normalised(pictures: Tensor, builtin: Builtin) -> Tensor:
    """uint8 pictures as the network wants them: (x/255 − mean) / std."""
    mean = torch.tensor(builtin.preprocessing.mean).view(-1, 1, 1)
    std = torch.tensor(builtin.preprocessing.std).view(-1, 1, 1)
    return (pictures.float() / 255 - mean) / std
