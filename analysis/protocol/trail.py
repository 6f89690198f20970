"""What a run was at after its steps, so that another one can go on from there and need not do them again.

It is handed on by the window, which knows nothing of what is in it; only the thread that runs looks into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.protocol.recipe import Recipe, TurnChoice

MOST = 192 << 20  # bytes; beyond that every other state is let go, and the steps in between are done again


@dataclass(frozen=True, eq=False)
class Kept:
    """All that the steps after this one depend on; the turns are those before it."""

    step: int
    turns: tuple[TurnChoice, ...]
    state: Any
    size: int


class Trail:
    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[int, Kept] = {}
        self._every = 1
        self._of: Recipe | None = None
        self.wanted = 0  # the step that the next run begins after

    def belongs_to(self, base: Recipe) -> None:
        """Of another recipe nothing holds."""
        if base != self._of:
            self._of = base
            self._kept.clear()
            self._every = 1

    def keep(self, kept: Kept) -> None:
        if kept.step % self._every:
            return
        self._kept[kept.step] = kept
        while len(self._kept) > 2 and sum(one.size for one in self._kept.values()) > self._most:
            self._every *= 2
            self._kept = {step: one for step, one in self._kept.items() if step % self._every == 0}

    def nearest(self, turns: Sequence[TurnChoice]) -> Kept | None:
        """The last state up to the wanted step that the same turns led to. What came after it is let go."""
        found = None
        for step in sorted(self._kept):
            before = tuple(turn for turn in turns if turn.after < step)
            if step <= self.wanted and self._kept[step].turns == before:
                found = self._kept[step]
        self._kept = {step: one for step, one in self._kept.items() if found is not None and step <= found.step}
        return found
