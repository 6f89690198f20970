"""What makes an attack mislead, watched while it runs: each with its sentence on what to do."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from analysis.methods.adversaries.victim import Victim
from analysis.results.kinds import Light

NOTHING = 1e-10  # length of a gradient that no step of any size follows
SMALL = 1e-2  # length of one that plain steps hardly follow
SETTLED = 3  # steps after which a loss should have risen


class Watch:
    """`fooled` tells of each start that is over whether it led to a picture that fools."""

    def __init__(self, victim: Victim, clean: Tensor, first: Tensor) -> None:
        self._title = victim.network.title
        self._probabilities = victim.probabilities
        self._random = not torch.equal(victim.answers(clean), first)
        self._training = _works_as_in_training(victim.network.module)
        self.fooled: list[bool] = []
        self.stalls = False  # whether a step is as long as the gradient, which may be next to nothing
        self.all_losses_count = True  # whether the loss is to move at all: what seeks the border holds it there
        self.rises = True  # whether the loss is to rise; towards a class it is to fall

    def lights(self, losses: Sequence[float], slopes: Sequence[float]) -> tuple[Light, ...]:
        return (
            Light(
                "gradient",
                bool(slopes) and (min(slopes) < NOTHING or (self.stalls and slopes[0] < SMALL)),
                self._faint(min(slopes, default=0.0)),
            ),
            Light(
                "logits",
                self._probabilities,
                f"{self._title} answers with probabilities: their logarithms are taken, whose rounding hides "
                "small losses, so attack it without its softmax if you can.",
            ),
            Light(
                "answers",
                self._random,
                f"{self._title} answers differently each time: what fools it once may not fool it again.",
            ),
            Light(
                "mode",
                self._training is not None,
                f"{self._training} works as in training, so answers depend on chance or on the batch: "
                "put the network into eval mode.",
            ),
            Light(
                "loss",
                self._stays(losses),
                "The loss does not move towards the goal: take signed or normalised steps, or larger ones.",
            ),
            Light(
                "restarts",
                self._disagree(),
                f"Only {sum(self.fooled)} of {len(self.fooled)} starts fool the network: more restarts may find more.",
            ),
        )

    def _faint(self, slope: float) -> str:
        if not slope:
            return (
                f"The gradient is zero: {self._title} is so sure of its answer, or says the same to all that is near, "
                "that plain steps stall; take signed or normalised ones of the margin (PGD), or a random start."
            )
        return (
            f"The gradient is next to nothing ({slope:.1g}): {self._title} is so sure of its answer that plain steps "
            "stall; take signed or normalised ones, or a random start."
        )

    def _stays(self, losses: Sequence[float]) -> bool:
        if not self.all_losses_count or len(losses) <= SETTLED:
            return False
        return not (max(losses[1:]) > losses[0] if self.rises else min(losses[1:]) < losses[0])

    def _disagree(self) -> bool:
        return len(set(self.fooled)) > 1


def _works_as_in_training(module: nn.Module) -> str | None:
    kinds = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._BatchNorm)
    return next((name for name, part in module.named_modules() if part.training and isinstance(part, kinds)), None)
