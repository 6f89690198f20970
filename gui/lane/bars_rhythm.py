"""How often all layers are measured for their bars: seldom where that takes long, so that the stream hardly notices."""

from __future__ import annotations

EVERY = 0.75  # seconds between two measurements, at least
SELDOM = 3.0  # and at most, however long one takes
SHARE = 0.05  # of the time, for pictures that are measured
_NEW = 0.4  # how much the newest of them counts


class BarsRhythm:
    """Is told how long pictures take of which all layers are measured."""

    def __init__(self) -> None:
        self._takes = 0.0  # seconds; zero is not known

    @property
    def every(self) -> float:
        """Seconds from one measurement to the next."""
        return min(max(self._takes / SHARE, EVERY), SELDOM)

    def took(self, seconds: float) -> None:
        self._takes += (_NEW if self._takes else 1.0) * (seconds - self._takes)
