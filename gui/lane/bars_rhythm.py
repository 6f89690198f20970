"""How often all layers are measured for their bars: seldom where that takes long, so that the stream hardly notices."""

from __future__ import annotations

EVERY = 0.75  # seconds between two measurements, at least
SELDOM = 3.0  # and at most, however long one takes
SHARE = 0.04  # of the time, for what they take beyond other pictures
_NEW = 0.2  # how much the newest of many like it counts


class BarsRhythm:
    """Is told how long pictures take, those that are measured and those that are not."""

    def __init__(self) -> None:
        self._usual = self._measured = 0.0  # seconds of a picture; zero is not known

    @property
    def every(self) -> float:
        """Seconds from one measurement to the next."""
        if not self._usual or not self._measured:
            return EVERY
        return min(max((self._measured - self._usual) / SHARE, EVERY), SELDOM)

    def took(self, seconds: float, measured: bool) -> None:
        if measured:
            self._measured = _blended(self._measured, seconds, 2 * _NEW)
        else:
            self._usual = _blended(self._usual, seconds, _NEW)


def _blended(before: float, now: float, share: float) -> float:
    return now if not before else before + share * (now - before)
