"""Layer-CAM: every place of a map weighted by its own positive gradient (Jiang et al. 2021)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.results.kinds import Heat


@dataclass(frozen=True)
class LayerCam:
    name: ClassVar[str] = "layer-cam"
    title: ClassVar[str] = "Layer-CAM"
    summary: ClassVar[str] = "Like Grad-CAM place by place, so that earlier, finer layers can be looked at too."
    family: ClassVar[Family] = "class activation maps"
    gives: ClassVar[type[Heat]] = Heat
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target", "layer"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the map, rows × columns of the layer",
        "upsampled": "the map at the size of the picture",
        "layer": "whose maps were weighted",
    }
    live: ClassVar[bool] = True

    def run(self, question: Question) -> Iterator[Progress]:
        """ReLU(Σ_k ReLU(∂f/∂A_k)·A_k)."""
        from analysis.question.class_maps import drawn, maps_and_slopes, said_of

        layer, maps, slopes = maps_and_slopes(question)
        map_ = (slopes.relu() * maps).sum(0).relu()
        yield Progress(1, 1, drawn(question, layer, map_), said_of(layer, map_))
