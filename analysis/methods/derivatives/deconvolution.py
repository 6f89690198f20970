"""Deconvolution: on the way back a ReLU passes what is positive (Zeiler & Fergus 2014)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Dependence, Drawing, Progress
from analysis.question.question import Question
from analysis.question.silence import NOTHING_BACK


@dataclass(frozen=True)
class Deconvolution:
    name: ClassVar[str] = "deconvolution"
    title: ClassVar[str] = "Deconvolution"
    summary: ClassVar[str] = "Which pattern in the picture leads to this answer, following only positive evidence back."
    drawing: ClassVar[Drawing] = "derivative"
    declares: ClassVar[Mapping[str, str]] = {"result": "what comes back, signed, channels × height × width"}
    needs_layer: ClassVar[bool] = False
    depends_on: ClassVar[tuple[Dependence, ...]] = ("target",)
    live: ClassVar[bool] = True

    def run(self, context: Question) -> Iterator[Progress]:
        from analysis.network.network import as_array
        from analysis.question.derivative import derivative

        result = as_array(derivative(context, context.input, "deconvolution", quick=True)[0])
        yield Progress(1, 1, {"result": result}, "" if result.any() else NOTHING_BACK)
