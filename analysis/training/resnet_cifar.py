"""The residual network on CIFAR-10: pictures as they are first, then mixed sizes.

The last epochs show the things at up to three times their size in the data, too, so that the network also knows them on
the larger pictures of a camera. The normalisations keep the statistics of the pictures as they are meanwhile: if every
batch has its own, those of its size, none fit all sizes later (that was two points less at 32 pixels, twenty at 64).
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from analysis.training.classification import accuracy, batch_count, shuffled
from analysis.training.course import Batch, Course, Moment, builtin_named, normalised
from analysis.training.distortion import Distortion, distort, shifted, with_gaps
from analysis.training.examples import Examples, download_examples, read_examples

RESNET_CIFAR = builtin_named("resnet-cifar")
BATCH = 512
SHIFT, GAP = 4, 8
LARGER = Distortion(scale=(0.8, 1.2), degrees=5, shift=0.06, aspect=0.1, mirror=True, outside="reflection")
SIDES, IN_THE_END = (32,), (32, 32, 32, 32, 48, 64, 96)  # a batch has one of these sides
EPOCHS, BOW, SETTLED = 59, 56, 50  # the rate falls as if there were BOW epochs, until the statistics settle
# Pictures of 96 pixels take nine times as long: the larger ones are judged on the first of the test pictures.
TEST_SIDES, LARGER_TESTS = (48, 64, 96), 2000
WHITENED = 1000


def course() -> Course:
    return Course(
        builtin=RESNET_CIFAR,
        epochs=EPOCHS,
        optimiser="sgd",
        rate=1.0,
        weight_decay=5e-4,
        bfloat16=True,
        gather=_gather,
        batch_count=partial(batch_count, BATCH),
        batches=_batches,
        loss=_loss,
        score=_score,
        data="CIFAR-10, 50,000 training and 10,000 test pictures (Krizhevsky 2009)",
        licence="weights: MIT, as this program; data: published for research without a licence text",
        prepare=_whiten,
        settled_from=SETTLED / EPOCHS,
        settled_rate=0.02,
        bow=EPOCHS / BOW,
        fall=2.0,
    )


def _gather(file: Path | None, downloads: Path, seed: int) -> Examples:
    if file is None:
        return download_examples("CIFAR10", downloads)
    return read_examples(file, side=32, channels=3, classes=10)


def _whiten(network: nn.Module, examples: Examples) -> None:
    """The first filters begin as the principal components of 3×3 places, each with its negative: what they answer is
    uncorrelated, so that the layers after them learn at once (Jordan 2024)."""
    first = network.get_submodule("conv")
    assert isinstance(first, nn.Conv2d)
    pictures = normalised(examples.inputs[:WHITENED], RESNET_CIFAR)
    places = functional.unfold(pictures, first.kernel_size).movedim(1, 2).flatten(0, 1)
    variances, components = torch.linalg.eigh(places.T @ places / len(places))
    filters = (components / (variances + 0.05).sqrt()).T.flip(0)[: first.out_channels // 2]
    first.weight.data = torch.cat([filters, -filters]).view_as(first.weight)


def _batches(examples: Examples, moment: Moment) -> Iterator[Batch]:
    settled = moment.progress >= SETTLED / EPOCHS
    sides = IN_THE_END if settled else SIDES
    for pictures, targets in shuffled(BATCH, examples, moment.random):
        side = sides[int(torch.randint(len(sides), (1,), generator=moment.random))]
        if side == pictures.shape[-1]:
            inputs = normalised(shifted(pictures, SHIFT, moment.random), RESNET_CIFAR)
            yield inputs if settled else with_gaps(inputs, GAP, moment.random), targets
        else:  # as many pixels as any other batch, so that it takes as long
            few = BATCH * pictures.shape[-1] ** 2 // side**2
            larger = distort(pictures[:few].float(), side, LARGER, moment.random)
            yield normalised(larger, RESNET_CIFAR), targets[:few]


def _loss(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs, targets, label_smoothing=0.1)


def _score(network: nn.Module, examples: Examples, thorough: bool) -> Mapping[str, float]:
    scores = {"test_accuracy": accuracy(network, RESNET_CIFAR, examples)}
    if thorough:
        some = examples.with_few_tests(LARGER_TESTS)
        for side in TEST_SIDES:
            scores[f"test_accuracy_{side}px_of_{LARGER_TESTS}"] = accuracy(network, RESNET_CIFAR, some, side)
    return scores
