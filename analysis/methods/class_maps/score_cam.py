"""Score-CAM: a layer's maps, weighted by the answer to the picture seen through each of them (Wang et al. 2020)."""

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
class ScoreCam:
    name: ClassVar[str] = "score-cam"
    title: ClassVar[str] = "Score-CAM"
    summary: ClassVar[str] = (
        "Shows the network only what each map highlights, and weights the map by the answer to that."
    )
    family: ClassVar[Family] = "class activation maps"
    gives: ClassVar[type[Heat]] = Heat
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target", "layer"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the map, rows × columns of the layer",
        "upsampled": "the map at the size of the picture",
        "layer": "whose maps were weighted",
    }
    live: ClassVar[bool] = False

    batch: int = setting(
        0,
        "Masked pictures that are computed at once; 0 chooses for this network.",
        low=0,
        high=4096,
        lowest="automatic",
    )

    def run(self, question: Question) -> Iterator[Progress]:
        """ReLU(Σ_k α_k A_k), α = softmax over k of f(x∘H_k) − f(0), H_k the enlarged map scaled to 0…1."""
        import torch

        from analysis.question.batches import batch_size
        from analysis.question.class_maps import drawn, maps_alone, over_picture, said_of
        from analysis.question.scalar import settled, values
        from analysis.quick.folding import folded
        from analysis.quick.runtime.batches import in_batches

        question = settled(question)
        layer, maps = maps_alone(question)
        size = batch_size(question.network, self.batch, passes=1)
        asked = in_batches(folded(question), size, len(maps))
        empty = values(asked, torch.zeros_like(question.input))
        scores = torch.empty(0, device=maps.device)
        for count in question.pace.shares(len(maps), size):
            some = maps[len(scores) : len(scores) + count]
            masks = torch.stack([_from_0_to_1(over_picture(question, map_)) for map_ in some])
            scores = torch.cat([scores, values(asked, question.input * masks[:, None]) - empty])
            alpha = scores.softmax(0)[:, None, None]
            map_ = (alpha * maps[: len(scores)]).sum(0).relu()
            note = said_of(layer, map_) if len(scores) == len(maps) else ""
            yield Progress(len(scores), len(maps), drawn(question, layer, map_), note)


_FLAT = 1e-6  # of the map's largest number: enlarging alone makes such differences by rounding


def _from_0_to_1(map_: "Tensor") -> "Tensor":
    """A map that is the same everywhere highlights nothing."""
    low, high = map_.amin(), map_.amax()
    if float(high - low) <= _FLAT * float(map_.abs().amax()):
        return map_.new_zeros(map_.shape)
    return (map_ - low) / (high - low)
