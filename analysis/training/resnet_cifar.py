"""The residual network on CIFAR-10: small pictures first because they are cheap, mixed sizes last.

The last epochs show the things at up to two and a half times their size in the data, so that the network also knows
them on the larger pictures of a camera.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from analysis.training.classification import accuracy, batch_count, shuffled
from analysis.training.course import Batch, Course, Moment, builtin_named, normalised
from analysis.training.distortion import Distortion, distort
from analysis.training.examples import Examples, download_examples, read_examples

RESNET_CIFAR = builtin_named("resnet-cifar")
DISTORTION = Distortion(scale=(0.8, 1.2), degrees=5, shift=0.06, aspect=0.1, mirror=True, outside="reflection")


@dataclass(frozen=True)
class Phase:
    """From the share `begin` of the training on: the sides that a batch may have."""

    begin: float
    sides: tuple[int, ...]


PHASES = (Phase(0.0, (24,)), Phase(0.4, (32,)), Phase(0.8, (32, 32, 32, 48, 64)))
# Pictures of 96 pixels take nine times as long: the larger ones are judged on the first of the test pictures.
TEST_SIDES, LARGER_TESTS = (48, 64, 96), 2000


def course() -> Course:
    return Course(
        builtin=RESNET_CIFAR,
        epochs=24,
        optimiser="sgd",
        rate=0.1,
        weight_decay=5e-4,
        bfloat16=True,
        gather=_gather,
        batch_count=batch_count,
        batches=_batches,
        loss=_loss,
        score=_score,
        data="CIFAR-10, 50,000 training and 10,000 test pictures (Krizhevsky 2009)",
        licence="weights: MIT, as this program; data: published for research without a licence text",
    )


def _gather(file: Path | None, downloads: Path, seed: int) -> Examples:
    if file is None:
        return download_examples("CIFAR10", downloads)
    return read_examples(file, side=32, channels=3, classes=10)


def _batches(examples: Examples, moment: Moment) -> Iterator[Batch]:
    phase = [phase for phase in PHASES if phase.begin <= moment.progress][-1]
    for pictures, targets in shuffled(examples, moment.random):
        side = phase.sides[int(torch.randint(len(phase.sides), (1,), generator=moment.random))]
        distorted = distort(pictures.float(), side, DISTORTION, moment.random)
        yield normalised(_lighting(distorted, moment.random), RESNET_CIFAR), targets


def _lighting(pictures: Tensor, random: Generator) -> Tensor:
    """Brightness and contrast differ by up to 15 %."""
    contrast, brightness = (torch.rand(2, len(pictures), 1, 1, 1, generator=random) - 0.5) * 0.3
    mean = pictures.mean(dim=(1, 2, 3), keepdim=True)
    lit: Tensor = ((pictures - mean) * (1 + contrast) + mean * (1 + brightness)).clamp(0, 255)
    return lit


def _loss(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs, targets, label_smoothing=0.1)


def _score(network: nn.Module, examples: Examples, thorough: bool) -> Mapping[str, float]:
    scores = {"test_accuracy": accuracy(network, RESNET_CIFAR, examples)}
    if thorough:
        some = examples.with_few_tests(LARGER_TESTS)
        for side in TEST_SIDES:
            scores[f"test_accuracy_{side}px_of_{LARGER_TESTS}"] = accuracy(network, RESNET_CIFAR, some, side)
    return scores
