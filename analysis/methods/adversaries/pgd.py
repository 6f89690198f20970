"""Projected gradient descent: small steps, each put back into what is allowed (Madry et al. 2018).

With the cross-entropy and steps of 2/255 it is the book's, to the bit. Of the first 50 test pictures of CIFAR-10 that
leaves the network that ships 28 % right, the margin with steps twice as long 2 %.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from analysis.methods.adversaries.aim import EXPORT, EXPORTS, TARGET, aimed_at
from analysis.methods.adversaries.declared import NUMBERS
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting
from analysis.protocol.target import ClassTarget
from analysis.question.question import Question
from analysis.results.kinds import Adversary

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from analysis.methods.adversaries.picture_space import Bound

NORMS = ("linf", "l2")
LOSSES = ("margin", "cross-entropy")
RATES = {"margin": 0.5, "cross-entropy": 0.25}


@dataclass(frozen=True)
class Pgd:
    name: ClassVar[str] = "pgd"
    title: ClassVar[str] = "PGD"
    summary: ClassVar[str] = "Climbs the loss in small steps and never leaves a ball round the picture."
    family: ClassVar[Family] = "adversaries"
    gives: ClassVar[type[Adversary]] = Adversary
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "seed"})
    declares: ClassVar[Mapping[str, str]] = {
        **NUMBERS,
        "starts": "the loss that each start led to, the one from the picture itself first",
        "radius": "how long the change may be where it is bounded as a whole (L2), 0 where it is not",
    }
    live: ClassVar[bool] = False

    levels: int = setting(
        8,
        "How far each value may move, of 255 levels; in L2, how far they may in the mean (root mean square).",
        low=1,
        high=255,
        unit="levels",
    )
    norm: str = setting(
        "linf", "Whether each value is bounded (linf), or the length of the whole change (l2).", choices=NORMS
    )
    radius: float = setting(
        0.0, "In L2, how long the change may be; 0 takes it from the levels.", low=0, high=10_000, lowest="by levels"
    )
    steps: int = setting(10, "How many steps.", low=1, high=10_000)
    loss: str = setting(
        "margin",
        "What is climbed: the margin of the best other class over its own, which is steep also where a network is very "
        "sure, or the cross-entropy of the book, which hardly is.",
        choices=LOSSES,
    )
    rate: float = setting(
        0.0,
        "How long a step is, as a share of how far the picture may go; 0 takes a half for the margin, and a quarter "
        "for the cross-entropy, which is the 2/255 of the book for 8 levels.",
        low=0,
        high=10,
        lowest="by the loss",
    )
    restarts: int = setting(
        1, "How often it starts again from a random place of the ball, after the start from the picture itself.",
        low=0, high=1000,
    )  # fmt: skip
    target_class: int = setting(-1, TARGET, low=-1, high=10**9, lowest="any other")
    export: str = setting("figure", EXPORT, choices=EXPORTS)

    def explains(self) -> ClassTarget:
        return aimed_at(self.target_class)

    def run(self, question: Question) -> Iterator[Progress]:
        """x ← Π(x + α · sign ∇L) or, in L2, Π(x + α · ∇L / ‖∇L‖)."""
        import numpy as np
        import torch

        from analysis.methods.adversaries.course import Course
        from analysis.methods.adversaries.victim import climb

        bound = self.levels if self.norm == "linf" else None
        passes = (self.restarts + 1) * self.steps
        course = Course(question, self.target_class, self.export, bound, passes)
        generator = torch.Generator().manual_seed(question.seed)
        start, move = self.ball(course.clean)
        total = (self.restarts + 1) * (self.steps + 1)
        for number in range(self.restarts + 1):
            place = course.clean if number == 0 else start(generator)
            goal = replace(course.goal, margin=self.loss == "margin")
            moments = climb(course.victim, place, goal, self.steps, move)
            yield from course.followed(moments, total)
        radius = self.radius_for(course.clean) if self.norm == "l2" else 0.0
        more = {"starts": np.array(course.runs, np.float32), "radius": np.array(radius)}
        yield from course.ended(total, more)

    @property
    def share(self) -> float:
        """How long a step is, as a share of how far the picture may go."""
        return self.rate or RATES[self.loss]

    def radius_for(self, clean: "Tensor") -> float:
        from analysis.methods.adversaries.picture_space import radius_of

        return self.radius or radius_of(self.levels, clean[0].numel())

    def ball(self, clean: "Tensor") -> "tuple[Callable[[Generator], Tensor], Callable[[Tensor, Tensor, int], Tensor]]":
        """A random place in the ball round these pictures, and a step in it."""
        from analysis.methods.adversaries import picture_space as space

        if self.norm == "l2":
            radius = self.radius_for(clean)
            bound: Bound = space.in_radius(clean, radius)
            long = self.share * radius

            def along(x: "Tensor", slope: "Tensor", _number: int) -> "Tensor":
                return bound(x + long * slope / space.lengths(slope))

            return lambda generator: space.anywhere_in_radius(clean, radius, generator), along
        within = space.in_levels(clean, self.levels)
        step = self.levels / space.LEVELS * self.share

        def signed(x: "Tensor", slope: "Tensor", _number: int) -> "Tensor":
            return within(x + step * slope.sign())

        return lambda generator: space.anywhere_in_levels(clean, self.levels, generator), signed
