"""What the two classifiers' courses share: shuffled batches and the share of test pictures that they get right."""

from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from analysis.shipped import Builtin
from analysis.training.course import Batch, normalised
from analysis.training.examples import Examples


def batch_count(batch: int, examples: Examples) -> int:
    return max(1, len(examples.inputs) // batch)


def shuffled(batch: int, examples: Examples, random: Generator) -> Iterator[Batch]:
    """Full batches only (batch normalisation dislikes a last batch of one), unless there is no full one."""
    order = torch.randperm(len(examples.inputs), generator=random)
    for number in range(batch_count(batch, examples)):
        chosen = order[number * batch : (number + 1) * batch]
        yield examples.inputs[chosen], examples.targets[chosen]


def accuracy(network: nn.Module, builtin: Builtin, examples: Examples, side: int | None = None) -> float:
    """The share of right answers on the test pictures, scaled bilinearly to `side` when it is given."""
    right = 0
    device = next(network.parameters()).device
    for start in range(0, len(examples.test_inputs), 250):
        pictures = normalised(examples.test_inputs[start : start + 250], builtin).to(device)
        if side is not None:
            pictures = functional.interpolate(pictures, size=(side, side), mode="bilinear")
        answers: Tensor = network(pictures).argmax(1).cpu()
        right += int((answers == examples.test_targets[start : start + 250]).sum())
    return right / len(examples.test_inputs)
