"""Occlusion loss map: where hiding a part of the picture makes the predicted class likelier, and where less likely."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.protocol.problems import Problem
from analysis.protocol.target import ClassTarget
from analysis.question.question import Question
from analysis.results.kinds import Heat


@dataclass(frozen=True)
class OcclusionLoss:
    name: ClassVar[str] = "occlusion-loss"
    title: ClassVar[str] = "Occlusion loss map"
    summary: ClassVar[str] = (
        "Where a mask raises the loss of the network's answer is why it answered so, right or wrong."
    )
    family: ClassVar[Family] = "occlusion"
    gives: ClassVar[type[Heat]] = Heat
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "L of the clean picture − L with the mask there, L = −log P(y = Q), rows × columns of mask places; "
        "below 0 the mask hides what speaks for Q; until the run ends a place not yet visited holds the value of the "
        "visited place above and left of it",
        "positions": "first row and column of each mask in input pixels, rows × columns × 2",
        "baseline": "L of the clean picture, one number",
        "error": "largest error of a drop and correlation with exact drops, at the places where they were compared",
    }
    live: ClassVar[bool] = False

    predicted: int = setting(
        -1, "The class Q whose loss is mapped; −1 is the network's own answer.", low=-1, high=10**9, lowest="its answer"
    )
    truth: int = setting(-1, "The true class K, if you know it; −1 if not.", low=-1, high=10**9, lowest="unknown")
    mask: int = setting(32, "Side of the square mask.", low=1, high=4096, unit="pixels", for_side=224)
    stride: int = setting(2, "From one place of the mask to the next.", low=1, high=4096, unit="pixels", for_side=224)
    fill: str = setting(
        "grey",
        "What the mask shows: mid-grey, the picture's mean colour, black, or the picture blurred (σ mask / 4).",
        choices=("grey", "mean", "black", "blur"),
    )
    exact: bool = setting(True, "Off: quicker and approximate, in half the precision, with its error measured.")

    def explains(self) -> ClassTarget:
        return ClassTarget("logprob", None if self.predicted < 0 else self.predicted)

    def run(self, question: Question) -> Iterator[Progress]:
        """L_plain − L_occluded = log P_occluded(y = Q) − log P_plain(y = Q)."""
        from analysis.occlusion.masks import masks
        from analysis.occlusion.sweep import sweep
        from analysis.question.scalar import settled

        network = question.network
        if network.output != "classes":
            raise Problem(
                f"{network.title} does not answer with classes, which alone have a loss: take the sensitivity map "
                "(occlusion) of a unit of a layer."
            )
        if network.root.units == 1:
            raise Problem(
                f"{network.title} has a single output, whose loss as a class is always 0: take the sensitivity map "
                "(occlusion), which tells how much the output itself drops."
            )
        question = settled(replace(question, target=self.explains()))
        if self.truth >= question.network.root.units:
            raise Problem(
                f"{question.network.title} has classes 0 to {question.network.root.units - 1}, not {self.truth}."
            )
        why = self._why(question)
        places = masks(question.network, question.input, self.mask, self.stride, self.fill)
        for state in sweep(question, places, self.exact):
            yield Progress(state.done, state.total, state.heat(places, of_loss=True), f"{why} {state.note}")

    def _why(self, question: Question) -> str:
        """K = Q asks why the answer is right, K ≠ Q why it is wrong."""
        if not isinstance(question.target, ClassTarget) or question.target.index is None:
            raise TypeError("The class has to be settled first.")
        answer = question.network.label(question.target.index)
        if self.truth < 0:
            return f"Why {answer}?"
        if self.truth == question.target.index:
            return f"Why {answer}, which is right?"
        return f"Why {answer}, which is wrong (it is {question.network.label(self.truth)})?"
