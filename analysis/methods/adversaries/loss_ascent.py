"""Loss ascent: the picture follows the gradient of its own label's loss, plainly (Fleuret's lecture)."""

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

SPACES = ("picture", "input")
FORMS = ("plain", "signed", "normalised")
LEVEL = 1 / 255


@dataclass(frozen=True)
class LossAscent:
    name: ClassVar[str] = "loss-ascent"
    title: ClassVar[str] = "Loss ascent"
    summary: ClassVar[str] = "The picture climbs the loss of the network's own answer, step by step."
    family: ClassVar[Family] = "adversaries"
    gives: ClassVar[type[Adversary]] = Adversary
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture"})
    declares: ClassVar[Mapping[str, str]] = NUMBERS
    live: ClassVar[bool] = False

    steps: int = setting(15, "How many steps.", low=1, high=10_000)
    rate: float = setting(0.1, "What the gradient is multiplied by in plain steps.", low=1e-6, high=1e6)
    form: str = setting(
        "plain",
        "Plain steps are as long as the gradient, which is next to nothing where the network is sure; signed ones move "
        "every value by one level, normalised ones are as long as that and go along the gradient.",
        choices=FORMS,
    )
    space: str = setting(
        "picture",
        "Whether a plain step's gradient is by the picture's values from 0 to 1, or by the normalised ones of the "
        "network's input, as in the lecture, which goes about twenty times slower.",
        choices=SPACES,
    )
    target_class: int = setting(-1, TARGET, low=-1, high=10**9, lowest="any other")
    export: str = setting("figure", EXPORT, choices=EXPORTS)

    def explains(self) -> ClassTarget:
        return aimed_at(self.target_class)

    def run(self, question: Question) -> Iterator[Progress]:
        """x ← clip(x + η ∇ₓL(f(x), y)), y the label that the network gave the picture itself."""
        from analysis.methods.adversaries.course import Course
        from analysis.methods.adversaries.picture_space import constants
        from analysis.methods.adversaries.victim import climb

        course = Course(question, self.target_class, self.export, passes=self.steps)
        course.watch.stalls = self.form == "plain"
        _, std = constants(question.network, course.clean)
        moments = climb(
            course.victim, course.clean, course.goal, self.steps, lambda x, slope, _number: self._moved(x, slope, std)
        )
        yield from course.through(moments, self.steps + 1)

    def _moved(self, x: "Tensor", slope: "Tensor", std: "Tensor") -> "Tensor":
        from analysis.methods.adversaries.picture_space import lengths, radius_of

        if self.form == "signed":
            step = LEVEL * slope.sign()
        elif self.form == "normalised":
            step = radius_of(1, slope[0].numel()) * slope / lengths(slope)
        else:
            step = self.rate * slope * (std**2 if self.space == "input" else 1)
        return (x + step).clamp(0, 1)
