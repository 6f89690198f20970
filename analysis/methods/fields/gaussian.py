"""A Gaussian laid through a map by least squares (Levenberg and Marquardt)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Exact = NDArray[np.float64]


@dataclass(frozen=True)
class Gaussian:
    """Its middle and its two widths in pixels; `fit` is the share of the map's variance that it explains."""

    row: float
    column: float
    rows: float
    columns: float
    strength: float
    fit: float

    def at(self, height: int, width: int) -> Exact:
        parameters = (self.strength, self.row, self.column, self.rows, self.columns)
        return _value(np.array(parameters), *np.indices((height, width)).astype(np.float64))


def gaussian_of(values: Exact) -> Gaussian | None:
    """None where there is nothing to be fitted."""
    total = values.sum()
    if not np.isfinite(total) or total <= 0 or min(values.shape) < 3:
        return None
    places = np.indices(values.shape).astype(np.float64)
    r, c = places[0], places[1]
    row, column = float((values * r).sum() / total), float((values * c).sum() / total)
    spreads = [float(np.sqrt(max((values * (i - m) ** 2).sum() / total, 0.25))) for i, m in ((r, row), (c, column))]
    scale = float(values.max())
    found = np.array([1.0, row, column, *spreads])
    aim, damping = values / scale, 1e-2
    error = float(((_value(found, r, c) - aim) ** 2).sum())
    for _ in range(60):
        slopes = _slopes(found, r, c)
        square: Any = slopes @ slopes.T
        missing: Any = slopes @ (aim - _value(found, r, c)).ravel()
        step = np.linalg.lstsq(square + damping * np.diag(np.diag(square)), missing, rcond=None)[0]
        tried = found + step
        tried[3:] = np.abs(tried[3:]).clip(0.05)
        after = float(((_value(tried, r, c) - aim) ** 2).sum())
        if after < error:
            done = error - after < 1e-10 * error
            found, error, damping = tried, after, damping / 3
            if done:
                break
        else:
            damping *= 4
            if damping > 1e12:
                break
    spread = float(((aim - aim.mean()) ** 2).sum())
    fit = 1 - error / spread if spread > 0 else 0.0
    row, column, rows, columns = (float(one) for one in found[1:])
    return Gaussian(row, column, rows, columns, float(found[0] * scale), fit)


def _value(p: Exact, r: Exact, c: Exact) -> Exact:
    value: Exact = p[0] * np.exp(-0.5 * (((r - p[1]) / p[3]) ** 2 + ((c - p[2]) / p[4]) ** 2))
    return value


def _slopes(p: Exact, r: Exact, c: Exact) -> Exact:
    value = _value(p, r, c)
    over = value / p[0] if p[0] else value
    down, right = (r - p[1]) / p[3] ** 2, (c - p[2]) / p[4] ** 2
    return np.stack(
        [one.ravel() for one in (over, value * down, value * right, value * down**2 * p[3], value * right**2 * p[4])]
    )
