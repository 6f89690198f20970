"""What every unit of a layer answers to this picture."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.results.kinds import Maps, OtherMaps


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
            yield Progress(1, 1, Maps(as_array(layer_output(question)), other=_other(question)))
            return
        from analysis.question.flowing_back import flowing_back, not_on_the_way

        shown = asked_layer(question).path
        to_picture, to_layer = flowing_back(question, asked, shown if asked.in_mosaic else None)
        if asked.in_mosaic and to_layer is None:
            raise not_on_the_way(shown or "the whole network", asked)
        values = to_layer[0] if to_layer is not None else layer_output(question)
        yield Progress(1, 1, Maps(as_array(values), as_array(to_picture[0])))


def _other(question: Question) -> OtherMaps | None:
    """What is to be looked at beside them, if there is anything."""
    from analysis.network.network import as_array
    from analysis.question.scalar import layer_output

    side = question.beside
    if side is None:
        return None
    asked = replace(question, input=side.input, layer=side.layer, unit=side.unit, beside=None)
    return OtherMaps(as_array(layer_output(asked)), side.picture)
