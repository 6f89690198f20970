"""FullGrad: what the picture adds to the answer, and what the bias of every layer adds at each of its places."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.question.silence import NOTHING
from analysis.results.kinds import Heat

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class FullGrad:
    name: ClassVar[str] = "full-grad"
    title: ClassVar[str] = "FullGrad"
    summary: ClassVar[str] = (
        "Every part of the answer, of the picture and of each layer's biases, laid over the picture."
    )
    family: ClassVar[Family] = "derivatives"
    gives: ClassVar[type[Heat]] = Heat
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the map, rows × columns of the picture",
        "completeness": "what the picture and all biases add up to, and the answer; equal where the network is linear "
        "between its kinks",
        "parts": "what the picture, and then each call of each layer, adds to the answer",
        "layers": "whose parts those are; the first is the picture",
    }
    live: ClassVar[bool] = True

    def run(self, question: Question) -> Iterator[Progress]:
        """Σ_c ψ(x·∂f/∂x)_c + Σ_l Σ_c ψ(b_l·∂f/∂z_l)_c, ψ the size of each, from 0 to 1 in its layer, enlarged."""
        import numpy as np
        import torch

        from analysis.network.network import as_array
        from analysis.question.full_gradient import full_gradient
        from analysis.question.scalar import settled, values

        question = settled(question)
        found = full_gradient(question)
        size = question.input.shape[2], question.input.shape[3]
        map_ = _from_0_to_1(found.to_picture[0]).sum(0)
        for path, part in found.biases:
            if (maps := _as_maps(question, path, part)) is not None:
                map_ = map_ + _enlarged(_from_0_to_1(maps).sum(0), size)
        value, total = float(values(question, question.input)[0]), found.total()
        if found.terms() <= _NOTHING * abs(value):
            map_ = torch.zeros_like(map_)
        parts = torch.stack([found.to_picture.sum(), *(part.sum() for _, part in found.biases)])
        beside = {
            "completeness": np.array([total, value], np.float32),
            "parts": as_array(parts),
            "layers": np.array(["picture", *(path for path, _ in found.biases)]),
        }
        note = "" if bool(map_.any()) else NOTHING
        if not note and abs(total - value) > _COMPLETE * (found.terms() + abs(value)):
            note = (
                f"The parts add up to {total:.3g} and the answer is {value:.3g}: this network, or what is asked of it, "
                "is not linear between kinks, and what bends it otherwise is not in the map."
            )
        yield Progress(1, 1, Heat(as_array(map_), beside=beside), note)


_COMPLETE = 1e-4  # of all that is added up
_NOTHING = 1e-13  # of the answer is the rounding of double precision, and would be drawn at full scale


def _from_0_to_1(part: "Tensor") -> "Tensor":
    """The size of each number, from the least of all to the largest; what is the same everywhere says nothing."""
    sizes = part.abs()
    low, high = sizes.amin(), sizes.amax()
    return (sizes - low) / (high - low) if float(high) > float(low) else sizes.new_zeros(sizes.shape)


def _as_maps(question: Question, path: str, part: "Tensor") -> "Tensor | None":
    """Units × rows × columns, where the layer has places of the picture."""
    from analysis.network.maps import maps_of

    node = question.network.root.find(path)
    if node is None or not node.has_places or node.grid is None:
        return None
    maps = maps_of(node, part)[0]
    return maps if maps.shape[1] * maps.shape[2] > 1 else None


def _enlarged(map_: "Tensor", size: tuple[int, int]) -> "Tensor":
    from torch.nn import functional

    return functional.interpolate(map_[None, None], size, mode="bilinear", align_corners=False)[0, 0]
