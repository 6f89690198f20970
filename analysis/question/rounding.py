"""What of a derivative is nothing but rounding: it is asked again in double precision where that may be.

Terms that cancel leave the rounding of single precision where nothing should be: behind a normalisation, a derivative
that is exactly zero comes out as 1e-9, and would be drawn at full scale. A small derivative may as well be real, as
that of a probability near 1. In double precision the one becomes nothing, and the other stays.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary, WeakSet

import torch
from torch import Tensor

from analysis.network.network import Network
from analysis.network.own_code import let_interrupt_pass
from analysis.network.working_copy import working_copy
from analysis.protocol.target import ClassTarget
from analysis.question.question import Question
from analysis.question.way_back import BackwardNode

_HARDLY = 1e-3  # of the answer is what all pixels together change by such a derivative
_LEFT = 1e-5  # of the rounding of single precision is left in double precision, and more than that: 2e-9
_NOTHING = 1e-13  # of the answer is what everything together changes by the rounding of double precision
_LITTLE = 1e-4  # of all terms
_ROUNDED = 100  # times the smallest step of a number
_MOST_NUMBERS = 300_000_000  # of a network that is copied for this

# On the way back through these a mean or more is taken off, and all may cancel.
_CANCELLING = ("NativeGroupNorm", "NativeLayerNorm", "NativeBatchNorm", "CudnnBatchNorm", "Var", "Std", "LinalgVector")


def takes_means_off(way: Sequence[BackwardNode]) -> bool:
    """Whether something on this way may make nothing of everything; a batch norm does with the batch's own mean."""
    names = {node.name() for node, _below in way if not _is_at_rest(node)}
    by_hand = any(name.startswith(("Mean", "Sum")) for name in names) and any(name.startswith("Sub") for name in names)
    return by_hand or any(name.startswith(_CANCELLING) for name in names)


def _is_at_rest(node: object) -> bool:
    return "BatchNorm" in type(node).__name__ and not getattr(node, "_saved_training", True)


@dataclass(frozen=True, eq=False)
class Derived:
    """Derivatives of a value, and what each is by; `size` is that of the numbers that the value is made of."""

    slopes: Sequence[Tensor]
    by: Sequence[Tensor]
    size: float

    def moved(self, number: int, slope: Tensor) -> float:
        """How much the value changes with all that it is derived by, at most, as a share of `size`."""
        return float((slope.detach() * self.by[number].detach()).abs().sum()) / (self.size or 1.0)

    def could_move(self, number: int, slope: Tensor) -> float:
        """The same where each of them were as large as the largest is: what is zero now may be something else."""
        by, slopes = self.by[number].detach(), float(slope.detach().abs().sum())
        if not self.size:  # as of the logarithm of a probability of 1: whatever moves it, moves it by more than it is
            return math.inf if slopes else 0.0
        return slopes * (float(by.abs().max()) or 1.0) / self.size


class SecondLook:
    """Knows of which questions to a network the derivative was found to be more than rounding."""

    def __init__(self) -> None:
        self._sound: WeakKeyDictionary[Network, set[object]] = WeakKeyDictionary()
        self._single: WeakSet[Network] = WeakSet()  # of which there is no copy in double precision

    def is_needed(self, question: Question, asked: str, way: Sequence[BackwardNode], rough: Derived) -> bool:
        if question.input.dtype != torch.float32 or question.network in self._single:
            return False
        # Zeros to the bit are closed ReLUs, unless a probability is so near 1 that single precision cannot tell.
        near_one = isinstance(question.target, ClassTarget) and question.target.kind != "class"
        told = [near_one or bool(slope.any()) for slope in rough.slopes]
        if any(tell and rough.moved(i, rough.slopes[i]) < _HARDLY for i, tell in enumerate(told)):
            return True
        return _question(question, asked) not in self._known(question) and takes_means_off(way)

    def taken(
        self, question: Question, asked: str, rough: Derived, ask: Callable[[Question], Sequence[Tensor]]
    ) -> Sequence[Tensor]:
        """Each of `rough`, or what it is in double precision where it is mostly rounding; nothing where it is all."""
        try:
            double = in_double(question)
            exact = ask(double) if double is not None else None
        except BaseException as error:  # code of the person's own may not know such numbers
            let_interrupt_pass(error)
            exact = None
        if exact is None or [one.shape for one in exact] != [one.shape for one in rough.slopes]:
            self._single.add(question.network)
            return rough.slopes
        found = [_beyond(rough, number, one) for number, one in enumerate(exact)]
        if all(one is other for one, other in zip(found, rough.slopes, strict=True)):
            self._known(question).add(_question(question, asked))
        return found

    def _known(self, question: Question) -> set[object]:
        return self._sound.setdefault(question.network, set())


def _question(question: Question, asked: str) -> object:
    return asked, question.target, question.layer, question.unit


def _beyond(found: Derived, number: int, exact: Tensor) -> Tensor:
    rough = found.slopes[number]
    largest, true = float(rough.abs().max()), float(exact.abs().max())
    if true <= _LEFT * largest or found.could_move(number, exact) <= _NOTHING:
        return torch.zeros_like(rough)
    is_rounding = float((rough - exact).norm()) > 0.5 * float(exact.norm())
    return exact.to(rough.dtype) if is_rounding else rough


def in_double(question: Question) -> Question | None:
    """The same question to a copy in double precision; None where such a copy cannot be made."""
    module = question.network.module
    if sum(value.numel() for value in module.parameters()) > _MOST_NUMBERS:
        return None
    try:
        with torch.inference_mode(False):  # or nothing could be derived by what is made here
            twin = working_copy(module).double().eval().requires_grad_(False)
            return replace(
                question, network=replace(question.network, module=twin), input=question.input.clone().double()
            )
    except BaseException as error:  # such a copy cannot be made, or the device has no such numbers
        let_interrupt_pass(error)
        return None


def change_without_rounding(
    question: Question, ask: Callable[[Question], tuple[Tensor, Tensor]]
) -> tuple[Tensor, Tensor]:
    """The second of two answers, and what it is more than the first; in double precision where little is left."""
    before, after = ask(question)
    if float((after - before).abs().max()) > _HARDLY * float(after.abs().max()):
        return after, after - before
    double = in_double(question)
    if double is None:
        return after, after - before
    try:
        before, exact = ask(double)
    except BaseException as error:  # code of the person's own may not know such numbers
        let_interrupt_pass(error)
        return after, after - before
    return after, (exact - before).to(after.dtype)


def sum_without_rounding(sums: Tensor, terms: Tensor, again: Callable[[], tuple[Tensor, Tensor]]) -> Tensor:
    """Sums where more than rounding is left of the terms, whose sizes add up to `terms`; nothing where it is not.

    Where little is left, they are computed again, in double precision if that can be had.
    """
    if float(sums.abs().max()) > _LITTLE * float(terms.max()):
        return sums
    exact, terms = again()
    rounding = _ROUNDED * torch.finfo(exact.dtype).eps * float(terms.max())
    return exact.to(sums.dtype) if float(exact.abs().max()) > rounding else torch.zeros_like(sums)
