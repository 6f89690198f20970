"""How much a long computation takes on at once: all that fits, or a moment's work while moving pictures wait.

What is drawn at random is drawn thing by thing, so another pace changes no more of a result than its rounding.
"""

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TypeVar

Item = TypeVar("Item")

MOMENT = 0.06  # seconds


class Pace:
    """Of one run. `hurried` tells whether somebody waits; it must be watched, or a hurried share is a single thing."""

    def __init__(self, hurried: Callable[[], bool] = bool) -> None:
        self._hurried = hurried
        self._count = 0  # of the share that was handed out last
        self._each = 0.0  # seconds that one thing took

    def shares(self, total: int, size: int) -> Iterator[int]:
        """`total` things in shares of `size`, of which the last is what is left; in a hurry, more."""
        left = total
        while left > 0:
            self._count = min(size, left)
            if self._hurried():
                self._count = max(1, min(self._count, int(MOMENT / self._each) if self._each > 0 else 1))
            left -= self._count
            yield self._count

    def watch(self, steps: Iterator[Item]) -> Iterator[Item]:
        """The same steps, each timed without what happens between them."""
        while True:
            began = perf_counter()
            try:
                step = next(steps)
            except StopIteration:
                return
            self.took(perf_counter() - began)
            yield step

    def took(self, seconds: float) -> None:
        """The step that took this long computed the last share, if it computed one at all."""
        if self._count:
            self._each = seconds / self._count
            self._count = 0
