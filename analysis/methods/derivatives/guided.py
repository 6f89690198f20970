"""Guided back-propagation: a ReLU passes what is positive, where it was active itself (Springenberg et al. 2015)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.question.silence import NOTHING_BACK
from analysis.quick.switch import plain
from analysis.results.kinds import Derivative


@dataclass(frozen=True)
class Guided:
    name: ClassVar[str] = "guided"
    title: ClassVar[str] = "Guided back-propagation"
    summary: ClassVar[str] = (
        "The fine structure that active units pass back; sharp, but much of it is edges that any answer would show."
    )
    family: ClassVar[Family] = "derivatives"
    gives: ClassVar[type[Derivative]] = Derivative
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target"})
    declares: ClassVar[Mapping[str, str]] = {"result": "what comes back, signed, channels × height × width"}
    live: ClassVar[bool] = True

    def run(self, question: Question) -> Iterator[Progress]:
        from analysis.network.network import as_array
        from analysis.question.derivative import derivative

        result = as_array(derivative(question, question.input, "guided", quick=not plain("first-layer"))[0])
        yield Progress(1, 1, Derivative(result), "" if result.any() else NOTHING_BACK)
