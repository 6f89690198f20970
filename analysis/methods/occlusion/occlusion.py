"""Occlusion sensitivity: hide a part of the picture and see how much the answer drops (Zeiler & Fergus 2014)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.question.question import Question
from analysis.results.kinds import Heat


@dataclass(frozen=True)
class Occlusion:
    name: ClassVar[str] = "occlusion"
    title: ClassVar[str] = "Occlusion sensitivity"
    summary: ClassVar[str] = "A mask goes over the picture; where it costs the answer most, the network was looking."
    family: ClassVar[Family] = "occlusion"
    gives: ClassVar[type[Heat]] = Heat
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "clean score − score with the mask there, rows × columns of mask places; until the run ends a place "
        "not yet visited holds the value of the visited place above and left of it",
        "positions": "first row and column of each mask in input pixels, rows × columns × 2",
        "baseline": "the clean score, one number",
        "error": "largest error of a drop and correlation with exact drops, at the places where they were compared",
    }
    live: ClassVar[bool] = False

    mask: int = setting(32, "Side of the square mask.", low=1, high=4096, unit="pixels", for_side=224)
    stride: int = setting(2, "From one place of the mask to the next.", low=1, high=4096, unit="pixels", for_side=224)
    fill: str = setting(
        "grey",
        "What the mask shows: mid-grey, the picture's mean colour, black, or the picture blurred (σ mask / 4).",
        choices=("grey", "mean", "black", "blur"),
    )
    exact: bool = setting(True, "Off: quicker and approximate, in half the precision, with its error measured.")

    def run(self, question: Question) -> Iterator[Progress]:
        """clean score − score with the mask there, of the same target everywhere; the map sharpens coarse to fine."""
        from analysis.occlusion.masks import masks
        from analysis.occlusion.sweep import sweep
        from analysis.question.scalar import settled

        question = settled(question)
        places = masks(question.network, question.input, self.mask, self.stride, self.fill)
        for state in sweep(question, places, self.exact):
            yield Progress(state.done, state.total, state.heat(places), state.note)
