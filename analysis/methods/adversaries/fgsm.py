"""Fast gradient sign method: one step that moves every value as far as is allowed (Goodfellow et al. 2015)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from analysis.methods.adversaries.aim import EXPORT, EXPORTS, TARGET, aimed_at
from analysis.methods.adversaries.declared import NUMBERS
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.protocol.target import ClassTarget
from analysis.question.question import Question
from analysis.results.kinds import Adversary


@dataclass(frozen=True)
class Fgsm:
    name: ClassVar[str] = "fgsm"
    title: ClassVar[str] = "FGSM"
    summary: ClassVar[str] = "Every value of the picture goes the same way up or down, once, as the loss rises."
    family: ClassVar[Family] = "adversaries"
    gives: ClassVar[type[Adversary]] = Adversary
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture"})
    declares: ClassVar[Mapping[str, str]] = NUMBERS
    live: ClassVar[bool] = False

    levels: int = setting(8, "How far each value may move, of 255 levels.", low=1, high=255, unit="levels")
    target_class: int = setting(-1, TARGET, low=-1, high=10**9, lowest="any other")
    export: str = setting("figure", EXPORT, choices=EXPORTS)

    def explains(self) -> ClassTarget:
        return aimed_at(self.target_class)

    def run(self, question: Question) -> Iterator[Progress]:
        """x̌ = clip(x + ε · sign ∇L)."""
        from analysis.methods.adversaries.course import Course
        from analysis.methods.adversaries.picture_space import LEVELS, in_levels
        from analysis.methods.adversaries.victim import climb

        course = Course(question, self.target_class, self.export, self.levels)
        bound = in_levels(course.clean, self.levels)
        reach = self.levels / LEVELS
        moments = climb(
            course.victim, course.clean, course.goal, 1, lambda x, slope, _number: bound(x + reach * slope.sign())
        )
        yield from course.through(moments, 2)
