"""Whether a quicker network gives the answers of the one that it stands for, on pictures that are unlike each other.

Whole answers are compared: one number of them says nothing where a probability is about 1 or a unit is silent.
"""

from collections.abc import Callable
from itertools import chain
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from analysis.network.agreement import agree, rounding
from analysis.network.capture import capture, tensor_in
from analysis.network.network import Network
from analysis.network.unlike import unlike
from analysis.opening.seeding import seeded
from analysis.question.in_pieces import breathe
from analysis.question.question import Question

Finding = TypeVar("Finding")


def probes(question: Question) -> list[Tensor]:
    """Noise, a dark and a bright picture at the size of the question's."""
    size = question.network.preprocessing
    kinds = unlike(question.input, size.mean, size.std)
    return [kinds[name] for name in ("noise", "dark", "bright")]


def whole_answer(question: Question, picture: Tensor) -> tuple[list[Tensor], object]:
    """All numbers of the answer, and of the layer whose unit is asked about; and what the network gave, as it is."""
    asked = [question.unit_layer.path] if question.unit_layer is not None else []
    module = question.network.module
    with torch.inference_mode(False), torch.no_grad(), capture(module, asked) as outputs:
        given = seeded(lambda: module(picture.clone()), 0)  # also where dropout is left on
    answer = tensor_in(given)
    return [*([] if answer is None else [answer.float()]), *(output.float() for output in outputs.values())], given


def same_answers(
    question: Question, quick: Question, pictures: list[Tensor], times: float = 1.0, coarseness: float = 0.0
) -> bool:
    """`times` what rounding makes of the numbers; what is not the same function is off by far more."""
    share = times * rounding(question.network.module, coarseness)
    dtype = quick.input.dtype
    for picture in pictures:
        breathe()
        found, _ = whole_answer(quick, picture.to(dtype))
        breathe()
        if not agree(found, whole_answer(question, picture)[0], share):
            return False
    return True


class Remembered(Generic[Finding]):
    """What was found for a network, as long as its weights, and the kind of question, are those of then."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Network, tuple[tuple[Any, ...], Finding]] = WeakKeyDictionary()

    def found(self, question: Question, find: Callable[[Question], Finding]) -> Finding:
        key = (question.unit_layer, question.input.shape, question.input.dtype, _writes(question.network.module))
        known = self._known.get(question.network)
        if known is not None and known[0] == key and key[-1] is not None:
            return known[1]
        finding = find(question)
        self._known[question.network] = (key, finding)
        return finding


def _writes(module: nn.Module) -> tuple[tuple[int, int], ...] | None:
    """Which weights it has, and how often each was written to; None where that is not counted."""
    try:
        return tuple((id(one), one._version) for one in chain(module.parameters(), module.buffers()))
    except RuntimeError:
        return None
