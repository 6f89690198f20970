"""One training as a generator of short steps: a batch each, a checkpoint and a score after every epoch.

Who runs it shows the steps as they like, and cancels by closing it between two of them.
"""

import math
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from analysis.opening.seeding import seeded
from analysis.protocol.problems import Problem
from analysis.training.checkpoint import Checkpoint, load_checkpoint
from analysis.training.course import Course, Moment
from analysis.training.examples import Examples

WARM_UP, DECAY_FROM = 0.05, 0.35
STEEPEST = 1.0  # the norm of a gradient once the statistics are settled
REPORTS_AN_EPOCH = 5
TESTS_BETWEEN_EPOCHS = 1000


@dataclass(frozen=True)
class Trained:
    network: nn.Module
    epochs: int
    seconds: float


@dataclass(frozen=True)
class Begun:
    """The network is there, `epoch` epochs of the training are behind it."""

    epoch: int
    epochs: int


@dataclass(frozen=True)
class BatchLearned:
    """Epochs and batches count from 1. `loss` is the mean since it was last told, None where it was not asked for."""

    epoch: int
    epochs: int
    batch: int
    batches: int
    side: int  # of the pictures
    loss: float | None
    seconds: float  # since the epoch began


@dataclass(frozen=True)
class EpochDone:
    """Its checkpoint is on disk; `scores` are those of some test examples, `seconds` since the training began or went
    on."""

    epoch: int
    epochs: int
    scores: Mapping[str, float]
    seconds: float
    begun: int  # epochs that were done then


Step = Begun | BatchLearned | EpochDone


def train(
    course: Course, examples: Examples, epochs: int, seed: int, file: Path, resume: bool
) -> Generator[Step, None, Trained]:
    """To the end of `epochs`, from `file` on with `resume`; leaves a checkpoint in `file` after each.

    Every draw depends on the seed and the epoch alone, and nobody else's generator is touched.
    """
    name = course.builtin.name
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = seeded(lambda: _prepared(course, examples), seed)
    network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = _optimiser(network, course)
    begin, before = 0, 0.0
    if resume:
        checkpoint = load_checkpoint(file, name, seed)
        network.load_state_dict(checkpoint.network)
        optimiser.load_state_dict(checkpoint.optimiser)
        begin, before = checkpoint.epochs_done, checkpoint.seconds
    yield Begun(begin, epochs)
    started = time.monotonic()
    for epoch in range(begin, epochs):
        yield from _one_epoch(course, examples, network, optimiser, epoch, epochs, seed)
        seconds = before + time.monotonic() - started
        Checkpoint(name, seed, epoch + 1, seconds, network.state_dict(), optimiser.state_dict()).save(file)
        seconds = time.monotonic() - started
        scores = score(course, network, examples.with_few_tests(TESTS_BETWEEN_EPOCHS), thorough=False)
        yield EpochDone(epoch + 1, epochs, scores, seconds, begin)
    return Trained(network.cpu().eval(), max(begin, epochs), before + time.monotonic() - started)


def words(name: str, step: Step) -> str:
    """What a person reads of a step of the training of `name`; nothing of those between two reports."""
    match step:
        case Begun():
            return f"{name}: goes on after epoch {step.epoch} of {step.epochs}" if step.epoch else ""
        case BatchLearned():
            if step.loss is None:
                return ""
            left = step.seconds / step.batch * (step.batches - step.batch)
            return (
                f"{name}: epoch {step.epoch} of {step.epochs}, batch {step.batch} of {step.batches} at {step.side} "
                f"pixels, loss {step.loss:.4f}, epoch ends in {spoken(left)}"
            )
        case EpochDone():
            left = step.seconds / (step.epoch - step.begun) * (step.epochs - step.epoch)
            told = ", ".join(f"{key.replace('_', ' ')} {value:.4f}" for key, value in step.scores.items())
            return f"{name}: epoch {step.epoch} of {step.epochs} done, {told}, about {spoken(left)} left"


@torch.no_grad()
def score(course: Course, network: nn.Module, examples: Examples, thorough: bool) -> dict[str, float]:
    network.eval()
    return dict(course.score(network, examples, thorough))


def spoken(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def learning_rate(peak: float, progress: float, fall: float = 1.0) -> float:
    """Up in the first 5 %, level to 35 %, then down to nothing: straight, or in a bow with a `fall` above 1."""
    left = (1 - progress) / (1 - DECAY_FROM)
    return peak * min(1.0, progress / WARM_UP, math.pow(left, fall))


def rate(course: Course, progress: float) -> float:
    """The bow is left where the statistics settle; from there the rate falls straight to nothing."""
    if progress < course.settled_from:
        return learning_rate(course.rate, progress * course.bow, course.fall)
    return course.settled_rate * (1 - progress) / (1 - course.settled_from)


def _prepared(course: Course, examples: Examples) -> nn.Module:
    network = course.builtin.build()
    course.prepare(network, examples)
    return network


def _one_epoch(
    course: Course,
    examples: Examples,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    epoch: int,
    epochs: int,
    seed: int,
) -> Generator[Step, None, None]:
    moment = Moment(epoch, epochs, torch.Generator().manual_seed(seed * 100_003 + epoch))
    network.train()
    settled = moment.progress >= course.settled_from
    if settled:
        _keep_statistics(network)
    device = next(network.parameters()).device
    count = course.batch_count(examples)
    started = time.monotonic()
    losses: list[Tensor] = []
    for number, (inputs, targets) in enumerate(course.batches(examples, moment), start=1):
        for group in optimiser.param_groups:
            group["lr"] = rate(course, (epoch * count + number) / (epochs * count + 1))
        inputs = inputs.to(device, memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=course.bfloat16):
            outputs = network(inputs)
        loss = course.loss(outputs.float(), targets.to(device))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if settled:  # no longer held by the statistics of its own batch, a step may be far too long
            nn.utils.clip_grad_norm_(network.parameters(), STEEPEST)
        optimiser.step()
        losses.append(loss.detach())
        mean = None
        if number % max(1, count // REPORTS_AN_EPOCH) == 0:
            mean = _mean(losses, epoch)
            losses.clear()
        seconds = time.monotonic() - started
        yield BatchLearned(epoch + 1, epochs, number, count, inputs.shape[-1], mean, seconds)
    if losses:
        _mean(losses, epoch)


def _keep_statistics(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def _mean(losses: list[Tensor], epoch: int) -> float:
    mean = float(torch.stack(losses).mean())
    if not math.isfinite(mean):
        raise Problem(
            f"In epoch {epoch + 1} the loss is no longer a number: the rate is too high. "
            "The checkpoint of the epoch before is kept."
        )
    return mean


def _optimiser(network: nn.Module, course: Course) -> torch.optim.Optimizer:
    """Weight decay is for the weights of convolutions and layers, not for biases and normalisations."""
    weights = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    groups = [
        {"params": weights, "weight_decay": course.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if course.optimiser == "adam":
        return torch.optim.AdamW(groups, lr=course.rate)
    return torch.optim.SGD(groups, lr=course.rate, momentum=0.9, nesterov=True)
