"""The gradient: how much the answer would change with each pixel (Simonyan et al. 2014)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.question.silence import NOTHING
from analysis.results.kinds import Derivative


@dataclass(frozen=True)
class Gradient:
    name: ClassVar[str] = "gradient"
    title: ClassVar[str] = "Gradient"
    summary: ClassVar[str] = "How much the answer would change if a pixel became a little brighter."
    family: ClassVar[Family] = "derivatives"
    gives: ClassVar[type[Derivative]] = Derivative
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target"})
    declares: ClassVar[Mapping[str, str]] = {"result": "∂f/∂x, signed, channels × height × width"}
    live: ClassVar[bool] = True

    def run(self, question: Question) -> Iterator[Progress]:
        from analysis.network.network import as_array
        from analysis.question.derivative import derivative

        result = as_array(derivative(question, question.input)[0])
        yield Progress(1, 1, Derivative(result), "" if result.any() else NOTHING)
