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

    def run(self, question: Question) -> Iterator[Progress]:
        from analysis.network.network import as_array
        from analysis.question.scalar import asked_layer, layer_output

        asked = question.backward  # by a recipe: then `to_picture` is beside it, and it may be what flows back
        if asked is None:
            yield Progress(1, 1, Maps(as_array(layer_output(question))))
            return
        from analysis.question.flowing_back import flowing_back, not_on_the_way

        shown = asked_layer(question).path
        to_picture, to_layer = flowing_back(question, asked, shown if asked.in_mosaic else None)
        if asked.in_mosaic and to_layer is None:
            raise not_on_the_way(shown or "the whole network", asked)
        values = to_layer[0] if to_layer is not None else layer_output(question)
        yield Progress(1, 1, Maps(as_array(values), as_array(to_picture[0])))
