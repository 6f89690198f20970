"""What goes wrong while a network learns, told once when it happens, in a sentence that says what to do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.results.kinds import Finding

TIMES = 3  # measurements one after the other that say the same
VANISHED = 1e-3  # a layer's gradient by the largest of the layers after it, root mean squares
EXPLODED = 100.0  # the norm of the whole gradient
FAR_OFF = 8.0  # times the loss of guessing
DEAD, SPARSE, SATURATED = 0.6, 0.97, 0.5  # shares: of units, of zeros, of what lies at the ends
TOO_FAR = 0.3  # of a layer's weights, that a step changes
BACK, BACK_TIMES = 0.1, 1.2  # how far the loss of the tests is above its best, both by difference and by ratio
BY_HEART = 0.2  # of the loss of the tests, that of what is learnt from; where the tests do not go up, far less:
WHOLLY, POOR = 1e-3, 0.1  # while the loss of the tests is more than this share of that of guessing
_LATER = 5  # tests after the best one


@dataclass(frozen=True)
class Measured:
    """Of one layer at one iteration."""

    layer: str
    gradient: float  # root mean square
    norm: float
    ratio: float
    zeros: float
    dead: float
    saturated: float


@dataclass(eq=False)
class Watch:
    guessing: float  # the loss of guessing
    findings: list[Finding] = field(default_factory=list)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    told: set[tuple[str, str]] = field(default_factory=set)

    def look(self, iteration: int, layers: Sequence[Measured], loss: float) -> None:
        alive = [one for one in layers if one.gradient > 0 and math.isfinite(one.gradient)]
        vanishing = [
            one
            for number, one in enumerate(alive[:-1])
            if one.gradient < VANISHED * max(later.gradient for later in alive[number + 1 :])
        ]
        self._say(
            iteration,
            "vanishing",
            (vanishing and vanishing[0].layer) or "",
            lambda: (
                f"The gradient vanishes on its way back: in {vanishing[0].layer} it is {_times(vanishing[0], alive)} "
                "of what it is later on. Take ReLUs, He's initialisation, batch norm or fewer layers."
            ),
        )
        norm = math.sqrt(sum(one.norm**2 for one in layers))
        exploding = not math.isfinite(norm) or norm > EXPLODED or loss > FAR_OFF * self.guessing
        self._say(
            iteration,
            "exploding",
            "all" if exploding else "",
            lambda: (
                f"The gradient explodes: its norm is {norm:.3g}, the loss {loss:.3g}. Take a lower rate, smaller "
                "initial weights or batch norm."
            ),
        )
        for one in layers:
            self._say(
                iteration,
                "dead",
                one.layer if one.dead >= DEAD else "",
                lambda one=one: (
                    f"In {one.layer} {100 * one.dead:.0f} % of the units are dead: zero for the whole batch, "
                    "and nothing flows back through them. Take a lower rate, biases that begin at zero, or leaky ReLUs."
                ),
                one.layer,
            )
            sparse = one.zeros >= SPARSE and one.dead < DEAD
            self._say(
                iteration,
                "sparse",
                one.layer if sparse else "",
                lambda one=one: (
                    f"{one.layer} is sparse: {100 * one.zeros:.0f} % of what it answers is zero, so little flows on or "
                    "back. Take biases that begin at zero, or leaky ReLUs."
                ),
                one.layer,
            )
            self._say(
                iteration,
                "saturated",
                one.layer if one.saturated >= SATURATED else "",
                lambda one=one: (
                    f"{one.layer} is saturated: {100 * one.saturated:.0f} % of what it answers lies at the "
                    "ends, where it is flat. Take smaller initial weights, a lower rate or batch norm."
                ),
                one.layer,
            )
            self._say(
                iteration,
                "too far",
                one.layer if one.ratio > TOO_FAR else "",
                lambda one=one: (
                    f"A step changes the weights of {one.layer} by {100 * one.ratio:.0f} %: a thousandth is "
                    "usual, so take a lower rate."
                ),
                one.layer,
            )

    def look_at_tests(self, iteration: int, losses: Sequence[float], learnt: float) -> None:
        """`learnt` is the loss of what is learnt from: where that rises, too, it does not overfit, it goes wrong."""
        best, now = min(range(len(losses)), key=lambda at: losses[at]), losses[-1]
        worse = now > max(BACK_TIMES * losses[best], losses[best] + BACK) and learnt < BY_HEART * now
        by_heart = now > POOR * self.guessing and learnt < WHOLLY * now
        back = len(losses) - best > _LATER and (worse or by_heart)
        self._say(
            iteration,
            "overfits",
            "all" if back else "",
            lambda: (
                f"It overfits: the loss of the tests was {losses[best]:.3g} at best and is {now:.3g}, that of what is "
                f"learnt from is {learnt:.2g}. Stop early, take more pictures or vary them, decay the weights, "
                "or drop some units."
            ),
            times=1,
        )

    def ended(self, iteration: int, sentence: str, kind: str) -> None:
        self.findings.append(Finding(iteration, "", kind, sentence))

    def once(self, iteration: int, sentence: str, kind: str) -> None:
        if (kind, "") not in self.told:
            self.told.add((kind, ""))
            self.ended(iteration, sentence, kind)

    def _say(self, iteration: int, kind: str, layer: str, sentence: object, of: str = "", times: int = TIMES) -> None:
        key = (kind, of)
        self.seen[key] = self.seen.get(key, 0) + 1 if layer else 0
        if layer and self.seen[key] >= times and key not in self.told:
            self.told.add(key)
            assert callable(sentence)
            self.findings.append(Finding(iteration, layer if layer != "all" else "", kind, str(sentence())))


def _times(one: Measured, layers: Sequence[Measured]) -> str:
    largest = max(later.gradient for later in layers)
    return f"{one.gradient / largest:.1g}"
