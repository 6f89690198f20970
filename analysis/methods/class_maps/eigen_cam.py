"""EigenCAM: what a layer's maps have most in common, whatever the answer is (Muhammad & Yeasin 2020)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Heat

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class EigenCam:
    name: ClassVar[str] = "eigen-cam"
    title: ClassVar[str] = "EigenCAM"
    summary: ClassVar[str] = (
        "The pattern that a layer's maps share most: what the layer sees, for no answer in particular."
    )
    family: ClassVar[Family] = "class activation maps"
    gives: ClassVar[type[Heat]] = Heat
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "layer"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the map, rows × columns of the layer",
        "upsampled": "the map at the size of the picture",
        "layer": "whose maps were taken together",
        "share": "how much of all that differs in the maps this one pattern is, from 0 to 1",
    }
    live: ClassVar[bool] = True

    centred: bool = setting(
        True, "The mean of each map is taken off first, as pytorch-grad-cam does; off: as in the paper."
    )

    def run(self, question: Question) -> Iterator[Progress]:
        """ReLU(A·v₁): the places × units of the layer, projected on the first right singular vector.

        A singular vector has no sign: the pattern is turned so that it is more than nothing on the whole or, where the
        means are off, so that it goes with the sum of all maps.
        """
        import numpy as np

        from analysis.question.class_maps import drawn, maps_by_themselves
        from analysis.results.kinds import Heat

        layer, maps = maps_by_themselves(question)
        projected, share = _first_component(maps, self.centred)
        map_ = projected.relu()
        shown = drawn(question, layer, map_)
        beside = {**shown.beside, "share": np.array(share, np.float32)}
        note = "" if bool(map_.any()) else f"The maps of {layer.path} are the same at every place: take another layer."
        yield Progress(1, 1, Heat(shown.values, shown.over, beside=beside), note)


def _first_component(maps: "Tensor", centred: bool) -> "tuple[Tensor, float]":
    """The projection as rows × columns, and its share of the squares; in double precision, which costs nothing here."""
    import torch

    exact = maps if maps.device.type == "mps" else maps.double()
    table = exact.flatten(1).T  # places × units
    total = table.sum(1)
    if centred:
        size = float(table.abs().max())
        table = table - table.mean(0)
        table = torch.where(table.abs() <= _ROUNDING * size, 0, table)  # maps that are the same everywhere
    squares = float(table.square().sum())
    if not squares:
        return maps.new_zeros(maps.shape[1:]), 0.0
    _, sizes, directions = torch.linalg.svd(table, full_matrices=False)
    projected = table @ directions[0]
    if float((projected * total).sum() if centred else projected.sum()) < 0:
        projected = -projected
    return projected.reshape(maps.shape[1:]).to(maps.dtype), float(sizes[0].square()) / squares


_ROUNDING = 1e-6  # of the largest number, in maps that were computed in single precision
