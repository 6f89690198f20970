"""DeepFool: steps to the nearest border of the answer's class, as if all were linear (Moosavi-Dezfooli 2016)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.adversaries.aim import EXPORT, EXPORTS, TARGET, aimed_at
from analysis.methods.adversaries.declared import NUMBERS
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.protocol.target import ClassTarget
from analysis.question.question import Question
from analysis.results.kinds import Adversary

if TYPE_CHECKING:
    from torch import Tensor

    from analysis.methods.adversaries.victim import Goal, Moment, Victim

LEAST = 1e-4  # of the border's distance that is gone at every step, or rounding would never let it be crossed


@dataclass(frozen=True)
class DeepFool:
    name: ClassVar[str] = "deepfool"
    title: ClassVar[str] = "DeepFool"
    summary: ClassVar[str] = "Goes straight to the nearest border between its answer and another, and a little beyond."
    family: ClassVar[Family] = "adversaries"
    gives: ClassVar[type[Adversary]] = Adversary
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture"})
    declares: ClassVar[Mapping[str, str]] = NUMBERS
    live: ClassVar[bool] = False

    steps: int = setting(50, "How many steps at most; it ends as soon as the network is fooled.", low=1, high=10_000)
    classes: int = setting(10, "Among how many classes, the likeliest ones, the nearest border is.", low=2, high=1000)
    overshoot: float = setting(0.02, "How far beyond the border it goes, as a share of the way.", low=0, high=10)
    target_class: int = setting(-1, TARGET, low=-1, high=10**9, lowest="any other")
    export: str = setting("figure", EXPORT, choices=EXPORTS)

    def explains(self) -> ClassTarget:
        return aimed_at(self.target_class)

    def run(self, question: Question) -> Iterator[Progress]:
        """r ← r + |f_k − f_y| / ‖w‖² · w with w = ∇(f_k − f_y), k the class whose border is nearest."""
        from analysis.methods.adversaries.course import Course

        course = Course(question, self.target_class, self.export, passes=self.steps)
        course.watch.all_losses_count = False
        moments = self.moments(course.victim, course.clean, course.goal)
        yield from course.through(moments, self.steps + 1)

    def moments(self, victim: "Victim", clean: "Tensor", goal: "Goal") -> "Iterator[Moment]":
        """Of one picture."""
        from dataclasses import replace

        import torch

        way = torch.zeros_like(clean)
        pictures = clean
        for _ in range(self.steps):
            moment = victim.moment(pictures, goal, derive=False)
            if bool(goal.reached(moment.logits)[0]):
                yield moment
                return
            label = int(moment.logits[0].argmax())
            others = self._others(moment.logits[0], goal, label)
            margins, slopes = victim.borders(pictures, label, others)
            sizes = slopes.flatten(1).norm(dim=1).clamp_min(1e-12)
            nearest = int(((margins.abs() + LEAST) / sizes).argmin())
            yield replace(moment, slope=slopes[nearest : nearest + 1])
            far = (margins[nearest].abs() + LEAST) / sizes[nearest] ** 2
            way = way + far * slopes[nearest : nearest + 1]
            pictures = (clean + (1 + self.overshoot) * way).clamp(0, 1)
        yield victim.moment(pictures, goal, derive=False)

    def _others(self, logits: "Tensor", goal: "Goal", label: int) -> list[int]:
        """The classes whose borders are measured: the likeliest others, or the one that is aimed at."""
        if goal.targeted:
            return [int(goal.labels[0])]
        order = logits.argsort(descending=True).tolist()
        return [index for index in order if index != label][: self.classes - 1]
