"""Whether what was found is right, as near as single precision can tell.

One float32 network run twice may differ by a switched ReLU (layout, threads), so nothing is held against a loose
constant: how far plain single-precision runs, and runs on a picture that differs by a rounding, lie from the double
one says how far any run may lie, and what was found is compared with the nearest of them. Where those runs differ as
much as the number is large, it is made of rounding: then only nothing at all is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tests.truth.case import Pair, Pairs
from tests.truth.plain import Numbers

EXACT = 5e-5  # of the largest number
CANCELLED = 3e-6  # of the numbers that were added up to it
NOTHING = 3e-7  # of them: what is below is their rounding, whatever it looks like
ROUNDINGS = 6.0  # times the middle distance of the plain runs
NEGLIGIBLE = 1e-15  # a number that changes no answer, and may be told as nothing
CLOSE = 0.05  # of the largest number: what is so near the double one was not made by rounding, wherever plain runs lie
NOISE = 0.5  # of the largest number: where plain runs differ by this, it is made of rounding

Kind = Literal["right", "wrong", "rounding"]


@dataclass(frozen=True)
class Finding:
    """`off` is the largest difference as a share of the largest number that there should be."""

    kind: Kind
    array: str = ""
    off: float = 0.0
    expected: float = 0.0
    why: str = ""

    def __str__(self) -> str:
        if self.why:
            return self.why
        if self.kind == "rounding":
            return f"{self.array} is made of rounding: {self.off:.2g} where {self.expected:.3g} is right"
        return f"{self.array} is off by {self.off:.2g} of its largest number {self.expected:.3g}"


RIGHT = Finding("right")


def compared(exact: Pairs, others: Callable[[], Iterator[Pairs]]) -> Finding:
    """`exact` is from double precision; `others` from plain runs, which are made only where they are needed."""
    doubtful = {name: pair for name, pair in exact.items() if not _is_near(pair)}
    if not doubtful:
        return RIGHT
    runs = list(others())
    worst = RIGHT
    for name, pair in doubtful.items():
        finding = _judged(name, pair, [np.asarray(run[name].expected, np.float64) for run in runs if name in run])
        if finding.kind != "right" and (worst.kind == "right" or finding.off > worst.off):
            worst = finding
    return worst


def _is_near(pair: Pair) -> bool:
    found, expected = _numbers(pair)
    if found.shape != expected.shape or not np.isfinite([found, expected]).all():
        return False
    size = _largest(expected)
    if size <= NOTHING * pair.size:
        return not found.any()
    return _largest(found - expected) <= EXACT * size + CANCELLED * pair.size


def _judged(name: str, pair: Pair, runs: Sequence[Numbers]) -> Finding:
    found, expected = _numbers(pair)
    if found.shape != expected.shape:
        return Finding("wrong", why=f"{name} has the shape {found.shape}, not {expected.shape}", off=1e9)
    if not np.array_equal(np.isfinite(found), np.isfinite(expected)):
        return Finding("wrong", why=f"{name} is not finite where it should be, or the other way round", off=1e9)
    found, expected = np.nan_to_num(found, posinf=0, neginf=0), np.nan_to_num(expected, posinf=0, neginf=0)
    size = _largest(expected)
    same = [run for run in runs if run.shape == expected.shape]
    apart = float(np.median([_largest(run - expected) for run in same])) if same else 0.0
    nothing = size <= NOTHING * pair.size or apart >= NOISE * size
    if (nothing and not found.any()) or max(size, _largest(found)) < NEGLIGIBLE:
        return RIGHT
    off = _largest(found - expected)
    if nothing and off <= CLOSE * size:
        return RIGHT
    nearest = min(_largest(found - one) for one in [expected, *same])
    if nearest > EXACT * size + CANCELLED * pair.size + ROUNDINGS * apart:
        return Finding("wrong", name, off / size if size else np.inf, size)
    return Finding("rounding", name, _largest(found), size) if nothing else RIGHT


def _numbers(pair: Pair) -> tuple[Numbers, Numbers]:
    return np.asarray(pair.found, np.float64), np.asarray(pair.expected, np.float64)


def _largest(values: Numbers) -> float:
    return float(np.abs(values).max(initial=0.0))
