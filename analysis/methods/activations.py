"""What every unit of a layer answers to this picture."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.results.kinds import Maps


@dataclass(frozen=True)
class Activations:
    name: ClassVar[str] = "activations"
    title: ClassVar[str] = "Activations"
    summary: ClassVar[str] = "Every unit of a layer, as a map of where in the picture it found what it looks for."
    family: ClassVar[Family] = "activations"
    gives: ClassVar[type[Maps]] = Maps
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "layer"})
    declares: ClassVar[Mapping[str, str]] = {"result": "the layer's output for the picture, as the layer returned it"}
    live: ClassVar[bool] = True

    def run(self, context: Question) -> Iterator[Progress]:
        from analysis.network.network import as_array
        from analysis.question.scalar import layer_output

        yield Progress(1, 1, Maps(as_array(layer_output(context))))
