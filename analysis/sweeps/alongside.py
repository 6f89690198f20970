"""What is gathered on a thread of its own while the next pictures pass, in the order in which it came."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import torch

HELD = 100_000_000  # values of layers' answers, at any moment
_MOST = 2  # pieces besides the one that passes: while pictures are decoded the one that is worked at takes longer


class Alongside:
    """Work for one thread, which computes with as many of torch's threads as whoever makes this."""

    def __init__(self, values: int) -> None:
        """A piece holds so many; of pieces as large as what may be held each is worked at as it comes."""
        self._most = min(HELD // max(values, 1) - 1, _MOST)
        self._pool = ThreadPoolExecutor(1, "gathering")
        self._given = deque[Future[None]]()
        self._pool.submit(_compute_with, torch.get_num_threads()).result()

    def give(self, work: Callable[[], None]) -> None:
        """Waits while too much is held; what went wrong with that is raised here, or by `settle`."""
        while self._given and len(self._given) >= self._most:
            self._given.popleft().result()
        self._given.append(self._pool.submit(work))
        if self._most < 1:
            self.settle()

    def settle(self) -> None:
        """Until all is done."""
        while self._given:
            self._given.popleft().result()

    def close(self) -> None:
        """What is worked at comes to its end."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _compute_with(count: int) -> None:
    """A thread takes what is set for all when it is first asked, and only then has a number of its own."""
    torch.get_num_threads()
    torch.set_num_threads(count)
