"""LeNet on MNIST, with shifts, rotations, sizes and pen widths varied, so that digits drawn with a mouse are read."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from analysis.training.classification import accuracy, batch_count, shuffled
from analysis.training.course import Batch, Course, Moment, builtin_named, normalised
from analysis.training.distortion import Distortion, distort
from analysis.training.examples import Examples, download_examples, read_examples

LENET = builtin_named("lenet")
DISTORTION = Distortion(scale=(0.85, 1.25), degrees=12, shift=0.06, aspect=0.15, mirror=False, outside="zeros")
BATCH = 128


def course() -> Course:
    return Course(
        builtin=LENET,
        epochs=16,
        optimiser="sgd",
        rate=0.05,
        weight_decay=5e-4,
        bfloat16=False,
        gather=_gather,
        batch_count=partial(batch_count, BATCH),
        batches=_batches,
        loss=functional.cross_entropy,
        score=_score,
        data="MNIST, 60,000 training and 10,000 test digits (LeCun, Cortes, Burges)",
        licence="weights: MIT, as this program; data: CC BY-SA 3.0",
    )


def _gather(file: Path | None, downloads: Path, seed: int) -> Examples:
    if file is None:
        return download_examples("MNIST", downloads)
    return read_examples(file, side=28, channels=1, classes=10)


def _batches(examples: Examples, moment: Moment) -> Iterator[Batch]:
    for pictures, targets in shuffled(BATCH, examples, moment.random):
        distorted = distort(pictures.float(), 28, DISTORTION, moment.random)
        yield normalised(pen_width(distorted, moment.random), LENET), targets


def _score(network: nn.Module, examples: Examples, thorough: bool) -> Mapping[str, float]:
    return {"test_accuracy": accuracy(network, LENET, examples)}


def pen_width(pictures: Tensor, random: Generator) -> Tensor:
    """A third of the digits get thicker (dilation) by up to a pixel each side, a third thinner (erosion)."""
    thick = functional.max_pool2d(pictures, 3, stride=1, padding=1)
    thin = -functional.max_pool2d(-pictures, 3, stride=1, padding=1)
    draw = torch.rand(len(pictures), 1, 1, 1, generator=random) * 3
    thicker, thinner = (draw - 2).clamp(min=0), (1 - draw).clamp(min=0)
    # Full erosion would erase the thinnest digits.
    return pictures + thicker * (thick - pictures) + 0.6 * thinner * (thin - pictures)
