"""Grad-CAM++: weights that count every instance of a thing alike (Chattopadhay et al. 2018)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.results.kinds import Heat


@dataclass(frozen=True)
class GradCamPlusPlus:
    name: ClassVar[str] = "grad-cam++"
    title: ClassVar[str] = "Grad-CAM++"
    summary: ClassVar[str] = "Like Grad-CAM, but several things of the class in one picture all count."
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
        """ReLU(Σ_k w_k A_k) with w_k = Σ_ij α_kij·ReLU(g_kij) and α_kij = g² / (2g² + Σ_ab A_kab·g³), g = ∂f/∂A.

        g² is cancelled before anything is computed, since such powers leave the range of numbers. Where the divisor is
        0 it is taken for 1, as the authors do.
        """
        import torch

        from analysis.question.class_maps import drawn, maps_and_slopes, said_of

        layer, maps, slopes = maps_and_slopes(question)
        divisor = 2 + maps.sum((1, 2), keepdim=True) * slopes
        alpha = torch.where(divisor == 0, slopes.square(), 1 / divisor)
        weights = (alpha * slopes.relu()).sum((1, 2), keepdim=True)
        map_ = (weights * maps).sum(0).relu()
        yield Progress(1, 1, drawn(question, layer, map_), said_of(layer, map_))
