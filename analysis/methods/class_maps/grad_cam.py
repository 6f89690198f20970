"""Grad-CAM: a layer's maps, weighted by their mean gradient (Selvaraju et al. 2017)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.results.kinds import Heat

if TYPE_CHECKING:
    from torch import Tensor

    from analysis.protocol.layers import LayerNode


@dataclass(frozen=True)
class GradCam:
    name: ClassVar[str] = "grad-cam"
    title: ClassVar[str] = "Grad-CAM"
    summary: ClassVar[str] = "Where the last maps that speak for this answer are active."
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
        from analysis.question.class_maps import drawn, said_of

        layer, map_ = grad_cam(question)
        yield Progress(1, 1, drawn(question, layer, map_), said_of(layer, map_))


def grad_cam(question: Question) -> "tuple[LayerNode, Tensor]":
    """ReLU(Σ_k α_k A_k) with α_k the mean of ∂f/∂A_k over the map.

    In front of a normalisation the terms of the mean cancel, and what is left may be rounding only.
    """
    from analysis.question.class_maps import in_double_precision, maps_and_slopes
    from analysis.question.rounding import sum_without_rounding

    layer, maps, slopes = maps_and_slopes(question)
    map_, terms = _weighted(maps, slopes)
    again = lambda: _weighted(*in_double_precision(question, layer, maps, slopes))  # noqa: E731
    return layer, sum_without_rounding(map_, terms, again).relu()


def _weighted(maps: "Tensor", slopes: "Tensor") -> "tuple[Tensor, Tensor]":
    """Σ_k α_k A_k, and the sum of the sizes of all its terms."""
    alpha, sizes = (each.mean((1, 2), keepdim=True) for each in (slopes, slopes.abs()))
    return (alpha * maps).sum(0), (sizes * maps.abs()).sum(0)
