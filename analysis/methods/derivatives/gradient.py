"""The gradient: how much the answer would change with each pixel (Simonyan et al. 2014)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Dependence, Drawing, Progress
from analysis.question.question import Question
from analysis.question.silence import NOTHING


@dataclass(frozen=True)
class Gradient:
    name: ClassVar[str] = "gradient"
    title: ClassVar[str] = "Gradient"
    summary: ClassVar[str] = "How much the answer would change if a pixel became a little brighter."
    drawing: ClassVar[Drawing] = "derivative"
    declares: ClassVar[Mapping[str, str]] = {"result": "∂f/∂x, signed, channels × height × width"}
    needs_layer: ClassVar[bool] = False
    depends_on: ClassVar[tuple[Dependence, ...]] = ("target",)
    live: ClassVar[bool] = True

    def run(self, context: Question) -> Iterator[Progress]:
        from analysis.network.network import as_array
        from analysis.question.derivative import derivative

        result = as_array(derivative(context, context.input)[0])
        yield Progress(1, 1, {"result": result}, "" if result.any() else NOTHING)
