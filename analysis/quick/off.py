"""How far approximate numbers are from exact ones, in words that a person reads beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, inf

from torch import Tensor

NEAR = 0.1  # of a range; numbers of eight bits are one or two hundredths off, and more is another function


@dataclass(frozen=True)
class Off:
    """The farthest that was met on pictures unlike each other, as a share of the range over all of them.

    Of other pictures it may be half as much again.
    """

    share: float
    precision: str = "bf16"

    @property
    def is_near(self) -> bool:
        return self.share <= NEAR

    def in_words(self) -> str:
        return f"approximate ({self.precision}), measured {_percent(self.share)} % off"


def _percent(share: float) -> str:
    """Never zero, and never less than it is by rounding."""
    percent = max(100 * share, 0.01)
    digits = 2 if percent < 0.1 else 1
    return f"{ceil(percent * 10**digits) / 10**digits:.{digits}f}"


class Farthest:
    """Gathers it, picture by picture, for every output by its name."""

    def __init__(self) -> None:
        self._errors: dict[str, float] = {}
        self._lows: dict[str, float] = {}
        self._highs: dict[str, float] = {}

    def add(self, quick: Mapping[str, Tensor | None], exact: Mapping[str, Tensor | None]) -> None:
        for name in {*quick, *exact}:
            one, other = quick.get(name), exact.get(name)
            if one is None or other is None or one.shape != other.shape or not other.numel():
                self._errors[name] = inf
                continue
            one, other = one.detach().double(), other.detach().double()
            error = float((one - other).abs().max().nan_to_num(inf, inf))
            self._errors[name] = max(self._errors.get(name, 0.0), error)
            self._lows[name] = min(self._lows.get(name, inf), float(other.min()))
            self._highs[name] = max(self._highs.get(name, -inf), float(other.max()))

    def share(self) -> float:
        return max(map(self._share, self._errors), default=inf)

    def _share(self, name: str) -> float:
        error, reach = self._errors[name], self._highs.get(name, 0.0) - self._lows.get(name, 0.0)
        return error / reach if reach > 0 else (inf if error else 0.0)
