"""Does a map stay when the picture changes invisibly? Its greatest change over small noise (Yeh et al. 2019)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from analysis.methods.known import testable
from analysis.methods.method import Ask, Family, Progress
from analysis.methods.settings import setting, settings_of_the_named
from analysis.methods.trust.pixel_importance import SEEN, SPREAD, WHOSE, Tested, pixel_importance
from analysis.protocol.recipe import Setting
from analysis.question.question import Question
from analysis.results.kinds import Curves, Line, Numbers
from analysis.results.views import VIEWS

_ROUNDED = 3e-7  # of the map: what its single precision changes by itself


@dataclass(frozen=True)
class Sensitivity:
    name: ClassVar[str] = "sensitivity"
    title: ClassVar[str] = "Sensitivity to noise"
    summary: ClassVar[str] = "How much a map changes when the picture changes by less than anybody sees."
    family: ClassVar[Family] = "trust"
    gives: ClassVar[type[Curves]] = Curves
    asks: ClassVar[frozenset[Ask]] = frozenset({"picture", "target", "seed"})
    declares: ClassVar[Mapping[str, str]] = {
        "result": "‖map(x + ε) − map(x)‖ / ‖map(x)‖ of every draw; 1 where an empty map is not empty any more",
        "draw": "which noisy copy of the picture",
        "worst": "the greatest of them",
        "spread": SPREAD,
    }
    live: ClassVar[bool] = False

    map: str = setting("gradient", WHOSE, choices=testable)
    view: str = setting("raw", SEEN, choices=VIEWS)
    map_settings: Mapping[str, Setting] = settings_of_the_named("map")
    radius: float = setting(0.02, "Greatest change of a value of the network's input.", low=0, high=10)
    draws: int = setting(10, "How many noisy pictures.", low=1, high=1000)

    def run(self, question: Question) -> Iterator[Progress]:
        """max over ε, uniform in [−r, r], for the class of the clean picture."""
        import numpy as np
        import torch

        from analysis.question.scalar import settled

        tested = Tested(self.map, self.view, self.map_settings)
        question = settled(question)
        total = self.draws + 1
        clean = yield from pixel_importance(tested, question, 0, total)
        spread = np.array([clean.spread], np.float32)
        generator = torch.Generator().manual_seed(question.seed)
        changes: list[float] = []
        for draw in range(1, total):
            noise = (torch.rand(question.input.shape, generator=generator) * 2 - 1) * self.radius
            shaken = replace(question, input=question.input + noise.to(question.input.device))
            noisy = yield from pixel_importance(tested, shaken, draw, total)
            before, after = (torch.from_numpy(one.pixels).double() for one in (clean, noisy))
            size = before.norm()  # in double precision: its squares leave single precision's range
            change = float((after - before).norm() / size) if size else float(after.any())
            changes.append(change if change > _ROUNDED else 0.0)
            result = np.array(changes, np.float32)
            drawn = np.arange(1, draw + 1, dtype=np.float32)
            numbers = {"result": result, "draw": drawn, "worst": result.max(keepdims=True), "spread": spread}
            yield Progress(draw + 1, total, _drawn(numbers, self.draws))


def _drawn(numbers: Numbers, draws: int) -> Curves:
    return Curves(
        lines=(Line("change of the map", numbers["result"]),),
        x=numbers["draw"],
        x_words="which noisy copy of the picture",
        y_words="‖map(x + ε) − map(x)‖ / ‖map(x)‖ of every draw",
        numbers=numbers,
        few=("worst", "spread"),
        x_range=(1.0, float(max(10, draws))),
        y_range=(0.0, 1.0),
        counted=True,
    )
