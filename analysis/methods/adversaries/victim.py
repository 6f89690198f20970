"""The network as an attack sees it: a function of pictures from 0 to 1, with the normalisation inside."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from analysis.methods.adversaries.file_path import PathOfFile
from analysis.methods.adversaries.picture_space import check, constants
from analysis.network.known_code import is_steady
from analysis.network.network import Network
from analysis.protocol.problems import Problem
from analysis.question.derivative import slope_of, without_hooks_back
from analysis.question.scalar import class_vector, together
from analysis.quick.both_ways import both_ways
from analysis.quick.straight import is_bare

LIKELY = 1e-3  # how far probabilities may be from adding up to 1
LEAST = 1e-30  # of a probability whose logarithm is taken


@dataclass(frozen=True, eq=False)
class Goal:
    """Away from these classes or, `targeted`, towards them: one for each picture.

    By `margin` the logit of the best other class over that of the label is climbed, in place of the loss: of a network
    that is very sure the loss is flat where the margin is not (Carlini & Wagner 2017).
    """

    labels: Tensor
    targeted: bool = False
    margin: bool = False

    def reached(self, logits: Tensor) -> Tensor:
        """Of each picture whether the network is fooled by it."""
        found = logits.argmax(1)
        return found == self.labels if self.targeted else found != self.labels


@dataclass(frozen=True, eq=False)
class Moment:
    """Pictures on their way, what the network answers to them, their loss, and the slope of what is climbed.

    Of an attack that keeps the best it has met, `best` is that, and `fools` whether it does; otherwise it is these
    pictures.
    """

    pictures: Tensor
    logits: Tensor
    losses: Tensor
    slope: Tensor | None = None
    best: Tensor | None = None
    fools: Tensor | None = None


class Victim:
    """`as_file` also asks what a file of the picture is answered with, where a file is seen otherwise.

    `often` says that single pictures go there and back many times, for which convolutions are laid out once. Their
    numbers are the network's to the bit.
    """

    def __init__(self, network: Network, as_file: bool = False, often: bool = False) -> None:
        self.network = network
        self._of_one = both_ways(network, to_the_bit=True) if often else network
        self.path = PathOfFile(network.preprocessing)
        self._as_file = as_file and not self.path.is_plain
        self.probabilities = False  # whether it answers with them: then their logarithms are what a loss takes

    @cached_property
    def _only_known(self) -> bool:
        """Whether all code in it is known, puts on no hooks, and has none on."""
        module = self._of_one.module
        return is_bare(list(module.modules())) and is_steady(module)

    def _without_hooks_back(self) -> AbstractContextManager[None]:
        return nullcontext() if self._only_known else without_hooks_back(self._of_one.module)

    def logits(self, pictures: Tensor) -> Tensor:
        """Part of autograd's graph if grad mode is on."""
        mean, std = constants(self.network, pictures)
        network = self._of_one if len(pictures) == 1 else self.network
        found = class_vector(network, (pictures - mean) / std)
        return found.clamp_min(LEAST).log() if self.probabilities else found

    def answers(self, pictures: Tensor) -> Tensor:
        """The same without a graph, and one by one where the network wants that."""
        with torch.no_grad():
            if len(pictures) == 1 or together(self.network, pictures):
                return self.logits(pictures)
            return torch.cat([self.logits(one[None]) for one in pictures])

    def look_at(self, pictures: Tensor) -> Tensor:
        """The answers to the clean pictures; from now on it is known what they are."""
        check(pictures)
        found = self.answers(pictures)
        if found.shape[1] < 2:
            raise Problem(
                f"{self.network.title} has a single output, so there is no other answer to be fooled into: "
                "choose a network of classes."
            )
        ones = torch.ones_like(found[:, 0])
        if not self.probabilities and bool((found >= 0).all()) and torch.allclose(found.sum(1), ones, atol=LIKELY):
            self.probabilities = True
            return self.answers(pictures)
        return found

    def moment(self, pictures: Tensor, goal: Goal, derive: bool = True) -> Moment:
        """Cross-entropy of the goal's classes; what is climbed is that or, towards a class, less than that."""
        if not derive:
            logits = self.answers(pictures)
            losses = functional.cross_entropy(logits, goal.labels, reduction="none")
            return Moment(pictures, logits, losses)
        with torch.inference_mode(False), torch.enable_grad(), self._without_hooks_back():
            leaf = pictures.detach().clone().requires_grad_()
            logits = self.logits(leaf)
            losses = functional.cross_entropy(logits, goal.labels, reduction="none")
            climbed = _margin(logits, goal.labels) if goal.margin else losses
            if self._as_file:
                seen = self.logits(self.path.seen(leaf))
                climbed = climbed + (
                    _margin(seen, goal.labels)
                    if goal.margin
                    else functional.cross_entropy(seen, goal.labels, reduction="none")
                )
            found = slope_of(self.network, (-climbed if goal.targeted else climbed).sum(), leaf)
        return Moment(pictures, logits.detach(), losses.detach(), found)

    def borders(self, picture: Tensor, label: int, others: Sequence[int]) -> tuple[Tensor, Tensor]:
        """How far the logit of each of these classes is above the label's, and the slope of that: a row for each."""
        with torch.inference_mode(False), torch.enable_grad(), self._without_hooks_back():
            leaf = picture.detach().clone().requires_grad_()
            logits = self.logits(leaf)[0]
            margins = logits[list(others)] - logits[label]
            slopes = [
                slope_of(self.network, margin, leaf, more=number < len(others) - 1)
                for number, margin in enumerate(margins)
            ]
        return margins.detach(), torch.cat(slopes)


def _margin(logits: Tensor, labels: Tensor) -> Tensor:
    """How far the best other class is above the label's."""
    of_label = logits.gather(1, labels[:, None])
    others = logits.scatter(1, labels[:, None], -torch.inf)
    return others.amax(1) - of_label[:, 0]


def climb(
    victim: Victim, start: Tensor, goal: Goal, steps: int, move: Callable[[Tensor, Tensor, int], Tensor]
) -> Iterator[Moment]:
    """The moments before each of so many moves, and the one after the last."""
    pictures = start
    for number in range(steps):
        moment = victim.moment(pictures, goal)
        yield moment
        assert moment.slope is not None
        pictures = move(pictures, moment.slope, number)
    yield victim.moment(pictures, goal, derive=False)
