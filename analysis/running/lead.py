"""How long before a pass is over the next picture is to be made ready, so that no core waits for it.

It takes as long as making a picture ready does here, and telling of the one that is over, which may come between:
2 ms on one machine, 12 on another whose cores are all at work. It is measured, picture by picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

LEAST, MOST = 0.004, 0.02  # seconds; a picture that is made ready early is an older one when it is shown
_NEW = 0.1  # how much the newest picture counts


class Lead:
    def __init__(self) -> None:
        self._making = self._telling = LEAST / 2

    @property
    def seconds(self) -> float:
        return min(max(self._making + self._telling, LEAST), MOST)

    @contextmanager
    def making(self) -> Iterator[None]:
        began = perf_counter()
        yield
        self._making += _NEW * (perf_counter() - began - self._making)

    @contextmanager
    def telling(self) -> Iterator[None]:
        began = perf_counter()
        yield
        self._telling += _NEW * (perf_counter() - began - self._telling)
