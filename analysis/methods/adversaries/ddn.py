"""Decoupled direction and norm: the smallest change that fools, found by shrinking one that does (Rony et al. 2019)."""

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

LAST_STEP = 0.01  # of the first one's length


@dataclass(frozen=True)
class Ddn:
    name: ClassVar[str] = "ddn"
    title: ClassVar[str] = "DDN"
    summary: ClassVar[str] = "Looks for the least change that fools: shrinks one that does, enlarges one that does not."
    family: ClassVar[Family] = "adversaries"
    gives: ClassVar[type[Adversary]] = Adversary
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture"})
    declares: ClassVar[Mapping[str, str]] = NUMBERS
    live: ClassVar[bool] = False

    steps: int = setting(100, "How many steps.", low=1, high=10_000)
    gamma: float = setting(
        0.05, "By which share the length shrinks or grows at every step.", low=0.001, high=0.9
    )  # fmt: skip
    target_class: int = setting(-1, TARGET, low=-1, high=10**9, lowest="any other")
    export: str = setting("figure", EXPORT, choices=EXPORTS)

    def explains(self) -> ClassTarget:
        return aimed_at(self.target_class)

    def run(self, question: Question) -> Iterator[Progress]:
        """δ ← ρ · (δ + α ∇L/‖∇L‖) made of length 1, with ρ ← (1 − γ)ρ if x + δ fools and (1 + γ)ρ if not."""
        from analysis.methods.adversaries.course import Course

        course = Course(question, self.target_class, self.export, passes=self.steps)
        course.watch.all_losses_count = False
        moments = self.moments(course.victim, course.clean, course.goal)
        yield from course.through(moments, self.steps + 1)

    def moments(self, victim: "Victim", clean: "Tensor", goal: "Goal") -> "Iterator[Moment]":
        """Of any number of pictures, each for itself; `best` is the nearest that fools, or the last where none does."""
        import math
        from dataclasses import replace

        import torch

        from analysis.methods.adversaries.picture_space import lengths

        pictures, radius = clean, torch.ones_like(clean[:, :1, :1, :1])
        best, nearest = clean, torch.full_like(radius, math.inf)
        for number in range(self.steps + 1):
            ends = number == self.steps
            moment = victim.moment(pictures, goal, derive=not ends)
            fools = goal.reached(moment.logits).view(-1, 1, 1, 1)
            far = lengths(pictures - clean)
            better = fools & (far < nearest)
            best = torch.where(better, pictures, torch.where(nearest.isinf(), pictures, best))
            nearest = torch.where(better, far, nearest)
            yield replace(moment, best=best, fools=nearest.isfinite().flatten())
            if moment.slope is None:
                return
            step = LAST_STEP + (1 - LAST_STEP) * (1 + math.cos(math.pi * number / self.steps)) / 2
            change = pictures - clean + step * moment.slope / lengths(moment.slope)
            radius = radius * torch.where(fools, 1 - self.gamma, 1 + self.gamma)
            pictures = (clean + change * radius / lengths(change)).clamp(0, 1)
