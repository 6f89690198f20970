"""HiResCAM: every place of a map weighted by its own gradient, whatever its sign (Draelos & Carin 2020)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.results.kinds import Heat

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class HiResCam:
    name: ClassVar[str] = "hires-cam"
    title: ClassVar[str] = "HiResCAM"
    summary: ClassVar[str] = "Like Grad-CAM without averaging, so that it shows only places that the answer used."
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
        """ReLU(Σ_k ∂f/∂A_k·A_k). What cancels in the sum may leave rounding only, which is nothing."""
        from analysis.question.class_maps import drawn, in_double_precision, maps_and_slopes, said_of
        from analysis.question.rounding import sum_without_rounding

        layer, maps, slopes = maps_and_slopes(question)
        sums, terms = _summed(maps, slopes)
        again = lambda: _summed(*in_double_precision(question, layer, maps, slopes))  # noqa: E731
        map_ = sum_without_rounding(sums, terms, again).relu()
        yield Progress(1, 1, drawn(question, layer, map_), said_of(layer, map_))


def _summed(maps: "Tensor", slopes: "Tensor") -> "tuple[Tensor, Tensor]":
    """Σ_k g_k·A_k, and the sum of the sizes of all its terms."""
    return (slopes * maps).sum(0), (slopes * maps).abs().sum(0)
