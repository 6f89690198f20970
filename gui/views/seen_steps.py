"""What a picture that grows was after its steps, as it was seen, so that one can look back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analysis.results.kinds import Grown

MOST = 96 << 20  # bytes of levels; beyond that every other step is let go


@dataclass(frozen=True, eq=False)
class _Seen:
    pictures: tuple[NDArray[np.uint8], ...]
    last: bool  # of a run that was over there, whose answer is known


class SeenSteps:
    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._seen: dict[int, _Seen] = {}
        self._newest: Grown | None = None

    @property
    def steps(self) -> list[int]:
        """In their order."""
        return list(self._seen)

    def add(self, step: int, grown: Grown) -> None:
        import numpy as np

        levels = tuple(np.rint(np.clip(one, 0, 1) * 255).astype(np.uint8) for one in grown.pictures)
        self._seen.pop(step, None)
        self._seen[step] = _Seen(levels, grown.activation is not None)
        self._newest = grown
        if sum(one.nbytes for seen in self._seen.values() for one in seen.pictures) > self._most:
            last = len(self._seen) - 1
            self._seen = {
                step: seen for place, (step, seen) in enumerate(self._seen.items()) if place % 2 == 0 or place == last
            }

    def at(self, place: int) -> Grown | None:
        """As it was then, with the curves up to there."""
        import numpy as np

        if self._newest is None or not 0 <= place < len(self._seen):
            return None
        step, seen = list(self._seen.items())[place]
        newest = self._newest
        known = step == newest.objective.shape[1]
        return replace(
            newest,
            pictures=tuple((one / 255).astype(np.float32) for one in seen.pictures),
            objective=newest.objective[:, :step],
            prior=newest.prior[:, :step],
            activation=newest.activation if known else None,
        )

    def best(self) -> int:
        """The place of the step whose pictures are answered most, on average; a curve tells answers before steps."""
        if self._newest is None:
            return 0
        answers = self._newest.objective.mean(0)
        known = [(float(answers[step]), place) for place, step in enumerate(self._seen) if step < len(answers)]
        if self._newest.activation is not None and self._seen:
            known.append((float(self._newest.activation.mean()), len(self._seen) - 1))
        return max(known)[1] if known else 0

    def cut(self, step: int) -> None:
        """What came after it is of a course that was left."""
        self._seen = {one: seen for one, seen in self._seen.items() if one <= step}

    def clear(self) -> None:
        self._seen.clear()
        self._newest = None
