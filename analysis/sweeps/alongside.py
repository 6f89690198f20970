"""What is gathered on a thread of its own while the next pictures pass, in the order in which it came."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import torch


class Alongside:
    """Work for one thread, which computes with as many of torch's threads as whoever makes this.

    One piece is worked at and none waits, since each holds the answers of all layers.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "gathering")
        self._given: Future[None] | None = None
        self._pool.submit(torch.set_num_threads, torch.get_num_threads()).result()

    def give(self, work: Callable[[], None]) -> None:
        """When the piece before is done; what went wrong with that is raised here, or by `settle`."""
        self.settle()
        self._given = self._pool.submit(work)

    def settle(self) -> None:
        """Until all is done."""
        given, self._given = self._given, None
        if given is not None:
            given.result()

    def close(self) -> None:
        """What is worked at comes to its end."""
        self._pool.shutdown(wait=True, cancel_futures=True)
