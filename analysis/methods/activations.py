"""What every unit of a layer answers to this picture."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Dependence, Drawing, Progress
from analysis.question.question import Question


@dataclass(frozen=True)
class Activations:
    name: ClassVar[str] = "activations"
    title: ClassVar[str] = "Activations"
    summary: ClassVar[str] = "Every unit of a layer, as a map of where in the picture it found what it looks for."
    drawing: ClassVar[Drawing] = "maps"
    declares: ClassVar[Mapping[str, str]] = {"result": "the layer's output for the picture, as the layer returned it"}
    needs_layer: ClassVar[bool] = True
    depends_on: ClassVar[tuple[Dependence, ...]] = ("layer",)
    live: ClassVar[bool] = True

    def run(self, context: Question) -> Iterator[Progress]:
        from analysis.network.network import as_array
        from analysis.question.scalar import layer_output

        yield Progress(1, 1, {"result": as_array(layer_output(context))})
