"""CAM: the last maps, weighted as the final linear layer weights their means for the class (Zhou et al. 2016)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.question.question import Question
from analysis.results.kinds import Heat


@dataclass(frozen=True)
class Cam:
    name: ClassVar[str] = "cam"
    title: ClassVar[str] = "CAM"
    summary: ClassVar[str] = "Where the evidence for a class lies, in networks that end in a mean over the map."
    family: ClassVar[Family] = "class activation maps"
    gives: ClassVar[type[Heat]] = Heat
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "the map, rows × columns of the layer",
        "upsampled": "the map at the size of the picture",
        "layer": "whose maps were weighted",
    }
    live: ClassVar[bool] = True

    def run(self, question: Question) -> Iterator[Progress]:
        """ReLU(Σ_k w_ck A_k) where the class's logit is Σ_k w_ck·mean(A_k) + b_c."""
        from analysis.question.class_maps import drawn, said_of
        from analysis.question.pooled_head import pooled_head

        head = pooled_head(question)
        map_ = (head.weights[:, None, None] * head.maps).sum(0).relu()
        yield Progress(1, 1, drawn(question, head.layer, map_), said_of(head.layer, map_))
