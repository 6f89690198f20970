"""Deconvolution: on the way back a ReLU passes what is positive (Zeiler & Fergus 2014)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.question.silence import NOTHING_BACK
from analysis.quick.switch import plain
from analysis.results.kinds import Derivative


@dataclass(frozen=True)
class Deconvolution:
    name: ClassVar[str] = "deconvolution"
    title: ClassVar[str] = "Deconvolution"
    summary: ClassVar[str] = "Which pattern in the picture leads to this answer, following only positive evidence back."
    family: ClassVar[Family] = "derivatives"
    gives: ClassVar[type[Derivative]] = Derivative
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target"})
    declares: ClassVar[Mapping[str, str]] = {"result": "what comes back, signed, channels × height × width"}
    live: ClassVar[bool] = True

    def run(self, question: Question) -> Iterator[Progress]:
        from analysis.network.network import as_array
        from analysis.question.derivative import derivative

        result = as_array(derivative(question, question.input, "deconvolution", quick=not plain("first-layer"))[0])
        yield Progress(1, 1, Derivative(result), "" if result.any() else NOTHING_BACK)
